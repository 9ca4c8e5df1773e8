//! `docs/conformance.md` names every test of this folder, and only what there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::support::repository::{files, read};

/// Parts of the surface that are for later, of those that are numbered `M1` to `M43` and `S80` to `S113`.
const LATER: [&str; 4] = ["M17", "M19", "M30", "M43"];

/// What follows are rows whose tests are not in this folder.
const ELSEWHERE: &str = "\n## Elsewhere\n";

/// `file::test` of all tests in this folder, with what each does.
fn tests() -> BTreeMap<String, String> {
    let mut tests = BTreeMap::new();
    for path in files("tests/it/conformance", "rs") {
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = read(&path);
        let bodies = text.split("#[test]\nfn ").skip(1).map(|rest| rest.split("\n}\n").next().unwrap());
        let named = bodies.filter(|_| module != "table").map(|body| {
            let name = body.split_once('(').unwrap().0;
            (format!("{module}::{name}"), body.to_owned())
        });
        tests.extend(named);
    }
    tests
}

/// `file: title` of all specifications of workflows.
fn specifications() -> BTreeSet<String> {
    let mut titles = BTreeSet::new();
    for path in files("tests/spec/workflow", "md") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = read(&path);
        titles.extend(text.lines().filter_map(|line| line.strip_prefix("## ")).map(|title| format!("{name}: {title}")));
    }
    titles
}

/// What stands in backticks in a cell.
fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

#[test]
fn the_table_names_every_test_and_only_what_there_is() {
    let table = read(Path::new("docs/conformance.md"));
    let (table, _) = table.split_once(ELSEWHERE).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| row"));
    let (mut named, mut pinned) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [_, server, commands] = cells.as_slice() else { panic!("not three cells: {row}") };
        assert!(quoted(server).next().is_some(), "no test: {row}");
        named.extend(quoted(server));
        let pins = quoted(commands).next().is_some() || commands.starts_with(" no commands: ");
        assert!(pins, "no specification, and not why there is none: {row}");
        pinned.extend(quoted(commands));
    }
    assert_eq!(named, tests().into_keys().collect(), "left: named in the table; right: in tests/it/conformance");
    let unknown: Vec<_> = pinned.difference(&specifications()).cloned().collect();
    assert_eq!(unknown, Vec::<String>::new(), "named in the table, and not in tests/spec/workflow");
}

#[test]
fn every_test_runs_in_every_way() {
    let in_one = tests().into_iter().filter(|(_, body)| !body.contains("in_every_way"));
    assert_eq!(in_one.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_tests_of_other_rows_are_where_the_table_says() {
    let table = read(Path::new("docs/conformance.md"));
    let (_, table) = table.split_once(ELSEWHERE).unwrap();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Row")).collect();
    assert!(!rows.is_empty());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [_, file, tests] = cells.as_slice() else { panic!("not three cells: {row}") };
        let text = read(Path::new(&quoted(file).next().unwrap()));
        assert!(quoted(tests).next().is_some(), "no test: {row}");
        for test in quoted(tests) {
            assert!(text.contains(&format!("fn {test}()")), "no `{test}` in{file}");
        }
    }
}

#[test]
fn every_number_of_the_surface_has_a_row() {
    let table = read(Path::new("docs/conformance.md"));
    let labels = table.lines().filter(|line| line.starts_with("| ")).map(|row| row.split('|').nth(1).unwrap());
    let words = labels.flat_map(|label| label.split(|letter: char| !letter.is_alphanumeric()));
    let there: BTreeSet<&str> = words.collect();
    let numbers = (1..=43).map(|number| format!("M{number}")).chain((80..=113).map(|number| format!("S{number}")));
    let (later, now): (Vec<String>, Vec<String>) = numbers.partition(|number| LATER.contains(&number.as_str()));
    let missing: Vec<_> = now.iter().filter(|number| !there.contains(number.as_str())).collect();
    assert_eq!(missing, Vec::<&String>::new(), "numbers without a row");
    let built: Vec<_> = later.iter().filter(|number| there.contains(number.as_str())).collect();
    assert_eq!(built, Vec::<&String>::new(), "numbers that are not for later any more");
}
