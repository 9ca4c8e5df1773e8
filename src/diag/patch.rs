//! What to write instead of something, in the way that its place asks for.
//!
//! Who finds a mistake knows what is meant, and not how it is written there: in JSON, in quotes, or as an
//! alias. So a patch is fitted to the text that it replaces; where that is not possible, there is none.

use super::Diagnostics;
use crate::source::{SourceMap, Span};

/// A replacement of some bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Patch {
    pub(crate) span: Span,
    pub(crate) replacement: String,
    pub(super) form: Form,
}

/// What the replacement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The bytes themselves.
    Bytes,
    /// A value of YAML that replaces another one.
    Value,
    /// A text that replaces a value or a key; not in quotes yet.
    Text,
}

impl Diagnostics {
    /// Writes each patch as its place asks for, and drops those that would change more than was meant.
    pub(crate) fn fit_patches(&mut self, sources: &SourceMap) {
        for diagnostic in self.iter_mut() {
            diagnostic.patch = diagnostic.patch.take().and_then(|patch| fitted(patch, sources));
        }
    }
}

fn fitted(patch: Patch, sources: &SourceMap) -> Option<Patch> {
    let old = sources.slice(patch.span);
    if patch.form == Form::Bytes {
        return Some(patch);
    }
    let first = old.chars().next()?;
    let is_elsewhere = old.contains("${") || old.trim_start_matches(['"', '\'']).starts_with("file://");
    let source = sources.get(patch.span.source);
    let before = source.text.get(..patch.span.start as usize)?;
    if is_elsewhere || is_block(before) || is_marked(before) {
        return None;
    }
    let text = &patch.replacement;
    let is_json = source.path.ends_with(".json");
    let replacement = match (patch.form, first) {
        (Form::Text, '\'') => format!("'{}'", text.replace('\'', "''")),
        (Form::Text, '"') => quoted(text),
        (Form::Text, _) if is_json || !is_bare(text) => quoted(text),
        _ => text.clone(),
    };
    Some(Patch { replacement, form: Form::Bytes, ..patch })
}

/// Whether a text ends in the line that begins a block: in `|` or `>`, with what may stand behind them.
fn is_block(before: &str) -> bool {
    let line = before.trim_end();
    if !before[line.len()..].contains('\n') {
        return false;
    }
    let line = line.rsplit('\n').next().unwrap_or_default();
    let line = line.split(" #").next().unwrap_or_default();
    let sign = line.split_whitespace().next_back().unwrap_or_default();
    sign.starts_with(['|', '>']) && sign[1..].chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-'))
}

/// Whether a text ends in the name by which others mean what follows, or in its tag.
fn is_marked(before: &str) -> bool {
    before.split_whitespace().next_back().is_some_and(|mark| mark.starts_with(['&', '!']))
}

/// As JSON writes it, which is YAML, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether YAML reads it as a text without quotes, wherever it stands. It is not asked of texts that are.
fn is_bare(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | ':');
    let is_number = text.starts_with(|letter: char| letter.is_ascii_digit())
        && (text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o"));
    text.starts_with(char::is_alphanumeric)
        && text.chars().all(is_letter)
        && !text.ends_with(':')
        && !is_number
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Diagnostic};

    fn diagnostic(path: &str, text: &str) -> (SourceMap, Diagnostic) {
        let mut sources = SourceMap::default();
        let span = Span::new(sources.add(path, text), 0, text.len());
        (sources, Diagnostic::error(Code::BadValue, span, "it is wrong"))
    }

    fn fit(sources: &SourceMap, diagnostic: Diagnostic) -> Option<String> {
        let mut all = Diagnostics::from(diagnostic);
        all.fit_patches(sources);
        all.into_iter().next().and_then(|diagnostic| diagnostic.patch).map(|patch| patch.replacement)
    }

    #[test]
    fn a_text_is_written_like_the_one_before() {
        for (path, old, new, written) in [
            ("a.yaml", "wrker", "worker", "worker"),
            ("a.yaml", "'wrker'", "it's", "'it''s'"),
            ("a.yaml", "\"wrker\"", "worker", "\"worker\""),
            ("a.yaml", "*anchor", "worker", "worker"),
            ("a.yaml", "7233", "localhost:7233", "localhost:7233"),
            ("a.yaml", "::1", "[::1]:7233", "\"[::1]:7233\""),
            ("a.yaml", "of", "off", "\"off\""),
            ("a.yaml", "a", "12", "\"12\""),
            ("a.yaml", "0", "0s", "0s"),
            ("a.json", "\"wrker\"", "worker", "\"worker\""),
            ("a.json", "0", "0s", "\"0s\""),
        ] {
            let (sources, diagnostic) = diagnostic(path, old);
            let span = diagnostic.primary.as_ref().unwrap().span;
            assert_eq!(fit(&sources, diagnostic.patch_text(span, new)).as_deref(), Some(written), "{path}: {old}");
        }
    }

    #[test]
    fn what_is_more_than_a_text_stays() {
        for old in ["\"${env:TYPE|api_kay}\"", "file://type", "\"file://type\""] {
            let (sources, diagnostic) = diagnostic("a.yaml", old);
            let span = diagnostic.primary.as_ref().unwrap().span;
            assert_eq!(fit(&sources, diagnostic.clone().patch_text(span, "api_key")), None, "{old}");
            assert_eq!(fit(&sources, diagnostic.patch_value(span, "true")), None, "{old}");
        }
    }

    #[test]
    fn a_block_and_what_others_name_stay() {
        for (before, stays) in [
            ("type: |\n  ", true),
            ("type: >-\n  ", true),
            ("- |2+ # the key\n\n  ", true),
            ("type: &key ", true),
            ("type: !!str ", true),
            ("type:\n  ", false),
            ("a: b|c\ntype: ", false),
        ] {
            let (sources, whole) = diagnostic("a.yaml", &format!("{before}api_kay\n"));
            let source = whole.primary.unwrap().span.source;
            let span = Span::new(source, before.len(), before.len() + 7);
            let found = Diagnostic::error(Code::BadValue, span, "it is wrong").patch_text(span, "api_key");
            assert_eq!(fit(&sources, found).is_none(), stays, "{before}");
        }
    }
}
