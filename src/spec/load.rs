//! `tests/spec/load`: files to entries or diagnostics.
//!
//! Input: blocks with a path as their argument are files, `environment` is that of the process. Output: `entries` lists ids, kinds and
//! what points where; `diagnostics` is what `metonic check` prints.

use std::sync::Arc;

use super::{Actual, Section, run};
use crate::{
    diag::{Look, render_all, summary},
    kinds,
    registry::{Loaded, Project, Registry, load},
    source::Files,
};

#[test]
fn the_load_specifications_hold() {
    run("load", check);
}

pub(crate) fn load_section(section: &Section) -> Loaded {
    let files = section.blocks.iter().filter(|block| !block.argument.is_empty());
    let files = Files::memory(files.map(|block| (block.argument.as_str(), block.text.as_str())));
    let system = section.blocks.iter().filter(|block| block.word == "environment");
    let system = system.flat_map(|block| block.text.lines()).filter_map(|line| line.split_once('='));
    let system = system.map(|(name, value)| (name.to_owned(), value.to_owned()));
    load(&Project { files: &files, kinds: kinds::ALL, system: Arc::new(system.collect()), generation: 1 })
}

fn check(section: &Section) -> Vec<Actual> {
    let loaded = load_section(section);
    let outputs = section.blocks.iter().enumerate().filter(|(_, block)| block.argument.is_empty());
    let actual: Vec<Actual> = outputs
        .filter_map(|(at, block)| {
            let text = match block.word.as_str() {
                "entries" => loaded.registry.as_deref().map_or_else(|| diagnostics(&loaded), entries),
                "diagnostics" => diagnostics(&loaded),
                _ => return None,
            };
            Some((at, text))
        })
        .collect();
    assert!(!actual.is_empty(), "`{}` has no output block", section.title);
    actual
}

fn entries(registry: &Registry) -> String {
    let lines = registry.iter().map(|entry| {
        let targets: Vec<String> = entry
            .references
            .iter()
            .map(|reference| format!(" {:?} {}", reference.relation, reference.target.value))
            .collect();
        format!("{} {}{}\n", entry.id, entry.kind.name, targets.join(","))
    });
    lines.collect()
}

fn diagnostics(loaded: &Loaded) -> String {
    let all = render_all(&loaded.diagnostics, &loaded.sources, Look::ASCII);
    all + &summary(&loaded.diagnostics, loaded.files, loaded.entries, Look::ASCII)
}
