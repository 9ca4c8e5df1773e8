//! What Lua code writes about a request, made into one.

use std::{fmt::Write as _, time::Duration};

use reqwest::{
    Method, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue},
};
use url::form_urlencoded;

use crate::{
    diag::closest,
    value::{Failure, Map, Value, parse_duration},
};

use super::{DEFAULT_MAX_BODY, DEFAULT_TIMEOUT, HttpRequest, LARGEST_MAX_BODY};

const KNOWN: [&str; 8] = ["headers", "body", "query", "form", "cookies", "auth", "timeout", "max_response_body"];
/// Documented elsewhere, not acted on here.
const REFUSED: [&str; 5] = ["files", "stream", "unix_socket", "tls", "overlay_network"];
/// What the connection decides; written by hand they only help an attacker.
const OF_THE_CONNECTION: [&str; 10] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "proxy-authorization",
    "proxy-connection",
];
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const LONGEST_TIMEOUT: Duration = Duration::from_hours(1);

/// A request, of the arguments of `http_client.request`.
pub(crate) fn request(method: &str, url: &str, options: Option<&Value>) -> Result<HttpRequest, Failure> {
    let nothing = Map::new();
    let options = match options {
        None => &nothing,
        Some(options) => map_of("options", options)?.unwrap_or(&nothing),
    };
    refuse_unknown(options)?;
    let mut request = HttpRequest {
        method: method_of(method)?,
        url: url_of(url)?,
        headers: HeaderMap::new(),
        body: None,
        timeout: DEFAULT_TIMEOUT,
        max_body: DEFAULT_MAX_BODY,
    };
    if let Some(query) = options.get("query") {
        let pairs = pairs("query", query)?;
        // Nothing at all would still leave a `?`.
        if !pairs.is_empty() {
            request.url.query_pairs_mut().extend_pairs(pairs);
        }
    }
    set_body(&mut request, options)?;
    if let Some(headers) = options.get("headers") {
        set_headers(&mut request.headers, headers)?;
    }
    if let Some(cookies) = options.get("cookies") {
        request.headers.insert(COOKIE, cookie_header(cookies)?);
    }
    if let Some(auth) = options.get("auth") {
        request.headers.insert(AUTHORIZATION, basic_auth(auth)?);
    }
    if let Some(timeout) = options.get("timeout") {
        request.timeout = timeout_of(timeout)?;
    }
    if let Some(limit) = options.get("max_response_body") {
        request.max_body = limit_of(limit)?;
    }
    Ok(request)
}

fn refuse_unknown(options: &Map) -> Result<(), Failure> {
    for (name, value) in options {
        if KNOWN.contains(&name.as_str()) || (name == "stream" && *value == Value::Bool(false)) {
            continue;
        }
        if REFUSED.contains(&name.as_str()) {
            return Err(Failure::invalid(format!("metonic does not support the option `{name}` of a request")));
        }
        let hint = closest(name, KNOWN).map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
        return Err(Failure::invalid(format!("a request has no option `{name}`{hint}")));
    }
    Ok(())
}

fn method_of(text: &str) -> Result<Method, Failure> {
    let upper = text.to_ascii_uppercase();
    match METHODS.contains(&upper.as_str()).then(|| upper.parse()) {
        Some(Ok(method)) => Ok(method),
        _ => {
            Err(Failure::invalid(format!("`{text}` is no method of a request; the methods are {}", METHODS.join(", "))))
        }
    }
}

fn url_of(text: &str) -> Result<Url, Failure> {
    let url: Url = text.parse().map_err(|error| Failure::invalid(format!("the URL cannot be read: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::invalid(format!(
            "a URL begins with `http://` or `https://`, not with `{}:`",
            url.scheme()
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::invalid(
            "a URL holds no user name or password; give them as `auth = {user = …, pass = …}`",
        ));
    }
    Ok(url)
}

fn set_body(request: &mut HttpRequest, options: &Map) -> Result<(), Failure> {
    match (options.get("body"), options.get("form")) {
        (Some(_), Some(_)) => return Err(Failure::invalid("a request has a `body` or a `form`, not both")),
        (Some(body), None) => request.body = Some(bytes_of("body", body)?),
        (None, Some(form)) => {
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs("form", form)?).finish();
            request.body = Some(text.into_bytes());
            request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        (None, None) => return Ok(()),
    }
    if matches!(request.method, Method::GET | Method::HEAD) {
        return Err(Failure::invalid(format!("a {} request has no body", request.method)));
    }
    Ok(())
}

fn set_headers(headers: &mut HeaderMap, given: &Value) -> Result<(), Failure> {
    for (name, value) in pairs("headers", given)? {
        let header: HeaderName =
            name.parse().map_err(|_| Failure::invalid(format!("`{name}` is no name of a header")))?;
        if OF_THE_CONNECTION.contains(&header.as_str()) {
            return Err(Failure::invalid(format!("the header `{name}` is set by metonic")));
        }
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            Failure::invalid(format!("the value of the header `{name}` has characters no header may have"))
        })?;
        value.set_sensitive(true);
        // A form has set a content type already; the author's own goes before it.
        if header == CONTENT_TYPE {
            headers.remove(&header);
        }
        headers.append(header, value);
    }
    Ok(())
}

