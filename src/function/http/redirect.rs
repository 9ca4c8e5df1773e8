//! Where an answer sends the request next, and what of it may go along.

use reqwest::{
    Method, StatusCode, Url,
    header::{
        ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap,
        HeaderName, LOCATION, USER_AGENT,
    },
};

use crate::value::{Failure, failure_kind};

use super::HttpRequest;

/// What may go to another origin: nothing that could be a secret.
const GOES_ANYWHERE: [HeaderName; 4] = [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, USER_AGENT];
/// What describes a body that is no longer sent.
const OF_THE_BODY: [HeaderName; 3] = [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE];

/// The request that follows `request` after an answer, or nothing if the answer is final.
pub(super) fn next(
    request: &HttpRequest,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<HttpRequest>, Failure> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = headers.get(LOCATION) else { return Ok(None) };
    let target = location
        .to_str()
        .ok()
        .and_then(|text| request.url.join(text).ok())
        .ok_or_else(|| unfollowable(request, "to something that is no URL"))?;
    if !matches!(target.scheme(), "http" | "https") || target.host_str().is_none() {
        return Err(unfollowable(request, "to something that is not HTTP"));
    }
    if request.url.scheme() == "https" && target.scheme() == "http" {
        return Err(refused(request, "from HTTPS to plain HTTP"));
    }
    if !target.username().is_empty() || target.password().is_some() {
        return Err(refused(request, "to a URL with a user name in it"));
    }

    let mut next = HttpRequest { url: target, ..request.clone() };
    let becomes_get = (status == StatusCode::SEE_OTHER && request.method != Method::HEAD)
        || (status.as_u16() < 303 && request.method == Method::POST);
    if becomes_get {
        next.method = Method::GET;
        next.body = None;
        for name in OF_THE_BODY {
            next.headers.remove(name);
        }
    }
    if request.url.origin() != next.url.origin() {
        if next.body.is_some() {
            return Err(refused(request, "to another origin, and the body would go along"));
        }
        next.headers = request.headers.iter().filter(|(name, _)| GOES_ANYWHERE.contains(name)).fold(
            HeaderMap::new(),
            |mut kept, (name, value)| {
                kept.append(name, value.clone());
                kept
            },
        );
    }
    Ok(Some(next))
}

/// A URL as a message may show it: without its query, which may hold anything.
pub(super) fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn refused(request: &HttpRequest, to: &str) -> Failure {
    let message = format!("`{}` redirects {to}; metonic does not follow", shown(&request.url));
    Failure { retryable: Some(false), ..Failure::new(failure_kind::PERMISSION_DENIED, message) }
}

fn unfollowable(request: &HttpRequest, to: &str) -> Failure {
    let message = format!("`{}` redirects {to}", shown(&request.url));
    Failure { retryable: Some(true), ..Failure::new(failure_kind::INTERNAL, message) }
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULT_MAX_BODY, DEFAULT_TIMEOUT};
    use super::*;

    fn request(method: Method, url: &str) -> HttpRequest {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, "text/plain".parse().unwrap());
        headers.insert("x-api-key", "k".parse().unwrap());
        HttpRequest {
            body: (method != Method::GET).then(|| b"body".to_vec()),
            method,
            url: url.parse().unwrap(),
            headers,
            timeout: DEFAULT_TIMEOUT,
            max_body: DEFAULT_MAX_BODY,
        }
    }

    fn after(request: &HttpRequest, status: u16, location: &str) -> Result<Option<HttpRequest>, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, location.parse().unwrap());
        next(request, StatusCode::from_u16(status).unwrap(), &headers)
    }

    #[test]
    fn a_post_becomes_a_get_after_302_and_stays_a_post_after_307() {
        let post = request(Method::POST, "http://a.example/x?q=1");
        let found = after(&post, 302, "/y").unwrap().unwrap();
        assert_eq!((found.method, found.body, found.url.as_str()), (Method::GET, None, "http://a.example/y"));
        let kept = after(&post, 307, "y").unwrap().unwrap();
        assert_eq!((kept.method, kept.body.is_some()), (Method::POST, true));
    }

    #[test]
    fn another_origin_gets_neither_keys_nor_body() {
        let get = request(Method::GET, "http://a.example/");
        let moved = after(&get, 301, "http://b.example/").unwrap().unwrap();
        assert_eq!(moved.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
        let post = request(Method::POST, "http://a.example/");
        assert_eq!(
            after(&post, 308, "http://b.example/").unwrap_err().message,
            "`http://a.example/` redirects to another origin, and the body would go along; metonic does not follow"
        );
    }

    #[test]
    fn a_step_down_to_plain_http_is_refused() {
        let get = request(Method::GET, "https://a.example/?token=1");
        let failure = after(&get, 302, "http://a.example/").unwrap_err();
        assert_eq!(failure.kind, failure_kind::PERMISSION_DENIED);
        assert!(!failure.message.contains("token"), "{}", failure.message);
    }

    #[test]
    fn what_is_no_redirect_is_final() {
        let get = request(Method::GET, "http://a.example/");
        assert!(after(&get, 304, "/y").unwrap().is_none());
        assert!(next(&get, StatusCode::FOUND, &HeaderMap::new()).unwrap().is_none());
    }
}
