//! Which files are ones of entries: those that say so, and those that were meant to.
//!
//! Other YAML and JSON may lie beside them and is passed over without a word. So slips in a file's own
//! keys are not enough to know it by: its entries have to look like some, too.

use super::{
    KindDef,
    document::meant,
    slips::{is_or_nearly, keys_in},
};
use crate::yaml::Node;

/// A file's own keys by which it is known.
const OUR_KEYS: [&str; 2] = ["namespace", "entries"];

/// Whether a text may be one of entries: a quick look that spares the reading of others.
pub(super) fn may_be_ours(text: &str, kinds: &[KindDef]) -> bool {
    OUR_KEYS.iter().any(|key| text.contains(key))
        || kinds.iter().any(|kind| text.contains(kind.name))
        || keys_in(text).any(|key| (5..=12).contains(&key.len()) && is_or_nearly(key, &OUR_KEYS))
}

/// Whether a tree is that of a file of entries.
pub(super) fn is_ours(root: &Node, kinds: &[KindDef]) -> bool {
    let Some(pairs) = root.as_map() else { return false };
    if root.pair("namespace").is_some() {
        return true;
    }
    let has_namespace = meant(pairs, "namespace").is_some();
    let exact = root.get("entries");
    let list = exact.or_else(|| meant(pairs, "entries").map(|pair| &pair.value));
    let items = list.and_then(Node::as_list).unwrap_or_default();
    if exact.is_some() && (has_namespace || items.iter().any(|item| item.get("kind").is_some())) {
        return true;
    }
    let is_shaped = |item: &Node| item.get("name").is_some() && item.get("kind").is_some();
    items.iter().any(|item| is_entry(item, kinds) || has_namespace && is_shaped(item))
        || is_entry(root, kinds) && (has_namespace || root.pair("version").is_some())
}

/// Whether a map has one of our kinds, or nearly.
fn is_entry(node: &Node, kinds: &[KindDef]) -> bool {
    let pair = node.pair("kind").or_else(|| meant(node.as_map()?, "kind"));
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    pair.and_then(|pair| pair.value.as_scalar()).is_some_and(|kind| is_or_nearly(&kind.text, &names))
}

/// Whether a file that cannot be read was meant as one of entries: a line begins with one of its
/// keys, or with slips of both, or the outermost braces hold one.
pub(super) fn looks_like_entries(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let keys = || outermost_keys(text);
    let nearly = |ours: &str| keys().any(|key| is_or_nearly(key, &[ours]));
    keys().any(|key| OUR_KEYS.contains(&key)) || OUR_KEYS.iter().all(|key| nearly(key)) || braces_hold_our_key(text)
}

/// What the lines begin with that stand to the left, or a little in by mistake.
fn outermost_keys(text: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    text.lines().filter_map(move |line| {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if content.is_empty() || content.starts_with('#') {
            return None;
        }
        if indent == 0 {
            let said = content.split(" #").next().unwrap_or_default().trim_end();
            is_inside = said.ends_with(':') || said.starts_with("- ");
        }
        let is_outermost = indent == 0 || indent <= 2 && !is_inside;
        is_outermost.then(|| first_word(content.trim_start_matches(['{', '"', '\'', ' '])))
    })
}

fn first_word(text: &str) -> &str {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '-'));
    &text[..end.unwrap_or(text.len())]
}

/// Looks at the keys of the outermost braces only: a recorded history has namespaces further inside.
pub(super) fn braces_hold_our_key(text: &str) -> bool {
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
            let key = text.get(at..).map(|text| first_word(text.trim_start_matches(['"', '\''])));
            if key.is_some_and(|key| OUR_KEYS.contains(&key)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_outermost_braces_tell_a_file_of_entries() {
        assert!(looks_like_entries(r#"{"version": "1.0", "meta": {"a": "}"}, "namespace": "app""#));
        assert!(looks_like_entries("{version: \"1.0\", entries: ["));
        assert!(!looks_like_entries(r#"{"events": [{"namespace": "app"}], "text": "{\"namespace", "#));
    }

    #[test]
    fn a_key_further_in_is_not_one_of_the_file() {
        assert!(!looks_like_entries("metadata: # of it\n  namespace: {{ .Values.namespace }}\n"));
        assert!(!looks_like_entries("- a: 1\n  namespace: [\n"));
        assert!(!looks_like_entries("namespaceOverride: [\n"));
        assert!(looks_like_entries("version: \"1.0\"\n namespace: app\n"));
    }

    #[test]
    fn slips_of_both_keys_tell_a_file_of_entries() {
        assert!(looks_like_entries("namspace: app\nentires: [\n"));
        assert!(!looks_like_entries("namespaces: app\nitems: [\n"));
    }
}
