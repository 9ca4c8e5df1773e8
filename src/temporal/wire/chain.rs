//! The one detail of our failures: `{errors: [{message, kind, retryable, details, stack}, …]}`, the
//! failure first, then what caused it. Wippy writes and reads the same. Details that are bytes cannot
//! stand in it: they are a second detail, `binary/plain`, of the failure that has them.

use crate::{
    temporal::wire::payload::{PayloadError, to_payload},
    value::{Failure, FailureInfo, Map, Value},
};

/// What the chain tells of a failure.
pub(super) struct Chain {
    pub(super) kind: String,
    pub(super) retryable: Option<bool>,
    pub(super) details: Option<Value>,
    /// Only for those who write no causes of Temporal's own.
    pub(super) cause: Option<Box<Failure>>,
}

/// The details of a failure of ours.
pub(super) fn chain_of(failure: &Failure) -> Result<Vec<Value>, PayloadError> {
    let mut errors = Vec::new();
    let mut next = Some(failure);
    while let Some(failure) = next {
        if !matches!(failure.info, FailureInfo::None | FailureInfo::Application { .. }) {
            break;
        }
        errors.push(Value::Map(link(failure)));
        next = failure.cause.as_deref();
    }
    let chain = Value::Map(Map::from_iter([("errors".to_owned(), Value::List(errors))]));
    to_payload(&chain)?;
    let bytes = failure.details.iter().filter(|details| matches!(details, Value::Bytes(_))).cloned();
    Ok(std::iter::once(chain).chain(bytes).collect())
}

fn link(failure: &Failure) -> Map {
    let mut link = Map::from_iter([("message".to_owned(), Value::from(failure.message.as_str()))]);
    if !failure.kind.is_empty() {
        link.insert("kind".to_owned(), failure.kind.as_str().into());
    }
    if let Some(retryable) = failure.retryable {
        link.insert("retryable".to_owned(), retryable.into());
    }
    if let Some(details) = failure.details.as_ref().filter(|details| !matches!(details, Value::Bytes(_))) {
        link.insert("details".to_owned(), details.clone());
    }
    if !failure.stack.is_empty() {
        link.insert("stack".to_owned(), failure.stack.as_str().into());
    }
    link
}

/// Reads the chain, if the details are one and nothing else.
pub(super) fn failures_of(details: &[Value]) -> Option<Chain> {
    let (only, bytes) = match details {
        [Value::Map(only)] => (only, None),
        [Value::Map(only), bytes @ Value::Bytes(_)] => (only, Some(bytes)),
        _ => return None,
    };
    let Some(Value::List(errors)) = only.get("errors").filter(|_| only.len() == 1) else { return None };
    let links: Option<Vec<&Map>> = errors.iter().map(Value::as_map).collect();
    let links = links?;
    let (first, rest) = links.split_first()?;
    first.get("message")?.as_text()?;
    let cause = rest.iter().rev().fold(None, |cause, link| {
        let failure = Failure {
            message: text(link, "message"),
            kind: text(link, "kind"),
            stack: text(link, "stack"),
            retryable: retryable(link),
            details: link.get("details").cloned(),
            cause,
            ..Failure::default()
        };
        Some(Box::new(failure))
    });
    Some(Chain {
        kind: text(first, "kind"),
        retryable: retryable(first),
        details: first.get("details").or(bytes).cloned(),
        cause,
    })
}

fn text(link: &Map, key: &str) -> String {
    link.get(key).and_then(Value::as_text).unwrap_or_default().to_owned()
}

fn retryable(link: &Map) -> Option<bool> {
    match link.get("retryable") {
        Some(Value::Bool(retryable)) => Some(*retryable),
        _ => None,
    }
}
