//! A module uses the rows above its own, and a heavy crate is named by its owners only.
//!
//! It reads names after `crate::`, so it relies on one `use crate::module::{…}` per module; an
//! import of several modules in one brace is read as well.

use std::{collections::BTreeSet, path::Path};

use crate::support::repository::{files, read};

/// Each module may use the modules of the rows above its own, and no others.
const LAYERS: &[&[&str]] = &[
    &["source", "value"],
    &["diag", "telemetry", "entry"],
    &["yaml", "env"],
    &["service", "lua"],
    &["registry", "workflow", "function", "lint"],
    &["lifecycle", "temporal", "sim"],
    &["replay", "local"],
    &["kinds"],
    &["app"],
    &["ops"],
    &["cli"],
];

/// Crates with owners. A name stands for every crate that begins with it.
const OWNERS: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["diag"]),
    ("clap", &["cli"]),
    ("granit_parser", &["yaml"]),
    ("hyper", &["app"]),
    ("metonic_bridge", &["temporal"]),
    ("metonic_doors", &["lua"]),
    ("mlua", &["lua", "workflow", "function"]),
    ("notify", &["app"]),
    ("reqwest", &["function"]),
    ("rusqlite", &["function"]),
    ("tracing_subscriber", &["telemetry"]),
    ("temporalio_", &[]),
    ("prost", &[]),
    ("tonic", &[]),
];

#[test]
fn modules_use_only_the_rows_above_their_own() {
    let mut wrong = Vec::new();
    for path in files("src", "rs").into_iter().filter(|path| !is_test(path)) {
        let module = top_module(&path);
        let Some(own) = row(&module) else { continue };
        for used in used_modules(&code(&path)) {
            if used != module && used != "spec" && row(&used).is_none_or(|theirs| theirs >= own) {
                wrong.push(format!("{}: `{module}` may not use `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn heavy_crates_are_named_by_their_owners_only() {
    let mut wrong = Vec::new();
    for path in files("src", "rs") {
        let module = top_module(&path);
        let code = code(&path);
        for (name, owners) in OWNERS {
            if !owners.contains(&module.as_str()) && names_crate(&code, name) {
                wrong.push(format!("{}: `{module}` may not name `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_row() {
    let lib = read(Path::new("src/lib.rs"));
    let declared = lib.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let without: Vec<&str> = declared.filter(|module| row(module).is_none() && *module != "spec").collect();
    assert_eq!(without, [""; 0]);
}

#[test]
fn the_tables_for_people_have_the_same_rows() {
    let rows: BTreeSet<(usize, String)> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(at, row)| row.iter().map(move |module| (at, (*module).to_owned())))
        .collect();
    for page in ["docs/architecture.md", "src/lib.rs"] {
        let text = read(Path::new(page));
        let cells =
            text.lines().filter_map(|line| line.trim_start_matches("//! ").strip_prefix("| ")?.split_once(" | "));
        let told = cells.filter_map(|(at, rest)| Some((at.parse::<usize>().ok()?, rest.split(" | ").next()?)));
        let modules = |names: &str| names.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let told: BTreeSet<_> =
            told.flat_map(|(at, names)| modules(names).into_iter().map(move |name| (at, name))).collect();
        assert_eq!(told, rows, "{page}");
    }
}

#[test]
fn an_import_of_several_modules_is_read() {
    let text = "use crate::value::Map;\nuse crate::{\n    diag::{Code, Label},\n    entry::EntryId,\n};\nlet x = crate::lua::Vm;";
    assert_eq!(used_modules(text), ["value", "diag", "entry", "lua"]);
}

/// A test may put together what its module may not: a project of all kinds, to load it.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

/// The code of a file without its comments, in which crates may be talked about.
fn code(path: &Path) -> String {
    read(path).lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn top_module(path: &Path) -> String {
    let first = path.components().nth(1).expect("it lies in src").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn row(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// The names that follow `crate::` in `text`.
fn used_modules(text: &str) -> Vec<String> {
    text.split("crate::")
        .skip(1)
        .flat_map(|rest| if let Some(group) = rest.strip_prefix('{') { group_heads(group) } else { vec![head(rest)] })
        .collect()
}

/// The first name of each member of a braced import.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = vec![head(group)];
    let mut depth = 0_i32;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(head(&group[at + 1..])),
            _ => {}
        }
        if depth < 0 {
            break;
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn head(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether `name` begins a path: `name::`, `use name`.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let rest = code[at..].trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        let begins = before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '"' | '-')));
        begins && (rest.starts_with("::") || rest.starts_with(';'))
    })
}
