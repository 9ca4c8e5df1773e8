//! `metonic check --fix`: writes what the diagnostics of a project say is to be written instead.
//!
//! A diagnostic has a patch only where exactly one thing is suggested. What two patches would change
//! both, the first one changes. A patch may bring to light what another one is for: a reference can be
//! mended when what it is for can be read. So there are several passes.

use std::{collections::BTreeMap, path::Path};

use crate::{
    app::{Environment, Project, ReplaceError},
    diag::{Diagnostics, Patch},
    registry::Loaded,
};

/// What became of one file.
#[derive(Debug)]
pub(crate) struct Fixed {
    /// As it is seen from where the command runs.
    pub(crate) file: String,
    pub(crate) result: Result<usize, ReplaceError>,
}

/// More than anybody's mistakes hide each other. More passes follow while each leaves fewer problems: one
/// mistake that is made everywhere is mended a hundred times in each.
const PASSES: usize = 8;

/// Patches the files of the project in `folder`; one answer for each file that has something to patch.
pub(crate) fn fix(folder: &Path, environment: Environment) -> Result<Vec<Fixed>, Diagnostics> {
    let project = Project::open(folder, environment)?;
    let mut results: BTreeMap<String, Result<usize, ReplaceError>> = BTreeMap::new();
    let mut fewest = usize::MAX;
    for number in 0.. {
        let loaded = project.load(1);
        let left = loaded.diagnostics.iter().count();
        // Patches that undo each other end here.
        if number >= PASSES && left >= fewest {
            break;
        }
        fewest = fewest.min(left);
        let mut wrote = false;
        for Fixed { file, result } in pass(&project, &loaded, folder) {
            wrote |= result.is_ok();
            let before = results.remove(&file).and_then(Result::ok).unwrap_or_default();
            results.insert(file, result.map(|count| before + count));
        }
        if !wrote {
            break;
        }
    }
    Ok(results.into_iter().map(|(file, result)| Fixed { file, result }).collect())
}

fn pass(project: &Project, loaded: &Loaded, folder: &Path) -> Vec<Fixed> {
    let seen = loaded.sources.seen_from_outside(folder);
    let mut of_files: BTreeMap<_, Vec<&Patch>> = BTreeMap::new();
    for patch in loaded.diagnostics.iter().filter_map(|diagnostic| diagnostic.patch.as_ref()) {
        of_files.entry(patch.span.source).or_default().push(patch);
    }
    let fixed = of_files.into_iter().filter_map(|(id, patches)| {
        let source = loaded.sources.get(id);
        let (text, count) = patched(&source.text, patches);
        if text == *source.text {
            return None;
        }
        let result = project.replace(&source.path, &source.text, &text).map(|()| count);
        Some(Fixed { file: seen.get(id).path.to_string(), result })
    });
    fixed.collect()
}

/// The text with the patches, and how many there were.
fn patched(text: &str, mut patches: Vec<&Patch>) -> (String, usize) {
    patches.sort_by_key(|patch| (patch.span.start, patch.span.end));
    let (mut new, mut at, mut count) = (String::with_capacity(text.len()), 0, 0);
    for patch in patches {
        let range = patch.span.range();
        // Two diagnostics may say the same of one place.
        let Some(before) = text.get(at..range.start).filter(|_| count == 0 || range.start > at) else { continue };
        if text.get(range.clone()) == Some(&*patch.replacement) {
            continue;
        }
        new.push_str(before);
        new.push_str(&patch.replacement);
        (at, count) = (range.end, count + 1);
    }
    new.push_str(text.get(at..).unwrap_or_default());
    (new, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::{Code, Diagnostic},
        source::{SourceMap, Span},
    };

    fn patched_at(text: &str, patches: &[(usize, usize, &str)]) -> (String, usize) {
        let source = SourceMap::default().add("a.yaml", text);
        let patches: Vec<Patch> = patches
            .iter()
            .filter_map(|(start, end, new)| {
                let span = Span::new(source, *start, *end);
                Diagnostic::error(Code::BadValue, span, "it is wrong").patch(span, *new).patch
            })
            .collect();
        patched(text, patches.iter().collect())
    }

    #[test]
    fn patches_are_made_wherever_they_are() {
        assert_eq!(patched_at("one two three", &[(8, 13, "3"), (0, 3, "1")]), ("1 two 3".to_owned(), 2));
    }

    #[test]
    fn a_place_is_patched_once() {
        assert_eq!(patched_at("one two", &[(0, 3, "1"), (0, 3, "1"), (2, 7, "x")]), ("1 two".to_owned(), 1));
    }

    #[test]
    fn a_patch_that_changes_nothing_is_none() {
        assert_eq!(patched_at("one two", &[(0, 3, "one"), (4, 7, "2")]), ("one 2".to_owned(), 1));
    }
}
