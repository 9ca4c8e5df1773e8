//! The names of log fields. One name per thing, so that a search finds all of it: the test below
//! refuses any other.

use std::path::{Path, PathBuf};

/// Each name and what it holds.
const FIELDS: &[(&str, &str)] = &[
    ("activity_id", "the activity, as Temporal names it"),
    ("activity_type", "its type"),
    ("added", "how many entries a reload has added"),
    ("address", "a server's `host:port`"),
    ("attempt", "which try this is, counted from 1"),
    ("backtrace", "of a panic, if RUST_BACKTRACE asks for one"),
    ("changed", "how many entries a reload has changed"),
    ("code", "of a diagnostic"),
    ("entry", "the id of an entry"),
    ("error", "what went wrong"),
    ("error.code", "which diagnostic it is"),
    ("error.column", "of its place, counted from 1"),
    ("error.excerpt", "the line of code that it is in"),
    ("error.file", "that its place is in"),
    ("error.line", "of its place, counted from 1"),
    ("function", "the id of a function"),
    ("generation", "which load of the project"),
    ("kind", "of an entry"),
    ("namespace", "on the Temporal server"),
    ("place", "of a panic in our code"),
    ("reason", "why the core did something"),
    ("removed", "how many entries a reload has removed"),
    ("retry_in", "the wait before the next try"),
    ("run_id", "of a run"),
    ("service", "the id of the entry whose service it is"),
    ("services", "how many services, or which and why"),
    ("signal", "that was sent to the process"),
    ("stack", "the Lua frames of an error"),
    ("stop_timeout", "how long a service had to stop"),
    ("task_queue", "as the server knows it"),
    ("took", "how long it took"),
    ("version", "of metonic"),
    ("workflow_id", "of a run"),
    ("workflow_type", "its type"),
];

const MACROS: &[&str] = &["error", "warn", "info", "debug", "trace"];

#[test]
fn log_fields_have_the_names_of_the_list() {
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for path in files.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "telemetry")) {
        for name in fields(&read(path)) {
            if !FIELDS.iter().any(|(known, _)| *known == name) {
                wrong.push(format!("{}: the log field `{name}` is not in the list", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fields_are_read_in_each_of_their_forms() {
    let text = "tracing::warn!(run_id, service = %self.id(a, b), ?took, error = %e, \"Service = odd, {x}.\");";
    assert_eq!(fields(text), ["run_id", "service", "took", "error"]);
    assert_eq!(fields("tracing::info!(target: \"lua\", entry = %id, \"{line}\");"), ["entry"]);
}

/// The names of the fields of every log line in `text`.
fn fields(text: &str) -> Vec<String> {
    let starts = MACROS.iter().flat_map(|level| {
        let call = format!("tracing::{level}!(");
        text.match_indices(&call).map(|(at, call)| at + call.len()).collect::<Vec<_>>()
    });
    starts.flat_map(|start| fields_of(&text[start..])).collect()
}

/// The names before the message, which begins with the first quote after the target.
fn fields_of(arguments: &str) -> Vec<String> {
    let arguments = match arguments.trim_start().strip_prefix("target: \"") {
        Some(target) => target.split_once("\",").map_or("", |(_, rest)| rest),
        None => arguments,
    };
    let before = arguments.split('"').next().unwrap_or_default();
    let mut depth = 0_i32;
    let parts = before.split(|character: char| {
        depth += i32::from("([{".contains(character)) - i32::from(")]}".contains(character));
        character == ',' && depth == 0
    });
    let name = |part: &str| part.split('=').next().unwrap_or_default().trim().trim_start_matches(['%', '?']).to_owned();
    parts.map(name).filter(|name| !name.is_empty()).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|own| own == "rs") {
            found.push(path);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the sources of metonic are no files of a project")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
