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

use std::ops::Range;

use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    lua::{ModuleSource, Profile, read_tree},
    source::SourceMap,
};

use names::Names;

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

/// Everything that is likely wrong with a text; nothing for one that does not compile.
pub(crate) fn lint(module: &ModuleSource, setting: Setting<'_>, sources: &SourceMap) -> Diagnostics {
    let findings = findings(module, setting);
    let mut diagnostics = Diagnostics::default();
    for finding in findings {
        let span = module.span(finding.span, sources);
        let diagnostic =
            Diagnostic::warning(finding.code, span, finding.headline).label(finding.label).help(finding.help);
        diagnostics.push(match finding.note {
            Some(note) => diagnostic.note(note),
            None => diagnostic,
        });
    }
    diagnostics
}

fn findings(module: &ModuleSource, setting: Setting<'_>) -> Vec<Finding> {
    let text = &*module.text;
    let Some(tree) = read_tree(text) else { return Vec::new() };
    let names = Names::of(text, &tree, &|name| module.imports.contains_key(name));
    let mut found = Vec::new();
    if let Some(profile) = setting.workflow {
        loops::look(&tree, &names, profile, setting.method, &mut found);
    }
    errors::look(&tree, &names, &mut found);
    options::look(&tree, &names, setting.has_heartbeats, &mut found);
    lists::look(&tree, &mut found);
    found.sort_by_key(|finding| (finding.span.start, finding.span.end));
    allow::apply(text, found)
}
