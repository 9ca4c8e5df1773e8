//! Values as payloads: `json/plain`, `binary/plain`, `binary/null`.
//!
//! Integers keep all their digits, or are refused; so is every other encoding, by its name.

use std::collections::HashMap;

use metonic_bridge::protos::temporal::api::common::v1::{Payload, Payloads};

use crate::{
    value::{Map, NotPortable, Value},
    workflow::Headers,
};

const ENCODING: &str = "encoding";
const JSON: &str = "json/plain";
const BINARY: &str = "binary/plain";
const NULL: &str = "binary/null";

/// Why a payload and a value do not become each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PayloadError {
    #[error("missing encoding metadata in payload")]
    NoEncoding,
    #[error(
        "unsupported temporal payload encoding: `{0}`; metonic reads `json/plain`, `binary/plain` and `binary/null`"
    )]
    Encoding(String),
    #[error("the payload says that it is JSON, and is not: {0}")]
    Json(String),
    #[error(transparent)]
    NotPortable(#[from] NotPortable),
}

pub(crate) fn to_payload(value: &Value) -> Result<Payload, PayloadError> {
    let (encoding, data) = match value {
        Value::Null => (NULL, Vec::new()),
        Value::Bytes(bytes) => (BINARY, bytes.clone()),
        other => {
            other.portable()?;
            (JSON, other.to_json().into_bytes())
        }
    };
    let metadata = HashMap::from([(ENCODING.to_owned(), encoding.as_bytes().to_vec())]);
    Ok(Payload { metadata, data, ..Payload::default() })
}

pub(crate) fn from_payload(payload: &Payload) -> Result<Value, PayloadError> {
    let encoding = payload.metadata.get(ENCODING).ok_or(PayloadError::NoEncoding)?;
    match encoding.as_slice() {
        encoding if encoding == JSON.as_bytes() => {
            Value::from_json(&payload.data).map_err(|error| PayloadError::Json(error.to_string()))
        }
        encoding if encoding == BINARY.as_bytes() => Ok(Value::Bytes(payload.data.clone())),
        encoding if encoding == NULL.as_bytes() => Ok(Value::Null),
        other => Err(PayloadError::Encoding(String::from_utf8_lossy(other).into_owned())),
    }
}

pub(crate) fn to_payloads(values: &[Value]) -> Result<Payloads, PayloadError> {
    Ok(Payloads { payloads: values.iter().map(to_payload).collect::<Result<_, _>>()? })
}

pub(crate) fn from_payloads(payloads: &[Payload]) -> Result<Vec<Value>, PayloadError> {
    payloads.iter().map(from_payload).collect()
}

/// The one value of a result: nothing is null, and what a foreign worker adds is ignored.
pub(crate) fn from_result(payload: Option<&Payload>) -> Result<Value, PayloadError> {
    payload.map_or(Ok(Value::Null), from_payload)
}

pub(crate) fn to_headers(headers: &Headers) -> Result<HashMap<String, Payload>, PayloadError> {
    headers.iter().map(|(name, value)| Ok((name.clone(), to_payload(value)?))).collect()
}

/// Sorted by name. What is not readable, as the tracing headers of others, is left out: nobody here
/// asks for it.
pub(crate) fn from_fields(fields: &HashMap<String, Payload>) -> Map {
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort();
    names.into_iter().filter_map(|name| Some((name.clone(), from_payload(fields.get(name)?).ok()?))).collect()
}
