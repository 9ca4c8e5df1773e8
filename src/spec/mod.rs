//! Runs the written specifications of `tests/spec`.
//!
//! A file is a list of sections, each with a heading that is a sentence, prose, and fenced blocks.
//! What a block is for stands after its fence: a word, and an argument if it has one. A runner of
//! one folder is given a section and says what each output block of it should hold; the texts are
//! compared. With `UPDATE_SPECS=1` they are written instead.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

mod lifecycle;
mod load;
mod workflow;

/// One heading with its blocks.
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

/// One fenced block.
pub(crate) struct Block {
    /// The word after the fence: `yaml`.
    pub(crate) word: String,
    /// What follows it: `app/_index.yaml`.
    pub(crate) argument: String,
    pub(crate) text: String,
    /// The lines of the file between the fences.
    lines: std::ops::Range<usize>,
}

/// What an output block should hold: the block's place in its section, and the text.
pub(crate) type Actual = (usize, String);

/// Runs every section of every file of `tests/spec/{folder}`.
pub(crate) fn run(folder: &str, check: impl Fn(&Section) -> Vec<Actual>) {
    let mut wrong = String::new();
    let mut sections = 0;
    for path in markdown_files(&root().join(folder)) {
        let text = read(&path);
        let mut changes = Vec::new();
        for section in parse(&text) {
            sections += 1;
            for (at, actual) in check(&section) {
                let block = &section.blocks[at];
                if block.text.trim_end() != actual.trim_end() {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    let _ = write!(
                        wrong,
                        "\n── {folder}/{name}: {} ({})\n{}\n── but it is\n{}\n",
                        section.title, block.word, block.text, actual
                    );
                    changes.push((block.lines.clone(), actual));
                }
            }
        }
        if updating() && !changes.is_empty() {
            std::fs::write(&path, replaced(&text, changes)).unwrap();
        }
    }
    assert!(sections > 0, "tests/spec/{folder} has no sections");
    assert!(wrong.is_empty() || updating(), "{wrong}\nUPDATE_SPECS=1 writes what it is.");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec")
}

#[expect(clippy::disallowed_methods, reason = "a switch for the developer, not a setting of the program")]
pub(crate) fn updating() -> bool {
    std::env::var("UPDATE_SPECS").is_ok_and(|value| value == "1")
}

#[expect(clippy::disallowed_methods, reason = "specifications are no files of a project")]
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|item| item.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.sort();
    paths
}

/// The sections of a file. A fence has three or more backticks; the same number ends it.
pub(crate) fn parse(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut open: Option<(String, Block)> = None;
    for (at, line) in text.lines().enumerate() {
        if let Some((fence, block)) = &mut open {
            if line.trim_end() == fence {
                block.lines.end = at;
                let (_, block) = open.take().expect("a block is open");
                if let Some(section) = sections.last_mut() {
                    section.blocks.push(block);
                }
            } else {
                block.text += line;
                block.text.push('\n');
            }
        } else if line.starts_with("```") {
            let fence: String = line.chars().take_while(|c| *c == '`').collect();
            let (word, argument) =
                line[fence.len()..].trim().split_once(' ').unwrap_or((line[fence.len()..].trim(), ""));
            let block = Block {
                word: word.to_owned(),
                argument: argument.trim().to_owned(),
                text: String::new(),
                lines: at + 1..at + 1,
            };
            open = Some((fence, block));
        } else if let Some(title) = line.strip_prefix("## ") {
            sections.push(Section { title: title.trim().to_owned(), blocks: Vec::new() });
        }
    }
    sections
}

/// `text` with other lines in place of some.
fn replaced(text: &str, mut changes: Vec<(std::ops::Range<usize>, String)>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, actual) in changes {
        lines.splice(range, actual.trim_end().lines().map(str::to_owned));
    }
    lines.join("\n") + "\n"
}
