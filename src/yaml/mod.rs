//! Turns texts into trees that remember places, and trees into the structs of kinds.
//!
//! [`parse`] reads a text into a [`Node`]. [`record!`] defines a struct once and gives its decoder,
//! its fields for the manual, and its JSON Schema. A decoder goes on after an error, so that all
//! errors of an entry are reported at once.

mod containers;
mod decode;
mod field;
mod free;
mod node;
mod parse;
mod placeholder;
mod record;
mod scalar;
mod schema;
mod secret_names;
mod syntax;
mod types;
mod unread;

pub(crate) use containers::UnlessEmpty;
pub(crate) use decode::{DecodeCx, Given, Lookup, Variables, quoted};
pub(crate) use field::{Description, Field, FieldInfo, Record, Rule};
pub(crate) use free::AnyText;
pub(crate) use node::{Data, Node, Pair, Scalar, Style, place_inside};
pub(crate) use parse::{Dropped, MAX_BYTES, Parsed, parse};
pub(crate) use placeholder::{Malformed, Part, split as split_placeholders};
pub(crate) use record::{choices, record};
pub(crate) use scalar::Plain;
pub(crate) use schema::Schema;
pub(crate) use secret_names::{may_name_secret, names_secret};

#[cfg(test)]
mod tests;
