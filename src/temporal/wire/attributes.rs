//! Search attributes, both ways: JSON payloads whose metadata names the type.

use std::collections::HashMap;

use metonic_bridge::protos::temporal::api::common::v1::{Payload, SearchAttributes as ProtoAttributes};

use crate::{
    temporal::wire::payload::{PayloadError, from_payload, to_payload},
    value::Value,
    workflow::{SearchAttribute, SearchAttributeKind, SearchAttributes},
};

/// The metadata that names the type.
const TYPE: &str = "type";

pub(crate) fn to_attributes(attributes: &SearchAttributes) -> Result<ProtoAttributes, PayloadError> {
    let fields = attributes.iter().map(|(name, attribute)| {
        let mut payload = to_payload(&attribute.value)?;
        payload.metadata.insert(TYPE.to_owned(), attribute.kind.name().as_bytes().to_vec());
        Ok((name.clone(), payload))
    });
    Ok(ProtoAttributes { indexed_fields: fields.collect::<Result<_, PayloadError>>()? })
}

/// Sorted by name. What cannot be read, as a type of tomorrow, is left out.
pub(crate) fn from_attributes(fields: &HashMap<String, Payload>) -> SearchAttributes {
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort();
    names.into_iter().filter_map(|name| Some((name.clone(), from_attribute(fields.get(name)?)?))).collect()
}

fn from_attribute(payload: &Payload) -> Option<SearchAttribute> {
    let value = from_payload(payload).ok()?;
    let named = payload.metadata.get(TYPE).and_then(|name| std::str::from_utf8(name).ok());
    let kind = match named {
        Some(name) => SearchAttributeKind::named(name)?,
        None => guessed(&value)?,
    };
    Some(SearchAttribute { kind, value })
}

/// Starters that name no type leave it to the server, which keeps the value only.
fn guessed(value: &Value) -> Option<SearchAttributeKind> {
    Some(match value {
        Value::Text(_) => SearchAttributeKind::Keyword,
        Value::Bool(_) => SearchAttributeKind::Bool,
        Value::Int(_) | Value::UInt(_) => SearchAttributeKind::Int,
        Value::Float(_) => SearchAttributeKind::Double,
        Value::List(_) => SearchAttributeKind::KeywordList,
        Value::Null | Value::Bytes(_) | Value::Map(_) => return None,
    })
}
