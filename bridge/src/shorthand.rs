//! Payloads as the server's HTTP interface shows them: the value itself in place of encoded bytes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// `[1, "a"]` → the payloads of `1` and `"a"`.
pub(crate) fn spell_payloads_out(payloads: &mut Value) {
    if let Value::Array(values) = payloads {
        let values: Vec<Value> = values
            .drain(..)
            .map(|mut value| {
                spell_payload_out(&mut value);
                value
            })
            .collect();
        *payloads = json!({ "payloads": values });
    }
}

/// `1` → `{"metadata": {"encoding": "json/plain"}, "data": "1"}`, both in base64.
pub(crate) fn spell_payload_out(payload: &mut Value) {
    let is_spelled_out = payload.as_object().is_some_and(|object| {
        object.get("metadata").is_some_and(|metadata| metadata.get("encoding").is_some_and(Value::is_string))
    });
    if is_spelled_out {
        return;
    }
    let (encoding, data) =
        if payload.is_null() { ("binary/null", String::new()) } else { ("json/plain", payload.to_string()) };
    *payload = json!({ "metadata": { "encoding": STANDARD.encode(encoding) }, "data": STANDARD.encode(data) });
}
