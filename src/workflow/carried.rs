//! Messages that nobody took, on their way from a run to the one that takes its place.
//!
//! They travel in a header of ours, which other workers pass over. The new run gets them before its
//! own, in their order, with their senders; bytes stay bytes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mlua::Lua;

use crate::{
    value::{Failure, Map, Value},
    workflow::{Headers, Signal, inbox, size, state::RunState},
};

/// Where they travel.
const HEADER: &str = "metonic-messages";

/// One message.
pub(super) struct Carried {
    pub(super) topic: String,
    pub(super) from: String,
    pub(super) payload: Vec<Value>,
}

/// Puts the messages that nobody took to what the new run begins with.
pub(super) fn pack(lua: &Lua, state: &RunState, headers: &mut Headers) -> Result<(), Failure> {
    let untaken = inbox::untaken(lua, state).map_err(|error| Failure::invalid(error.to_string()))?;
    let Some(messages) = header(untaken) else { return Ok(()) };
    let (bytes, limit) = (size::encoded(&messages), state.options.largest_payload);
    if bytes > limit {
        return Err(Failure::invalid(format!(
            "the messages that nobody took have {bytes} bytes together, and the server takes {limit}; receive some of \
             them first"
        )));
    }
    headers.insert(HEADER.to_owned(), messages);
    Ok(())
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
    match headers.get(HEADER) {
        Some(Value::List(messages)) => messages.iter().filter_map(signal).collect(),
        _ => Vec::new(),
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

    #[test]
    fn bytes_senders_and_order_survive_the_way() {
        let of =
            |topic: &str, from: &str, payload: Vec<Value>| Carried { topic: topic.into(), from: from.into(), payload };
        let sent = vec![
            of("b", "{a@b|c}", vec![Value::Bytes(vec![0xff, 0]), Value::Int(9_007_199_254_740_993)]),
            of("a", "", vec![Value::Null]),
            of("a", "", Vec::new()),
        ];
        let headers = Headers::from_iter([(HEADER.to_owned(), header(sent).unwrap())]);
        let got = messages_of(&headers);
        let names: Vec<_> = got.iter().map(|signal| signal.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "a"]);
        assert_eq!(got[0].arguments, [Value::Bytes(vec![0xff, 0]), Value::Int(9_007_199_254_740_993)]);
        assert_eq!(got[0].headers, inbox::headers_from("{a@b|c}"));
        assert_eq!((got[1].arguments.len(), got[2].arguments.len()), (1, 0));
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        let headers =
            Headers::from_iter([(HEADER.to_owned(), Value::List(vec![Value::Int(1), Value::Map(Map::new())]))]);
        assert!(messages_of(&headers).is_empty());
    }
}
