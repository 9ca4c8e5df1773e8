//! Messages that nobody took, on their way from a run to the one that takes its place; and that it is asked to
//! end, if its code could not hear of that any more.
//!
//! They travel in headers of ours, which other workers pass over. The new run gets them before its
//! own, in their order, with their senders; bytes stay bytes. Where one payload has no room for all of
//! them, their JSON is cut into several.

use std::iter;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mlua::Lua;

use crate::{
    value::{Failure, Map, Value},
    workflow::{Headers, Signal, inbox, size, state::RunState},
};

/// Where they travel; pieces after the first have a number behind it.
const HEADER: &str = "metonic-messages";

/// Where it travels that the run is asked to end, with the reason.
const CANCEL_HEADER: &str = "metonic-cancel";

/// One message.
pub(super) struct Carried {
    pub(super) topic: String,
    pub(super) from: String,
    pub(super) payload: Vec<Value>,
}

/// Puts the messages that nobody took to what the new run begins with; `advice` is for where they are too many.
pub(super) fn pack(lua: &Lua, state: &RunState, headers: &mut Headers, advice: &str) -> Result<(), Failure> {
    let untaken = inbox::untaken(lua, state).map_err(|error| Failure::invalid(error.to_string()))?;
    let Some(messages) = header(untaken) else { return Ok(()) };
    let (bytes, limit) = (size::encoded(&messages), state.options.largest_task);
    if bytes > limit {
        return Err(Failure::invalid(format!(
            "the messages that nobody took have {bytes} bytes together, and one workflow task takes {limit}; {advice}"
        )));
    }
    headers.extend(names().zip(pieces(messages, state.options.largest_payload)));
    Ok(())
}

/// The new run is asked to end before it begins.
pub(super) fn ask_to_end(headers: &mut Headers, reason: String) {
    headers.insert(CANCEL_HEADER.to_owned(), Value::Text(reason));
}

/// Why the run before was asked to end, if that is left to this one.
pub(super) fn request_to_end(headers: &Headers) -> Option<String> {
    headers.get(CANCEL_HEADER)?.as_text().map(str::to_owned)
}

/// The names of the headers, in order.
fn names() -> impl Iterator<Item = String> {
    iter::once(HEADER.to_owned()).chain((2..).map(|number| format!("{HEADER}-{number}")))
}

/// The messages in pieces that fit into a payload each: one, as they are, if that has room for all.
fn pieces(messages: Value, limit: usize) -> Vec<Value> {
    if size::encoded(&messages) <= limit {
        return vec![messages];
    }
    messages.to_json().as_bytes().chunks(limit.max(1)).map(|piece| Value::Bytes(piece.to_vec())).collect()
}

/// The value that was cut into pieces, if it was.
fn joined(headers: &Headers) -> Option<Value> {
    let pieces = names().map_while(|name| match headers.get(&name) {
        Some(Value::Bytes(piece)) => Some(piece.as_slice()),
        _ => None,
    });
    Value::from_json(&pieces.collect::<Vec<_>>().concat()).ok()
}

/// All of them as the value of the header; nothing if there are none.
fn header(messages: Vec<Carried>) -> Option<Value> {
    if messages.is_empty() {
        return None;
    }
    let messages = messages.into_iter().map(|message| {
        let payload = Value::List(message.payload.into_iter().map(boxed).collect());
        let fields = [("topic", Value::Text(message.topic)), ("from", Value::Text(message.from)), ("payload", payload)];
        Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    });
    Some(Value::List(messages.collect()))
}

/// The messages that the run before left, as signals. What is no message of ours is passed over.
pub(super) fn messages_of(headers: &Headers) -> Vec<Signal> {
    let of = |messages: &Value| match messages {
        Value::List(messages) => messages.iter().filter_map(signal).collect(),
        _ => Vec::new(),
    };
    match headers.get(HEADER) {
        Some(Value::Bytes(_)) => joined(headers).as_ref().map(of).unwrap_or_default(),
        Some(messages) => of(messages),
        None => Vec::new(),
    }
}

fn signal(message: &Value) -> Option<Signal> {
    let fields = message.as_map()?;
    let Some(Value::List(payload)) = fields.get("payload") else { return None };
    let name = fields.get("topic")?.as_text()?.to_owned();
    let from = fields.get("from").and_then(Value::as_text).unwrap_or_default();
    let headers = if from.is_empty() { Headers::default() } else { inbox::headers_from(from) };
    Some(Signal { name, arguments: payload.iter().map(unboxed).collect::<Option<_>>()?, headers })
}

/// Inside a list bytes have no form of their own.
fn boxed(value: Value) -> Value {
    let (name, value) = match value {
        Value::Bytes(bytes) => ("base64", Value::Text(STANDARD.encode(bytes))),
        value => ("value", value),
    };
    Value::Map(Map::from_iter([(name.to_owned(), value)]))
}

fn unboxed(value: &Value) -> Option<Value> {
    let fields = value.as_map()?;
    match fields.get("base64") {
        Some(text) => STANDARD.decode(text.as_text()?).ok().map(Value::Bytes),
        None => fields.get("value").cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Vec<Carried> {
        let of =
            |topic: &str, from: &str, payload: Vec<Value>| Carried { topic: topic.into(), from: from.into(), payload };
        vec![
            of("b", "{a@b|c}", vec![Value::Bytes(vec![0xff, 0]), Value::Int(9_007_199_254_740_993)]),
            of("ä", "", vec![Value::Null]),
            of("a", "", Vec::new()),
        ]
    }

    #[test]
    fn bytes_senders_and_order_survive_the_way() {
        for limit in [1_000, 20, 7, 1, 0] {
            let pieces = pieces(header(sent()).unwrap(), limit);
            assert_eq!(pieces.len() == 1, limit == 1_000, "{limit}");
            assert!(pieces.iter().all(|piece| size::encoded(piece) <= limit.max(1)), "{limit}");
            let headers = names().zip(pieces).collect::<Headers>();
            let got = messages_of(&headers);
            let names: Vec<_> = got.iter().map(|signal| signal.name.as_str()).collect();
            assert_eq!(names, ["b", "ä", "a"], "{limit}");
            assert_eq!(got[0].arguments, [Value::Bytes(vec![0xff, 0]), Value::Int(9_007_199_254_740_993)]);
            assert_eq!(got[0].headers, inbox::headers_from("{a@b|c}"));
            assert_eq!((got[1].arguments.len(), got[2].arguments.len()), (1, 0));
        }
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        for no_message in [
            Value::List(vec![Value::Int(1), Value::Map(Map::new())]),
            Value::Text("[".to_owned()),
            Value::Bytes(b"[".to_vec()),
            Value::Bytes(b"{}".to_vec()),
        ] {
            assert!(messages_of(&Headers::from_iter([(HEADER.to_owned(), no_message)])).is_empty());
        }
    }
}
