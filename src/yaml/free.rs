//! Values without a type of their own: whatever is written is taken.

use serde_json::json;

use super::{Data, DecodeCx, Field, Given, Node, Pair, Plain, Scalar, Schema, Style, may_name_secret};
use crate::{
    diag::{Code, Diagnostic},
    value::{Map, Value},
};

/// A scalar taken as it is written, whether it looks like a text or not: `7233`, `yes`, `"x"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnyText(pub(crate) String);

impl Node {
    /// The value as it is written; placeholders stay what they are.
    pub(crate) fn to_value(&self) -> Value {
        match &self.data {
            Data::Scalar(scalar) => scalar.to_value(),
            Data::List(items) => Value::List(items.iter().map(Self::to_value).collect()),
            Data::Map(pairs) => {
                let pairs = pairs.iter().map(|pair| (pair.key.value.to_string(), pair.value.to_value()));
                Value::Map(pairs.collect::<Map>())
            }
        }
    }
}

impl Scalar {
    fn to_value(&self) -> Value {
        from_plain(self.plain(), &self.text)
    }
}

fn from_plain(plain: Plain, text: &str) -> Value {
    match plain {
        Plain::Null => Value::Null,
        Plain::Bool(value) => Value::Bool(value),
        Plain::Int(number) => Value::Int(number),
        Plain::UInt(number) => Value::UInt(number),
        Plain::Float(number) => Value::Float(number),
        Plain::Text | Plain::TooLarge | Plain::TooSmall => Value::from(text),
    }
}

impl DecodeCx<'_> {
    /// Reports what a free-form value cannot hold, and warns of what is easily misread.
    pub(crate) fn check_free_form(&mut self, node: &Node) {
        self.check_free_but(node, &[]);
    }

    /// The same, but for what stands below these keys of a map: somebody decodes it.
    pub(crate) fn check_free_but(&mut self, node: &Node, decoded: &[&str]) {
        match &node.data {
            Data::List(items) => items.iter().for_each(|item| self.check_free_form(item)),
            Data::Map(pairs) => {
                let free = pairs.iter().filter(|pair| !decoded.contains(&pair.name()));
                for pair in free {
                    self.hiding(pair, |cx| cx.check_free_form(&pair.value));
                }
            }
            Data::Scalar(scalar) if scalar.style == Style::Plain => self.check_plain(node, scalar),
            Data::Scalar(_) => {}
        }
    }

    /// Looks at a pair whose key anybody may have thought of: what is said shows no secret.
    fn hiding(&mut self, pair: &Pair, look: impl FnOnce(&mut Self)) {
        let before = self.hidden.len();
        let scalar = pair.value.as_scalar().filter(|_| may_name_secret(pair.name()));
        self.hidden.extend(scalar.map(|scalar| scalar.text.to_string()));
        look(self);
        self.hidden.truncate(before);
    }

    fn check_plain(&mut self, node: &Node, scalar: &Scalar) {
        let text = &scalar.text;
        let quoted = format!("\"{text}\"");
        if matches!(scalar.plain(), Plain::TooLarge | Plain::TooSmall) {
            let headline = format!("the number `{text}` does not fit 64 bits");
            let diagnostic = Diagnostic::error(Code::BadValue, node.span, headline);
            self.report(diagnostic.help("put it in quotes to keep it as a text").patch_value(node.span, quoted));
            return;
        }
        if let Some(reason) = easily_misread(text) {
            let headline = format!("`{text}` is read as {}, and {reason}", scalar.plain().type_name());
            let diagnostic = Diagnostic::warning(Code::AmbiguousValue, node.span, headline);
            self.report(diagnostic.help("put it in quotes if it is a text").patch_value(node.span, quoted));
        }
    }
}

/// Why other readers of YAML take a text for something else.
fn easily_misread(text: &str) -> Option<&'static str> {
    const WORDS: [&str; 7] = ["yes", "no", "on", "off", "y", "n", "True"];
    if WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) || text == "False" || text == "FALSE" {
        return (!matches!(text, "true" | "false")).then_some("other programs read a boolean");
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > 1 && text.starts_with('0') && digits(text) {
        return Some("the zero at its beginning is lost");
    }
    if text.contains('_') && text.split('_').all(digits) {
        return Some("other programs read a number");
    }
    let parts: Vec<&str> = text.split(':').collect();
    (parts.len() > 1 && parts.iter().all(|part| digits(part) && part.len() < 3))
        .then_some("other programs read a number of minutes or seconds")
}

impl Field for Value {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        match &node.data {
            Data::Scalar(scalar) if scalar.is_null() => Some(Self::Null),
            Data::Scalar(scalar) => {
                if scalar.style == Style::Plain {
                    cx.check_plain(node, scalar);
                }
                match cx.scalar(node, "a value")? {
                    Given::Later => Some(Self::Null),
                    Given::Now { text, plain, .. } => Some(from_plain(plain, &text)),
                }
            }
            Data::List(items) => {
                let items: Vec<_> = items.iter().map(|item| Self::decode(item, cx)).collect();
                Some(Self::List(items.into_iter().collect::<Option<_>>()?))
            }
            Data::Map(pairs) => {
                let pairs: Vec<_> = pairs
                    .iter()
                    .map(|pair| Some((pair.key.value.to_string(), Self::decode(&pair.value, cx)?)))
                    .collect();
                Some(Self::Map(pairs.into_iter().collect::<Option<_>>()?))
            }
        }
    }

    fn schema() -> Schema {
        Schema::any()
    }

    fn type_name() -> String {
        "anything".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Field for AnyText {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        match cx.scalar(node, "a text")? {
            Given::Later => Some(Self(String::new())),
            Given::Now { text, .. } => Some(Self((*text).to_owned())),
        }
    }

    fn schema() -> Schema {
        Schema::new(json!({"type": ["string", "number", "boolean"]}))
    }

    fn type_name() -> String {
        "text".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}
