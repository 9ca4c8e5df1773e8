//! Values in files that may be secrets, whoever reads them: no snippet shows them.
//!
//! What a kind takes for a secret is known once it is decoded, and is then taken out of all that is
//! printed. That does not help where a key is misspelt or a kind unknown, nor where a value is only
//! perhaps a secret: to take each `production` out of a log would help nobody. So what stands after
//! some keys is hidden wherever it stands: rather a value too many than one too few.

use std::ops::Range;

use super::slips::{is_or_nearly, key_before};
use crate::{
    source::{SourceId, SourceMap, Span},
    yaml::{Data, Dropped, Node, Pair, Parsed, Part, Scalar, Style, may_name_secret, place_inside, split_placeholders},
};

/// Fields whose values nobody can tell to be no secrets: the kind and the key.
pub(super) const PERHAPS_SECRET: [(&str, &str); 2] = [("env.storage.static", "values"), ("env.variable", "default")];

/// Keys whose values are hidden, wherever they stand; and so are those of keys that name a secret.
const KEYS: [&str; 4] = ["api_key", "key_pem", "private_key", "values"];

/// Those whose values are hidden where they are fields of an entry: others are called so, too.
const ENTRY_KEYS: [&str; 3] = ["value", "default", "key"];

/// What a client proves itself with.
const CREDENTIALS: [&str; 3] = ["auth", "authentication", "authorization"];

/// Words that are near one of those, and mean something else.
const OTHERS: [&str; 3] = ["author", "authors", "auto"];

/// Hides the values of a file that may be secrets.
pub(super) fn conceal(parsed: &Parsed, sources: &mut SourceMap) {
    parsed.root.iter().for_each(|root| conceal_node(root, Place::File, sources));
    for Dropped { first, pair } in &parsed.dropped {
        conceal_pair(pair, Place::Entry, sources);
        if sources.is_concealed(*first) {
            hide(&pair.value, sources);
        }
    }
    for (alias, named) in &parsed.aliases {
        if sources.is_concealed(*alias) {
            sources.conceal(*named);
        }
    }
}

fn conceal_node(node: &Node, place: Place, sources: &mut SourceMap) {
    match &node.data {
        Data::Scalar(scalar) => hide_defaults(node, scalar, sources),
        Data::List(items) => {
            let place = if place == Place::Entries { Place::Entry } else { Place::Inside };
            for item in items {
                conceal_node(item, place, sources);
            }
        }
        Data::Map(pairs) => {
            // One that has slipped further in is an entry all the same.
            let is_entry = pairs.iter().any(|pair| is_or_nearly(pair.name(), &["kind"]));
            let place = if is_entry && place != Place::File { Place::Entry } else { place };
            for pair in pairs {
                conceal_pair(pair, place, sources);
            }
        }
    }
}

/// What a value is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// All of a file, which may be one entry.
    File,
    /// A value of a file; the items of a list are entries.
    Entries,
    Entry,
    Inside,
}

fn conceal_pair(pair: &Pair, place: Place, sources: &mut SourceMap) {
    let key = pair.name();
    let is_entrys = matches!(place, Place::File | Place::Entry);
    match &pair.value.data {
        _ if is_entrys && is_one_of(key, &ENTRY_KEYS) => hide(&pair.value, sources),
        _ if key != "value" && (is_one_of(key, &KEYS) || may_name_secret(key)) => hide(&pair.value, sources),
        _ if is_one_of(key, &CREDENTIALS) => credentials(&pair.value, sources),
        Data::Map(fields) if key == "data" && is_entrys => {
            for field in fields {
                conceal_pair(field, Place::Entry, sources);
            }
        }
        // An entry where a list of them belongs.
        Data::Map(fields) if place == Place::File && is_or_nearly(key, &["entries"]) => {
            for field in fields {
                conceal_pair(field, Place::Entry, sources);
            }
        }
        _ if place == Place::File => conceal_node(&pair.value, Place::Entries, sources),
        _ => conceal_node(&pair.value, Place::Inside, sources),
    }
}

fn is_one_of(key: &str, words: &[&str]) -> bool {
    is_or_nearly(key, words) && !OTHERS.contains(&key)
}