fn cookie_header(cookies: &Value) -> Result<HeaderValue, Failure> {
    let mut text = String::new();
    for (name, value) in pairs("cookies", cookies)? {
        let bad = |c: char| c.is_ascii_control() || c.is_whitespace() || matches!(c, ';' | ',' | '"' | '\\');
        if name.is_empty() || name.contains(bad) || name.contains('=') || value.contains(bad) {
            return Err(Failure::invalid(format!("the cookie `{name}` has characters no cookie may have")));
        }
        let between = if text.is_empty() { "" } else { "; " };
        let _ = write!(text, "{between}{name}={value}");
    }
    sensitive(&text, "cookies")
}

fn basic_auth(auth: &Value) -> Result<HeaderValue, Failure> {
    use base64::Engine as _;
    let nothing = Map::new();
    let auth = map_of("auth", auth)?.unwrap_or(&nothing);
    if let Some(other) = auth.keys().find(|key| !matches!(key.as_str(), "user" | "pass")) {
        return Err(Failure::invalid(format!("`auth` has `user` and `pass`, no `{other}`")));
    }
    let user = auth.get("user").and_then(Value::as_text);
    let pass = auth.get("pass").map_or(Some(""), Value::as_text);
    let (Some(user), Some(pass)) = (user, pass) else {
        return Err(Failure::invalid("`auth` has two texts, `user` and `pass`"));
    };
    if user.contains(':') {
        return Err(Failure::invalid("the `user` of `auth` has a colon in it, which HTTP cannot carry"));
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{pass}"));
    sensitive(&format!("Basic {encoded}"), "auth")
}

fn sensitive(text: &str, option: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Failure::invalid(format!("`{option}` has characters no header may have")))?;
    value.set_sensitive(true);
    Ok(value)
}

fn timeout_of(value: &Value) -> Result<Duration, Failure> {
    let wrong = |reason: String| Failure::invalid(format!("`timeout` is wrong: {reason}"));
    let outside = || wrong("it lies between 1ns and 1h".to_owned());
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).map_err(|_| outside());
    let timeout = match value {
        #[expect(clippy::cast_precision_loss, reason = "a timeout of so many seconds is refused below")]
        Value::Int(whole) => seconds(*whole as f64)?,
        Value::Float(number) => seconds(*number)?,
        Value::Text(text) => parse_duration(text).map_err(|error| wrong(error.to_string()))?,
        other => {
            return Err(wrong(format!("it is a number of seconds or a text like `30s`, not {}", other.a_type_name())));
        }
    };
    if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
        return Err(outside());
    }
    Ok(timeout)
}

fn limit_of(value: &Value) -> Result<usize, Failure> {
    let Value::Int(bytes) = value else {
        return Err(Failure::invalid("`max_response_body` is a whole number of bytes"));
    };
    usize::try_from(*bytes).ok().filter(|bytes| (1..=LARGEST_MAX_BODY).contains(bytes)).ok_or_else(|| {
        Failure::invalid(format!("`max_response_body` lies between 1 and {LARGEST_MAX_BODY}; it is {bytes}"))
    })
}

/// The entries of a table, sorted by name; an entry with a list of values comes once for each.
fn pairs(option: &str, value: &Value) -> Result<Vec<(String, String)>, Failure> {
    let Some(map) = map_of(option, value)? else { return Ok(Vec::new()) };
    let mut pairs = Vec::new();
    for (name, value) in map {
        match value {
            Value::List(values) => {
                for value in values {
                    pairs.push((name.clone(), scalar(option, name, value)?));
                }
            }
            value => pairs.push((name.clone(), scalar(option, name, value)?)),
        }
    }
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(pairs)
}

fn scalar(option: &str, name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Bool(_) => Ok(value.to_json()),
        other => Err(Failure::invalid(format!(
            "`{option}.{name}` is a text, a number or a boolean, not {}",
            other.a_type_name()
        ))),
    }
}

