//! No file is longer than one can keep in mind.

use crate::support::repository::{files, read};

const LIMIT: usize = 400;

/// Files that may be longer, each with its reason.
const LONGER: &[(&str, &str)] = &[];

#[test]
fn no_file_is_longer_than_400_lines() {
    let mut wrong = Vec::new();
    for folder in ["src", "bridge/src", "doors/src", "tests/it"] {
        for path in files(folder, "rs") {
            let lines = read(&path).lines().count();
            let name = path.to_string_lossy().replace('\\', "/");
            if lines > LIMIT && !LONGER.iter().any(|(allowed, _)| *allowed == name) {
                wrong.push(format!("{name}: {lines} lines; cut it in two, one idea each"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for folder in ["src", "bridge/src", "doors/src", "tests/it"] {
        for path in files(folder, "rs") {
            // Tests are told by their names.
            let is_test = path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests.rs" | "tests")));
            let is_test = is_test && folder != "tests/it";
            if !is_test && !read(&path).starts_with("//! ") {
                wrong.push(format!("{}: begins without `//!`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
