//! `pattern`: regular expressions that take time in proportion to the text.

use regex::{Regex, RegexBuilder};

/// The most memory that one expression may take when it is compiled.
pub(super) const LARGEST: usize = 64 * 1024;

/// What a byte costs, in checks.
pub(super) const COST: u64 = 4;

/// A regular expression of ECMAScript, as far as it needs no looking around and no references.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let built =
            RegexBuilder::new(&plain_classes(text)).size_limit(LARGEST).dfa_size_limit(LARGEST).nest_limit(64).build();
        built.map(Self).map_err(|error| {
            let why = match error {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
            };
            format!("the pattern `{text}` cannot be used: {why}")
        })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    pub(super) fn text(&self) -> &str {
        self.0.as_str()
    }
}

/// In ECMAScript `\d` and `\w` are of ASCII.
fn plain_classes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('d') => plain.push_str("[0-9]"),
            Some('D') => plain.push_str("[^0-9]"),
            Some('w') => plain.push_str("[0-9A-Za-z_]"),
            Some('W') => plain.push_str("[^0-9A-Za-z_]"),
            Some('/') => plain.push('/'),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}