/// Hides everything but the names of things, and certificates, which are public.
fn credentials(node: &Node, sources: &mut SourceMap) {
    let is_public =
        |key: &str| key == "type" || key.starts_with("cert_") || key.ends_with("_env") || key.ends_with("_file");
    match &node.data {
        Data::Scalar(_) => hide(node, sources),
        Data::List(items) => items.iter().for_each(|item| credentials(item, sources)),
        Data::Map(pairs) => {
            pairs.iter().filter(|pair| !is_public(pair.name())).for_each(|pair| hide(&pair.value, sources));
        }
    }
}

fn hide(node: &Node, sources: &mut SourceMap) {
    match &node.data {
        Data::Scalar(scalar) if only_names_variables(scalar) => {}
        Data::Scalar(_) => sources.conceal(node.span),
        Data::List(items) => items.iter().for_each(|item| hide(item, sources)),
        Data::Map(pairs) => pairs.iter().for_each(|pair| hide(&pair.value, sources)),
    }
}

/// Hides what stands beside variables in a text that are called as secrets are.
fn hide_defaults(node: &Node, scalar: &Scalar, sources: &mut SourceMap) {
    if scalar.style == Style::File {
        return;
    }
    for range in secret_defaults(&scalar.text) {
        sources.conceal(place_inside(node.span, scalar, &range));
    }
}

fn secret_defaults(text: &str) -> Vec<Range<usize>> {
    let default = |part: Part<'_>| match part {
        Part::Variable(found) if may_name_secret(found.name) => {
            let end = found.range.end - 1;
            found.default.map(|default| end - default.len()..end)
        }
        _ => None,
    };
    split_placeholders(text, &mut Vec::new()).into_iter().filter_map(default).collect()
}

/// Whether a text tells nothing but what variables are called.
fn only_names_variables(scalar: &Scalar) -> bool {
    let mut malformed = Vec::new();
    let parts = split_placeholders(&scalar.text, &mut malformed);
    let is_name = |part: &Part<'_>| matches!(part, Part::Variable(found) if found.default.is_none());
    scalar.style != Style::File && malformed.is_empty() && parts.iter().all(is_name)
}

/// Hides what may be a secret in a text that has no tree: what follows such a key on its line, and the
/// lines below it that are further to the right, or up to the end of the brackets that it opens.
pub(super) fn conceal_lines(source: SourceId, text: &str, sources: &mut SourceMap) {
    let mut start = 0;
    // How far to the right the key stands whose value may go on.
    let mut above: Option<usize> = None;
    // How many brackets of such a value are open.
    let mut open = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        let begin = start + indent;
        let end = start + line.trim_end().len();
        start += line.len();
        if content.is_empty() {
            continue;
        }
        if open > 0 {
            open += brackets(content);
            sources.conceal(Span::new(source, begin, end));
            continue;
        }
        if above.is_some_and(|key| indent > key) {
            sources.conceal(Span::new(source, begin, end));
            continue;
        }
        for range in secret_defaults(content) {
            sources.conceal(Span::new(source, begin + range.start, begin + range.end));
        }
        above = value_of_secret(content).map(|_| indent);
        if let Some(at) = value_of_secret(content) {
            open = brackets(&content[at..]);
            sources.conceal(Span::new(source, begin + at, end));
        }
    }
}

/// How many more brackets are opened in a text than closed.
fn brackets(text: &str) -> isize {
    let of = |letter: char| match letter {
        '{' | '[' => 1,
        '}' | ']' => -1,
        _ => 0,
    };
    text.chars().map(of).sum()
}

/// Where on a line the value begins that follows the first key of a secret.
fn value_of_secret(line: &str) -> Option<usize> {
    line.match_indices(':').find_map(|(colon, _)| {
        let key = key_before(line, colon);
        let is_secret = [&KEYS[..], &ENTRY_KEYS, &CREDENTIALS].iter().any(|words| is_one_of(key, words));
        (is_secret || may_name_secret(whole_key_before(line, colon))).then_some(colon + 1)
    })
}

/// All that may be the key before a colon: it has blanks, hyphens and dots where nobody can read it.
fn whole_key_before(line: &str, colon: usize) -> &str {
    let before = &line[..colon];
    let begins = [before.rfind(['{', ',']), before.rfind(": ")].into_iter().flatten().max();
    let key = begins.map_or(before, |at| &before[at + 1..]);
    // A bracket that is closed is a part of the key.
    key.rfind('[').filter(|at| !key[*at..].contains(']')).map_or(key, |at| &key[at + 1..])
}
