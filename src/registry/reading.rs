//! One file of a project: whether it is one of entries, and its tree.
//!
//! A file that is none of ours is passed over without a word. So what cannot be read, and may be
//! ours, is told: nothing of a project vanishes in silence.

use super::secrets;
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    source::{FileError, Files, SourceMap, Span},
    yaml::{self, Node},
};

/// What a file turned out to be.
pub(super) enum Document {
    /// None of ours.
    Foreign,
    /// Ours, and what is wrong with it was reported. The namespace, if it is seen.
    Unreadable(Option<String>),
    Read(Node),
}

/// Whether a path may be one of entries.
pub(super) fn is_candidate(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("yaml" | "yml" | "json"))
}

/// Reads a file.
pub(super) fn read(path: &str, files: &Files, sources: &mut SourceMap, diagnostics: &mut Diagnostics) -> Document {
    let text = match files.read(path, yaml::MAX_BYTES) {
        Ok(text) => text,
        Err(error) => {
            let head = files.head(path, yaml::MAX_BYTES).unwrap_or_default();
            // A large file of data beside the entries, as a recorded history.
            if matches!(error, FileError::TooLarge { .. }) && path.ends_with(".json") && !braces_hold_our_key(&head) {
                return Document::Foreign;
            }
            diagnostics.push(unreadable(path, &error, &head, sources));
            return Document::Unreadable(namespace_line(&head));
        }
    };
    if !text.contains("namespace") && !text.contains("entries") {
        return Document::Foreign;
    }
    let source = sources.add(path, text.as_str());
    let parsed = yaml::parse(source, &text);
    let ours = match &parsed.root {
        Some(root) => root.get("namespace").is_some() || root.get("entries").is_some(),
        None => looks_like_entries(&text),
    };
    if !ours {
        return Document::Foreign;
    }
    secrets::conceal(&parsed, sources);
    diagnostics.extend(parsed.diagnostics);
    let Some(root) = parsed.root else {
        secrets::conceal_lines(source, &text, sources);
        return Document::Unreadable(namespace_line(&text));
    };
    Document::Read(root)
}

/// `head` is what can be read of the file.
fn unreadable(path: &str, error: &FileError, head: &str, sources: &mut SourceMap) -> Diagnostic {
    let (code, headline) = match error {
        FileError::NotText { at } => {
            (Code::BadEncoding, format!("the file `{path}` is not UTF-8: byte {at} is the first that is not"))
        }
        FileError::TooLarge { limit } => {
            (Code::YamlLimit, format!("the file `{path}` is larger than {} MiB", limit / 1024 / 1024))
        }
        FileError::Outside => {
            (Code::FileLeavesProject, format!("the file `{path}` is a link to a file outside the project"))
        }
        FileError::Missing | FileError::NoFile | FileError::Io(_) => {
            (Code::FileUnreadable, format!("the file `{path}` cannot be read: {error}"))
        }
    };
    match error {
        FileError::NotText { at } => {
            let source = sources.add(path, head);
            secrets::conceal_lines(source, head, sources);
            let length = head.get(*at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            Diagnostic::error(code, Span::new(source, *at, *at + length), headline)
                .label("not UTF-8 from here on")
                .help("save it as UTF-8")
        }
        FileError::TooLarge { .. } => {
            let source = sources.add(path, "");
            Diagnostic::error(code, Span::new(source, 0, 0), headline).help("split it into several files")
        }
        _ => {
            let source = sources.add(path, "");
            Diagnostic::error(code, Span::new(source, 0, 0), headline)
        }
    }
}

/// Whether a file that cannot be read was meant as one of entries: a line begins with one of its
/// two keys, or the outermost braces hold one.
fn looks_like_entries(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let begins = |line: &str| {
        let key = line.trim_start().trim_start_matches(['{', '"', '\'', ' ']);
        line.len() - line.trim_start().len() <= 2 && begins_with_our_key(key)
    };
    text.lines().any(begins) || braces_hold_our_key(text)
}

fn begins_with_our_key(text: &str) -> bool {
    text.starts_with("namespace") || text.starts_with("entries")
}

/// Looks at the keys of the outermost braces only: a recorded history has namespaces further inside.
fn braces_hold_our_key(text: &str) -> bool {
    if !text.trim_start().starts_with('{') {
        return false;
    }
    let (mut depth, mut is_quoted, mut is_escaped, mut key_begins) = (0_usize, false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if is_quoted {
            is_quoted = is_escaped || byte != b'"';
            is_escaped = !is_escaped && byte == b'\\';
            continue;
        }
        if key_begins && !byte.is_ascii_whitespace() {
            key_begins = false;
            if text.get(at..).is_some_and(|text| begins_with_our_key(text.trim_start_matches(['"', '\'']))) {
                return true;
            }
        }
        match byte {
            b'"' => is_quoted = true,
            b'{' | b'[' => {
                depth += 1;
                key_begins = depth == 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => key_begins = depth == 1,
            _ => {}
        }
    }
    false
}

/// The namespace in a text that cannot be parsed.
fn namespace_line(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim_start_matches('\u{feff}').trim().strip_prefix("namespace:"))?;
    Some(line.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_outermost_braces_tell_a_file_of_entries() {
        assert!(looks_like_entries(r#"{"version": "1.0", "meta": {"a": "}"}, "namespace": "app""#));
        assert!(looks_like_entries("{version: \"1.0\", entries: ["));
        assert!(!looks_like_entries(r#"{"events": [{"namespace": "app"}], "text": "{\"namespace", "#));
    }
}