/// The table itself; nothing for an empty one, which Lua cannot tell from an empty list.
fn map_of<'a>(option: &str, value: &'a Value) -> Result<Option<&'a Map>, Failure> {
    match value {
        Value::Map(map) => Ok(Some(map)),
        Value::Null => Ok(None),
        Value::List(items) if items.is_empty() => Ok(None),
        other => Err(Failure::invalid(format!("`{option}` is a table with names, not {}", other.a_type_name()))),
    }
}

fn bytes_of(option: &str, value: &Value) -> Result<Vec<u8>, Failure> {
    match value {
        Value::Text(text) => Ok(text.clone().into_bytes()),
        Value::Bytes(bytes) => Ok(bytes.clone()),
        Value::Map(_) | Value::List(_) => {
            Err(Failure::invalid(format!("`{option}` is a text; make one of the table by `json.encode`")))
        }
        other => Err(Failure::invalid(format!("`{option}` is a text, not {}", other.a_type_name()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(json: &str) -> Value {
        Value::from_json(json.as_bytes()).unwrap()
    }

    fn post(json: &str) -> Result<HttpRequest, Failure> {
        request("post", "https://a.example/x", Some(&options(json)))
    }

    #[test]
    fn options_become_a_request() {
        let made = post(
            r#"{"query":{"b":[1,true],"a":"x y"},"form":{"k":"v&w"},"headers":{"X-Key":"k","accept":["a","b"]},
                "cookies":{"t":"2","s":"1"},"auth":{"user":"ada","pass":"x"},"timeout":1.5,"max_response_body":10}"#,
        )
        .unwrap();
        assert_eq!(made.method, Method::POST);
        assert_eq!(made.url.as_str(), "https://a.example/x?a=x+y&b=1&b=true");
        assert_eq!(made.body.as_deref(), Some(b"k=v%26w".as_slice()));
        assert_eq!((made.timeout, made.max_body), (Duration::from_millis(1500), 10));
        let mut headers: Vec<_> =
            made.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        headers.sort();
        assert_eq!(
            headers,
            [
                "accept: a",
                "accept: b",
                "authorization: Basic YWRhOng=",
                "content-type: application/x-www-form-urlencoded",
                "cookie: s=1; t=2",
                "x-key: k",
            ]
        );
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        let made = post(r#"{"headers":{"x-key":"hush"},"auth":{"user":"a","pass":"hush"}}"#).unwrap();
        assert!(!format!("{made:?}").contains("hush"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (json, message) in [
            (r#"{"tls":{}}"#, "metonic does not support the option `tls` of a request"),
            (r#"{"stream":true}"#, "metonic does not support the option `stream` of a request"),
            (r#"{"header":{}}"#, "a request has no option `header`; did you mean `headers`?"),
            (r#"{"headers":{"a b":"x"}}"#, "`a b` is no name of a header"),
            (r#"{"headers":{"a":"x\r\ny: z"}}"#, "the value of the header `a` has characters no header may have"),
            (r#"{"headers":{"Host":"x"}}"#, "the header `Host` is set by metonic"),
            (r#"{"headers":{"a":{}}}"#, "`headers.a` is a text, a number or a boolean, not a map"),
            (r#"{"headers":"a"}"#, "`headers` is a table with names, not a string"),
            (r#"{"cookies":{"a":"x;y"}}"#, "the cookie `a` has characters no cookie may have"),
            (r#"{"body":{}}"#, "`body` is a text; make one of the table by `json.encode`"),
            (r#"{"body":"x","form":{}}"#, "a request has a `body` or a `form`, not both"),
            (r#"{"auth":{"name":"x"}}"#, "`auth` has `user` and `pass`, no `name`"),
            (
                r#"{"timeout":"5"}"#,
                "`timeout` is wrong: `5` has no unit; write `5s` for seconds or `5ms` for milliseconds",
            ),
            (r#"{"timeout":-1}"#, "`timeout` is wrong: it lies between 1ns and 1h"),
            (r#"{"timeout":0}"#, "`timeout` is wrong: it lies between 1ns and 1h"),
            (r#"{"max_response_body":99999999}"#, "`max_response_body` lies between 1 and 16777216; it is 99999999"),
        ] {
            assert_eq!(post(json).unwrap_err().message, message);
        }
    }

    #[test]
    fn a_url_is_http_and_holds_no_password() {
        for url in ["ftp://a", "file:///etc/passwd", "a.example", "http://", "http://u:p@a.example/", "http://[::1"] {
            assert_eq!(request("GET", url, None).unwrap_err().kind, "Invalid", "{url}");
        }
        assert_eq!(
            request("TRACE", "http://a", None).unwrap_err().message,
            "`TRACE` is no method of a request; the methods are GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
        );
        assert_eq!(
            request("GET", "http://a", Some(&options(r#"{"body":"x"}"#))).unwrap_err().message,
            "a GET request has no body"
        );
    }
}
