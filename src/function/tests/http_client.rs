//! `http_client`, seen from Lua, against servers of the test.

use super::{
    super::http::tests::{Server, answer},
    *,
};

/// What a function gives that may reach `server`, whose URL it gets.
async fn value_with(server: &Server, body: &str) -> String {
    let code = format!("local http = require('http_client')\nreturn function(base) {body}\nend");
    let allow = Allow::new(vec![format!("127.0.0.1:{}", server.port).parse().unwrap()]);
    let entry = entry_that_may_reach("f", &code, allow);
    let task = task(vec![Value::from(server.url(""))]);
    match Bench::new().run_with(&entry, task, alone()).await {
        FunctionOutcome::Completed(value) => value.to_json(),
        other => panic!("{body}: {other:?}"),
    }
}

#[tokio::test]
async fn a_response_is_a_table() {
    let server =
        Server::start(|_| answer(200, "content-type: text/plain\r\nset-cookie: s=1; Path=/\r\n", "hello")).await;
    let body = r#"
        local r = assert(http.get(base .. "/x", { query = { q = "a b" } }))
        return { r.status_code, r.body, r.body_size, r.headers["content-type"], r.headers["Content-Type"], r.cookies.s, r.url }
    "#;
    let expected = format!(r#"[200,"hello",5,"text/plain","text/plain","1","{}"]"#, server.url("/x?q=a+b"));
    assert_eq!(value_with(&server, body).await, expected);
}

#[tokio::test]
async fn every_verb_sends_its_method() {
    let server = Server::start(|_| answer(200, "", "")).await;
    let body = r#"
        for _, verb in { "get", "post", "put", "patch", "delete" } do
            assert(http[verb](base, {}))
        end
        assert(http.request("options", base))
    "#;
    value_with(&server, body).await;
    let methods: Vec<_> = server.seen().iter().map(|text| text.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(methods, ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
}

#[tokio::test]
async fn a_head_request_has_headers_and_no_body() {
    let server = Server::start(|_| b"HTTP/1.1 200 X\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    let body = "local r = assert(http.head(base)) return { r.headers['X-A'], r.body }";
    assert_eq!(value_with(&server, body).await, r#"["1",""]"#);
}

#[tokio::test]
async fn a_body_may_be_any_bytes() {
    let server =
        Server::start(|request| answer(200, "", if request.ends_with("\u{fffd}!") { "same" } else { "other" })).await;
    let body = r#"return assert(http.post(base, { body = "\xff!" })).body"#;
    assert_eq!(value_with(&server, body).await, r#""same""#);
}

#[tokio::test]
async fn headers_are_sent() {
    let server = Server::start(|_| answer(200, "", "")).await;
    value_with(&server, r#"assert(http.get(base, { headers = { ["X-Key"] = "k" } }))"#).await;
    let seen = server.seen();
    assert!(seen[0].lines().any(|line| line.eq_ignore_ascii_case("x-key: k")), "{seen:?}");
}

#[tokio::test]
async fn a_body_that_is_larger_than_wanted_is_an_error() {
    let server = Server::start(|_| answer(200, "", "0123456789")).await;
    let body = r#"
        local fits = assert(http.get(base, { max_response_body = 10 })).body_size
        local none, err = http.get(base, { max_response_body = 9 })
        return { fits, none == nil, err:kind(), err:message():match("larger than 9 bytes") }
    "#;
    assert_eq!(value_with(&server, body).await, r#"[10,true,"Invalid","larger than 9 bytes"]"#);
}

#[tokio::test]
async fn a_batch_answers_in_the_order_of_its_requests() {
    let server = Server::start(|request| answer(200, "", request.split(' ').nth(1).unwrap())).await;
    let body = r#"
        local all, none = http.request_batch{ { "GET", base .. "/1" }, { method = "GET", url = base .. "/2" } }
        local some, errors = http.request_batch{ { "GET", base .. "/3" }, { "GET", "http://10.0.0.1/" } }
        return { all[1].body, all[2].body, none == nil, some[1].body, errors[2]:kind() }
    "#;
    assert_eq!(value_with(&server, body).await, r#"["/1","/2",true,"/3","PermissionDenied"]"#);
}

#[tokio::test]
async fn what_goes_wrong_has_its_kind() {
    let server = Server::start(|_| Vec::new()).await;
    let body = r#"
        local kinds = {}
        for _, try in { { "http://127.0.0.1:1/" }, { "ftp://x" }, { base, { tls = {} } }, { base, { timeout = 0.02 } }, { base, { f = print } } } do
            local response, err = http.get(try[1], try[2])
            kinds[#kinds + 1] = { err:kind(), err:retryable() }
        end
        return kinds
    "#;
    assert_eq!(
        value_with(&server, body).await,
        r#"[["PermissionDenied",false],["Invalid",false],["Invalid",false],["Internal",true],["Invalid",false]]"#
    );
}

#[tokio::test]
async fn parts_of_urls_are_encoded() {
    let server = Server::start(|_| Vec::new()).await;
    let body = "return { http.encode_uri('a b/c'), http.decode_uri('a%20b'), select(2, http.decode_uri('%')):kind() }";
    assert_eq!(value_with(&server, body).await, r#"["a%20b%2Fc","a b","Invalid"]"#);
}

#[tokio::test]
async fn a_cancelled_attempt_lets_go_of_its_request() {
    let server = Server::start(|_| Vec::new()).await;
    let (tx, context) = cancellable();
    let allow = Allow::new(vec!["127.0.0.1".parse().unwrap()]);
    let entry = entry_that_may_reach("f", "return function(url) return require('http_client').get(url) end", allow);
    let bench = Bench::new();
    let run = bench.run_with(&entry, task(vec![Value::from(server.url("/"))]), context);
    let ask = async { tx.send_replace(Some(CancelReason::Cancel)) };
    assert!(matches!(tokio::join!(run, ask).0, FunctionOutcome::Cancelled(_)));
}
