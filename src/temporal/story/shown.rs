//! Payloads for people's eyes: the value, or what is known of one that cannot be read.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use metonic_bridge::protos::temporal::api::{
    common::v1::{Payload, Payloads},
    failure::v1::Failure as ProtoFailure,
};

use crate::{
    temporal::wire::{from_failure, from_payload},
    value::{Failure, Map, Value, failure_kind},
};

pub(in crate::temporal) fn some_values(payloads: Option<&Payloads>) -> Vec<Value> {
    payloads.map(|payloads| payloads.payloads.iter().map(shown).collect()).unwrap_or_default()
}

/// The one value of a result; nothing is null.
pub(in crate::temporal) fn some_value(payloads: Option<&Payloads>) -> Value {
    payloads.and_then(|payloads| payloads.payloads.first()).map(shown).unwrap_or_default()
}

/// A payload that cannot be read, as an encrypted one, keeps its encoding and its bytes.
pub(super) fn shown(payload: &Payload) -> Value {
    from_payload(payload).unwrap_or_else(|_| {
        let encoding = payload.metadata.get("encoding").map(|name| String::from_utf8_lossy(name).into_owned());
        Value::Map(Map::from_iter([
            ("encoding".to_owned(), encoding.map_or(Value::Null, Value::Text)),
            ("data".to_owned(), STANDARD.encode(&payload.data).into()),
        ]))
    })
}

/// Sorted by name.
pub(in crate::temporal) fn fields<'a>(fields: impl IntoIterator<Item = (&'a String, &'a Payload)>) -> Map {
    let mut map: Map = fields.into_iter().map(|(name, payload)| (name.clone(), shown(payload))).collect();
    map.sort_keys();
    map
}

pub(super) fn some_failure(failure: Option<&ProtoFailure>) -> Box<Failure> {
    let unknown = || Failure::new(failure_kind::UNKNOWN, "failed without a reason");
    Box::new(failure.map_or_else(unknown, from_failure))
}
