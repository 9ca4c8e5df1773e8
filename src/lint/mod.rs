//! Looks for likely mistakes in Lua code that compiles: what is legal, and rarely meant.
//!
//! It reads the tree of one text and runs nothing. A finding is a warning, and a rule that is not
//! sure is silent: what a call of another file does is unknown, and then nothing is said of the loop
//! it stands in. `-- metonic: allow(code)` on the line, or on the line above, silences a finding.

mod allow;
mod calls;
mod errors;
mod flow;
mod lists;
mod loops;
mod names;
mod options;
#[cfg(test)]
mod tests;
mod timeouts;

use std::{collections::BTreeSet, ops::Range};

use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    lua::{ModuleSource, Profile, read_tree, tree::Block},
    source::SourceMap,
};

use names::Names;

pub(crate) use allow::is_allowed_in_yaml;
pub(crate) use timeouts::{Timeout, Timeouts};

/// What can be found here, and so be allowed by a comment.
pub(crate) const CODES: [Code; 6] = [
    Code::DroppedError,
    Code::EndlessHistory,
    Code::EndlessLoop,
    Code::MissingHeartbeat,
    Code::NilInList,
    Code::UselessTimeout,
];

/// Where a text runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    /// The workflows' profile, if a workflow runs the text.
    pub(crate) workflow: Option<&'a Profile>,
    /// The function that a run begins with, if the text is a workflow's own.
    pub(crate) method: Option<&'a str>,
    /// Whether some function of the project has a heartbeat timeout of its own.
    pub(crate) has_heartbeats: bool,
}

/// One likely mistake.
#[derive(Clone, Debug, PartialEq)]
struct Finding {
    code: Code,
    /// Bytes of the text.
    span: Range<usize>,
    headline: String,
    label: String,
    help: String,
    note: Option<String>,
}

/// Everything that is likely wrong with a text, whichever entry uses it; nothing for one that does not
/// compile. All uses have the same text.
pub(crate) fn lint(uses: &[(ModuleSource, Setting<'_>)], sources: &SourceMap) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let Some((module, _)) = uses.first() else { return diagnostics };
    for finding in findings(uses) {
        let (span, start) = (module.span(finding.span.clone(), sources), finding.span.start);
        let diagnostic =
            Diagnostic::warning(finding.code, span, finding.headline).label(finding.label).help(finding.help);
        let diagnostic = module.with_line_at(diagnostic, start, sources);
        diagnostics.push(match finding.note {
            Some(note) => diagnostic.note(note),
            None => diagnostic,
        });
    }
    diagnostics
}

fn findings(uses: &[(ModuleSource, Setting<'_>)]) -> Vec<Finding> {
    let Some((module, _)) = uses.first() else { return Vec::new() };
    let text = &*module.text;
    let Some(tree) = read_tree(text) else { return Vec::new() };
    let mut found: Vec<Finding> = Vec::new();
    for alike in alike(uses) {
        for finding in of_uses(text, &tree, &alike) {
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    found.sort_by_key(|finding| (finding.span.start, finding.span.end));
    allow::apply(text, found)
}

/// Uses of a text in which each of its names stands for the same, and which differ in their methods only.
struct Alike<'a> {
    imports: BTreeSet<&'a str>,
    workflow: Option<&'a Profile>,
    has_heartbeats: bool,
    methods: BTreeSet<&'a str>,
}

/// A thousand entries may have one file: it is looked at once for all that are alike.
fn alike<'a>(uses: &'a [(ModuleSource, Setting<'a>)]) -> Vec<Alike<'a>> {
    let mut all: Vec<Alike<'a>> = Vec::new();
    for (module, Setting { workflow, method, has_heartbeats }) in uses {
        let imports: BTreeSet<&str> = module.imports.keys().map(String::as_str).collect();
        let known = all.iter_mut().find(|known| {
            known.imports == imports
                && known.workflow.is_some() == workflow.is_some()
                && known.has_heartbeats == *has_heartbeats
        });
        match known {
            Some(known) => known.methods.extend(*method),
            None => all.push(Alike {
                imports,
                workflow: *workflow,
                has_heartbeats: *has_heartbeats,
                methods: method.iter().copied().collect(),
            }),
        }
    }
    all
}

fn of_uses(text: &str, tree: &Block, uses: &Alike<'_>) -> Vec<Finding> {
    let names = Names::of(text, tree, &|name| uses.imports.contains(name));
    let mut found = Vec::new();
    if let Some(profile) = uses.workflow {
        loops::look(tree, &names, profile, &uses.methods, &mut found);
    }
    errors::look(tree, &names, &mut found);
    options::look(tree, &names, uses.has_heartbeats, &mut found);
    lists::look(tree, &mut found);
    found
}
