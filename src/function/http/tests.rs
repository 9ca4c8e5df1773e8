//! The client against servers of this file: each answers with what the test wrote down.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use futures_util::future::BoxFuture;
use reqwest::{Method, header::HeaderMap};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    task::JoinSet,
};

use crate::value::{Value, failure_kind};

use super::{resolve::Lookup, *};

/// A server that answers each request with `answer(request)` and remembers the requests.
pub(in crate::function) struct Server {
    pub(in crate::function) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    _connections: JoinSet<()>,
}

impl Server {
    pub(in crate::function) async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, remember) = (Arc::new(answer), Arc::clone(&seen));
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(serve(stream, Arc::clone(&answer), Arc::clone(&remember)));
            }
        });
        Self { port, seen, _connections: connections }
    }

    pub(in crate::function) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(in crate::function) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve<F: Fn(&str) -> Vec<u8>>(mut stream: TcpStream, answer: Arc<F>, seen: Arc<Mutex<Vec<String>>>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let Ok(count @ 1..) = stream.read(&mut buffer).await else { return };
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        if body.len() < length {
            continue;
        }
        seen.lock().unwrap().push(text.clone());
        let answer = answer(&text);
        // No answer: the server that never says anything.
        if !answer.is_empty() && stream.write_all(&answer).await.is_err() {
            return;
        }
        bytes.clear();
    }
}

#[tokio::test]
async fn an_empty_body_has_a_length() {
    let server = Server::start(|_| answer(200, "", "")).await;
    let options = Value::from_json(br#"{"body":"","query":{}}"#).unwrap();
    let request = options::request("POST", &server.url("/x"), Some(&options)).unwrap();
    HttpClient::new(Handle::current()).send(request, own(&server)).await.unwrap();
    let seen = server.seen().remove(0);
    assert!(seen.starts_with("POST /x HTTP/1.1\r\n"), "{seen}");
    assert_eq!(seen.matches("content-length: 0\r\n").count(), 1, "{seen}");
}

/// An answer with a body.
pub(in crate::function) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Knows some names, and what they lead to on each look.
struct Names(Vec<(&'static str, Vec<&'static str>)>);

impl Lookup for Names {
    fn addresses(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let known = self.0.iter().find(|(name, _)| *name == host);
        let found = known.map(|(_, addresses)| addresses.iter().map(|a| a.parse().unwrap()).collect());
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such host")) })
    }
}

fn client(names: Vec<(&'static str, Vec<&'static str>)>) -> Arc<HttpClient> {
    HttpClient::with_lookup(Handle::current(), Arc::new(Names(names)))
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: None,
        timeout: DEFAULT_TIMEOUT,
        max_body: DEFAULT_MAX_BODY,
    }
}

fn allow(rules: &[String]) -> Allow {
    Allow::new(rules.iter().map(|rule| rule.parse().unwrap()).collect())
}

fn own(server: &Server) -> Allow {
    allow(&[format!("127.0.0.1:{}", server.port)])
}

