//! Values that no output may show.

use std::{fmt, sync::Mutex};

/// The texts of all secrets this process has read, as they are and as JSON writes them; [`redact`] takes them out of what is printed.
static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Shorter secrets are not searched for: taking every `1` out of a log helps nobody.
const SHORTEST_SEARCHED: usize = 6;

/// A value that prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Wraps a text and remembers it, so that [`redact`] finds it.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.len() >= SHORTEST_SEARCHED {
            let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for form in [text.clone(), in_json(&text)] {
                if !known.contains(&form) {
                    known.push(form);
                }
            }
            known.sort_by_key(|text| std::cmp::Reverse(text.len()));
        }
        Self(text)
    }

    /// The text itself: for the one call that needs it, never for output.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What stands between the quotes where JSON writes the text.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted).to_owned()
}

/// `text` with every known secret replaced by `***`.
pub(crate) fn redact(text: &str) -> std::borrow::Cow<'_, str> {
    let known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut result = std::borrow::Cow::Borrowed(text);
    for secret in known.iter() {
        if result.contains(secret.as_str()) {
            result = std::borrow::Cow::Owned(result.replace(secret.as_str(), "***"));
        }
    }
    result
}

/// `text` with as many stars as each known secret has bytes, so that places in it stay the same.
pub(crate) fn mask(text: &str) -> std::borrow::Cow<'_, str> {
    let known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut result = std::borrow::Cow::Borrowed(text);
    for secret in known.iter() {
        if result.contains(secret.as_str()) {
            result = std::borrow::Cow::Owned(result.replace(secret.as_str(), &"*".repeat(secret.len())));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_stars_and_is_taken_out_of_texts() {
        let secret = Secret::new("tr0ub4dor");
        assert_eq!(format!("{secret:?} {secret}"), "*** ***");
        assert_eq!(redact("key=tr0ub4dor;"), "key=***;");
    }

    #[test]
    fn a_secret_with_quotes_is_taken_out_of_json() {
        let secret = Secret::new("qu0\"te\\sl4sh\n");
        let line = serde_json::json!({ "key": secret.reveal() }).to_string();
        assert_eq!(redact(&line), r#"{"key":"***"}"#);
    }
}
