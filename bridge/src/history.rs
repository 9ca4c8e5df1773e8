//! Histories as the Temporal command, the UI and the SDKs export them: proto3 JSON, with the enum
//! spellings of older exports.
//!
//! The messages' own crates have no JSON reader, so this reads by reflection over the descriptors
//! that they publish. A field that is not known is ignored, for newer servers write more.

use std::{borrow::Cow, fmt::Write as _, sync::OnceLock};

use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    SerializeOptions,
};
use serde_json::{Map, Value};
use temporalio_common::protos::temporal::api::history::v1::History;

use crate::shorthand::{spell_payload_out, spell_payloads_out};

/// Why a text is no history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryError(pub String);

impl std::fmt::Display for HistoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HistoryError {}

/// Reads a history: `{"events": […]}`, the same inside `history`, or the bare list.
pub fn read_history(text: &str) -> Result<History, HistoryError> {
    // Some editors and shells put a mark of the encoding before a text.
    let text = text.trim_start_matches('\u{feff}');
    let json: Value = serde_json::from_str(text).map_err(|error| HistoryError(format!("not JSON: {error}")))?;
    let mut json = unwrapped(json)?;
    let descriptor = descriptor();
    normalize(&mut json, &descriptor, &mut String::new())?;
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let message = DynamicMessage::deserialize_with_options(descriptor, json, &options)
        .map_err(|error| HistoryError(format!("{}{error}", wrong_event(text).unwrap_or_default())))?;
    History::decode(message.encode_to_vec().as_slice()).map_err(|error| HistoryError(error.to_string()))
}

/// Which event cannot be read, for the beginning of a message: the reader itself does not say.
fn wrong_event(text: &str) -> Option<String> {
    let descriptor = descriptor();
    let mut json = unwrapped(serde_json::from_str(text).ok()?).ok()?;
    normalize(&mut json, &descriptor, &mut String::new()).ok()?;
    let Some(Value::Array(events)) = json.get_mut("events").map(Value::take) else { return None };
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let is_wrong = |event: Value| {
        let alone = serde_json::json!({ "events": [event] });
        DynamicMessage::deserialize_with_options(descriptor.clone(), alone, &options).is_err()
    };
    let at = events.into_iter().position(is_wrong)?;
    Some(format!("event number {} of the list: ", at + 1))
}

/// Writes a history as the Temporal command does.
pub fn write_history(history: &History) -> Result<String, HistoryError> {
    let failed = |error: String| HistoryError(error);
    let message = DynamicMessage::decode(descriptor(), history.encode_to_vec().as_slice())
        .map_err(|error| failed(error.to_string()))?;
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::pretty(&mut text);
    message
        .serialize_with_options(&mut serializer, &SerializeOptions::new())
        .map_err(|error| failed(error.to_string()))?;
    String::from_utf8(text).map_err(|error| failed(error.to_string()))
}

fn descriptor() -> MessageDescriptor {
    static HISTORY: OnceLock<MessageDescriptor> = OnceLock::new();
    let descriptor = HISTORY.get_or_init(|| {
        let pool = DescriptorPool::decode(include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin")).as_slice())
            .expect("the descriptors were published by the crate of the messages");
        pool.get_message_by_name("temporal.api.history.v1.History").expect("histories are among the messages")
    });
    descriptor.clone()
}

fn unwrapped(json: Value) -> Result<Value, HistoryError> {
    match json {
        Value::Array(events) => Ok(Value::Object(Map::from_iter([("events".to_owned(), Value::Array(events))]))),
        Value::Object(mut object) => match object.remove("history") {
            Some(history) if !object.contains_key("events") => unwrapped(history),
            _ if object.contains_key("events") => Ok(Value::Object(object)),
            _ => Err(HistoryError("not a history: it has no `events`".to_owned())),
        },
        _ => Err(HistoryError("not a history: neither an object nor a list".to_owned())),
    }
}

/// Brings enum values to the spelling of proto3 JSON and drops those that nothing here knows.
fn normalize(json: &mut Value, message: &MessageDescriptor, path: &mut String) -> Result<(), HistoryError> {
    match message.full_name() {
        "temporal.api.common.v1.Payloads" => spell_payloads_out(json),
        "temporal.api.common.v1.Payload" => spell_payload_out(json),
        _ => {}
    }
    let Value::Object(object) = json else { return Ok(()) };
    let mut unknown = Vec::new();
    for (key, value) in object.iter_mut() {
        let Some(field) = message.get_field_by_json_name(key).or_else(|| message.get_field_by_name(key)) else {
            continue;
        };
        let length = path.len();
        path.push('.');
        path.push_str(key);
        if !normalize_field(value, &field, path)? {
            unknown.push(key.clone());
        }
        path.truncate(length);
    }
    for key in unknown {
        object.remove(&key);
    }
    Ok(())
}

/// False: the value is of an enum that has no such value, and is to be left out.
fn normalize_field(json: &mut Value, field: &FieldDescriptor, path: &mut String) -> Result<bool, HistoryError> {
    if field.is_map() {
        if let (Value::Object(object), Kind::Message(entry)) = (json, field.kind()) {
            for value in object.values_mut() {
                normalize_field(value, &entry.map_entry_value_field(), path)?;
            }
        }
        return Ok(true);
    }
    match (json, field.kind()) {
        (Value::Array(items), kind) if field.is_list() => {
            let length = path.len();
            for (at, item) in items.iter_mut().enumerate() {
                // Writing to a text cannot fail.
                let _ = write!(path, "[{at}]");
                match &kind {
                    Kind::Message(message) => normalize(item, message, path)?,
                    Kind::Enum(values) => {
                        normalize_enum(item, values);
                    }
                    _ => {}
                }
                path.truncate(length);
            }
            Ok(true)
        }
        (json, Kind::Message(message)) => normalize(json, &message, path).map(|()| true),
        (json, Kind::Enum(values)) => {
            let known = normalize_enum(json, &values);
            if !known && values.name() == "EventType" {
                let path = path.trim_start_matches('.');
                return Err(HistoryError(format!("`{path}` is {json}, and no event type is called that")));
            }
            Ok(known)
        }
        _ => Ok(true),
    }
}

fn normalize_enum(json: &mut Value, values: &EnumDescriptor) -> bool {
    let Value::String(text) = json else { return true };
    match full_name(text, values) {
        Some(Cow::Borrowed(_)) => true,
        Some(Cow::Owned(name)) => {
            *json = Value::String(name);
            true
        }
        None => false,
    }
}

/// `WorkflowExecutionStarted` → `EVENT_TYPE_WORKFLOW_EXECUTION_STARTED`.
fn full_name<'a>(text: &'a str, values: &EnumDescriptor) -> Option<Cow<'a, str>> {
    if values.get_value_by_name(text).is_some() {
        return Some(Cow::Borrowed(text));
    }
    let letters =
        |name: &str| -> String { name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_uppercase()).collect() };
    // Every value begins with the enum's own name; the first value shows how it is written.
    let first = values.get_value(0)?;
    let prefix = first.name().strip_suffix("UNSPECIFIED").unwrap_or_default();
    let wanted = letters(text);
    let found =
        values.values().find(|value| letters(value.name().strip_prefix(prefix).unwrap_or(value.name())) == wanted);
    found.map(|value| Cow::Owned(value.name().to_owned()))
}