#[tokio::test]
async fn a_request_goes_out_as_it_was_made_and_its_answer_comes_back() {
    let server = Server::start(|_| answer(201, "x-a: 1\r\nset-cookie: s=1\r\nset-cookie: t=2\r\n", "made")).await;
    let mut request = HttpRequest { method: Method::PUT, body: Some(b"text".to_vec()), ..get(&server.url("/x?q=1")) };
    request.headers.insert("x-key", "k".parse().unwrap());
    let response = client(vec![]).send(request, own(&server)).await.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (201, b"made".as_slice()));
    assert_eq!(response.headers.get_all("set-cookie").iter().count(), 2);
    let seen = &server.seen()[0];
    assert!(seen.starts_with("PUT /x?q=1 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("x-key: k\r\n") && seen.contains("user-agent: metonic/") && seen.ends_with("text"), "{seen}");
}

#[tokio::test]
async fn loopback_is_out_of_reach_unless_it_is_allowed() {
    let server = Server::start(|_| answer(200, "", "secret")).await;
    let port = server.port;
    let client = client(vec![("rebound.example", vec!["1.1.1.1", "127.0.0.1"]), ("local.example", vec!["::1"])]);
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "rebound.example",
        "local.example",
    ] {
        let request = get(&format!("http://{host}:{port}/"));
        let failure = client.send(request, Allow::default()).await.unwrap_err();
        assert_eq!(
            (failure.kind.as_str(), failure.retryable),
            (failure_kind::PERMISSION_DENIED, Some(false)),
            "{host}"
        );
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_refusal_names_the_address_and_the_way_out() {
    let client = client(vec![("stock.internal", vec!["10.0.0.7"])]);
    let failure = client.send(get("http://stock.internal/"), Allow::default()).await.unwrap_err();
    assert_eq!(
        failure.message,
        "`stock.internal` leads to the private address 10.0.0.7, which functions may not reach; list it in the entry's \
         `http.allow` if it has to"
    );
}

#[tokio::test]
async fn a_refused_address_is_not_said_to_lead_to_itself() {
    let failure = client(vec![]).send(get("http://169.254.169.254/latest"), Allow::default()).await.unwrap_err();
    assert_eq!(
        failure.message,
        "`169.254.169.254` is in the link-local range, which functions may not reach; list it in the entry's `http.allow` \
         if it has to"
    );
}

#[tokio::test]
async fn an_allowed_name_may_lead_to_a_private_address() {
    let server = Server::start(|_| answer(200, "", "ok")).await;
    let client = client(vec![("stock.internal", vec!["127.0.0.1"])]);
    let request = get(&format!("http://stock.internal:{}/", server.port));
    let response = client.send(request, allow(&["*.internal".to_owned()])).await.unwrap();
    assert_eq!(response.body, b"ok");
}

#[tokio::test]
async fn a_connection_of_one_entry_is_not_lent_to_another() {
    let server = Server::start(|_| answer(200, "", "ok")).await;
    let client = client(vec![("stock.internal", vec!["127.0.0.1"])]);
    let request = get(&format!("http://stock.internal:{}/", server.port));
    client.send(request.clone(), allow(&["*.internal".to_owned()])).await.unwrap();
    assert_eq!(client.send(request, Allow::default()).await.unwrap_err().kind, failure_kind::PERMISSION_DENIED);
}

#[tokio::test]
async fn a_redirect_into_the_private_network_is_refused() {
    let hidden = Server::start(|_| answer(200, "", "secret")).await;
    let target = hidden.url("/");
    let server = Server::start(move |_| answer(302, &format!("location: {target}\r\n"), "")).await;
    let failure = client(vec![]).send(get(&server.url("/")), own(&server)).await.unwrap_err();
    assert_eq!(failure.kind, failure_kind::PERMISSION_DENIED);
    assert!(hidden.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_is_followed_and_the_last_url_is_told() {
    let server = Server::start(|request| {
        if request.starts_with("GET /a ") { answer(301, "location: /b\r\n", "") } else { answer(200, "", "there") }
    })
    .await;
    let response = client(vec![]).send(get(&server.url("/a")), own(&server)).await.unwrap();
    assert_eq!((response.url.as_str(), response.body.as_slice()), (server.url("/b").as_str(), b"there".as_slice()));
}

#[tokio::test]
async fn a_ring_of_redirects_ends() {
    let server = Server::start(|_| answer(302, "location: /\r\n", "")).await;
    let failure = client(vec![]).send(get(&server.url("/")), own(&server)).await.unwrap_err();
    assert_eq!(server.seen().len(), 1 + MAX_REDIRECTS);
    assert!(failure.message.ends_with("is the end of 5 redirects and redirects again"), "{}", failure.message);
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused() {
    let server = Server::start(|_| answer(200, "", &"x".repeat(100))).await;
    let request = HttpRequest { max_body: 99, ..get(&server.url("/")) };
    let failure = client(vec![]).send(request, own(&server)).await.unwrap_err();
    assert_eq!((failure.kind.as_str(), failure.retryable), (failure_kind::INVALID, Some(false)));
}

#[tokio::test]
async fn a_bomb_is_counted_unpacked() {
    // 64,000 zero bytes, packed.
    const BOMB: &str = concat!(
        "H4sIAAAAAAACA+3BMQEAAADCoPVP7W0HoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA3gCrkcJ9APoAAA=="
    );
    let bomb = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, BOMB).unwrap();
    let server = Server::start(move |_| {
        let head = format!("HTTP/1.1 200 X\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", bomb.len());
        [head.as_bytes(), &bomb].concat()
    })
    .await;
    let request = HttpRequest { max_body: 10_000, ..get(&server.url("/")) };
    let failure = client(vec![]).send(request, own(&server)).await.unwrap_err();
    assert!(failure.message.contains("is larger than 10000 bytes"), "{}", failure.message);
}

#[tokio::test]
async fn silence_is_a_timeout_that_may_be_retried() {
    let server = Server::start(|_| Vec::new()).await;
    let request = HttpRequest { timeout: Duration::from_millis(20), ..get(&server.url("/?token=t")) };
    let failure = client(vec![]).send(request, own(&server)).await.unwrap_err();
    assert_eq!((failure.kind.as_str(), failure.retryable), (failure_kind::INTERNAL, Some(true)));
    assert_eq!(failure.message, format!("`{}` did not answer within 20ms", server.url("/")));
}

#[tokio::test]
async fn an_unknown_host_may_be_retried() {
    let failure = client(vec![]).send(get("http://nowhere.example/"), Allow::default()).await.unwrap_err();
    assert_eq!((failure.kind.as_str(), failure.retryable), (failure_kind::INTERNAL, Some(true)));
    assert_eq!(failure.message, "`http://nowhere.example/` cannot be reached: no such host");
}
