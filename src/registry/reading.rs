//! One file of a project: whether it is one of entries, and its tree.
//!
//! A file that is none of ours is passed over without a word. So what cannot be read, and may be
//! ours, is told: nothing of a project vanishes in silence.

use super::{
    KindDef,
    ours::{braces_hold_our_key, is_ours, looks_like_entries, may_be_ours},
    secrets,
};
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
    /// The tree, and values whose key is there again.
    Read(Node, Vec<Span>),
}

/// Whether a path may be one of entries.
pub(super) fn is_candidate(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("yaml" | "yml" | "json"))
}

/// Reads a file.
pub(super) fn read(
    path: &str,
    files: &Files,
    kinds: &[KindDef],
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Document {
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
    if is_utf_16(&text) {
        // Its lines are hidden from who looks for secrets in them, so none is shown.
        let source = sources.add(path, "");
        let headline = format!("the file `{path}` is not UTF-8: it is UTF-16 without a byte order mark");
        let wrong = Diagnostic::error(Code::BadEncoding, Span::new(source, 0, 0), headline);
        diagnostics.push(wrong.help("save it as UTF-8"));
        return Document::Unreadable(namespace_line(&text.replace('\0', "")));
    }
    if !may_be_ours(&text, kinds) {
        return Document::Foreign;
    }
    let source = sources.add(path, text.as_str());
    let parsed = yaml::parse(source, &text);
    let ours = match &parsed.root {
        Some(root) => is_ours(root, kinds),
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
    Document::Read(root, parsed.dropped.iter().map(|dropped| dropped.first).collect())
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
        // It was listed.
        FileError::Missing => {
            (Code::FileUnreadable, format!("the file `{path}` is a link to a file that is not there"))
        }
        FileError::NoFile(_) | FileError::Io(_) => {
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
            let source = sources.add(path, head);
            secrets::conceal_lines(source, head, sources);
            let last = head.char_indices().next_back().map_or(0, |(at, _)| at);
            Diagnostic::error(code, Span::new(source, last, head.len()), headline)
                .label("the limit is passed here")
                .help("split it into several files")
        }
        _ => {
            let source = sources.add(path, "");
            let diagnostic = Diagnostic::error(code, Span::new(source, 0, 0), headline);
            match error {
                FileError::Outside => diagnostic.help("copy the file into the project"),
                FileError::Missing => diagnostic.help("mend the link, or remove it"),
                _ => diagnostic,
            }
        }
    }
}

/// Whether a text is one in UTF-16 that happens to be UTF-8: of two bytes, one is zero, always the first or
/// always the second. Letters that are not ASCII may have none.
fn is_utf_16(text: &str) -> bool {
    let zeros = |parity: usize| text.bytes().skip(parity).step_by(2).filter(|byte| *byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    (first == 0 || second == 0) && (first + second) * 4 > text.len()
}

/// The namespace in a text that cannot be parsed.
fn namespace_line(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim_start_matches('\u{feff}').trim().strip_prefix("namespace:"))?;
    Some(line.trim().trim_matches(['"', '\'']).to_owned())
}
