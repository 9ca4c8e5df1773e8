//! What went wrong with a request, as Lua code is told.

use std::{error::Error, time::Duration};

use reqwest::Url;

use crate::value::{Failure, failure_kind, format_duration};

use super::{redirect::shown, resolve::Forbidden};

/// The world did not answer as it should; it may do so another time.
pub(super) fn network(url: &Url, what: impl std::fmt::Display) -> Failure {
    let message = format!("`{}` cannot be reached: {what}", shown(url));
    Failure { retryable: Some(true), ..Failure::new(failure_kind::INTERNAL, message) }
}

pub(super) fn timed_out(url: &Url, after: Duration) -> Failure {
    let message = format!("`{}` did not answer within {}", shown(url), format_duration(after));
    Failure { retryable: Some(true), ..Failure::new(failure_kind::INTERNAL, message) }
}

pub(super) fn body_too_large(url: &Url, limit: usize) -> Failure {
    Failure::invalid(format!("the body of `{}` is larger than {limit} bytes; raise `max_response_body`", shown(url)))
}

pub(super) fn too_many_redirects(url: &Url, limit: usize) -> Failure {
    let message = format!("`{}` is the end of {limit} redirects and redirects again", shown(url));
    Failure { retryable: Some(false), ..Failure::new(failure_kind::INTERNAL, message) }
}

pub(super) fn forbidden(error: &Forbidden) -> Failure {
    let message = format!("{error}; list it in the entry's `http.allow` if it has to");
    Failure { retryable: Some(false), ..Failure::new(failure_kind::PERMISSION_DENIED, message) }
}

/// What the library below says, without the URL, whose query may hold a secret.
pub(super) fn of_library(url: &Url, error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut innermost: &(dyn Error + 'static) = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
        if let Some(found) = innermost.downcast_ref::<Forbidden>() {
            return forbidden(found);
        }
    }
    if error.is_builder() {
        return Failure::invalid(format!("no request can be made of this: {innermost}"));
    }
    network(url, innermost)
}
