//! Says what is wrong, where, whose fault it is and what to do.
//!
//! A diagnostic is a value; how it looks is decided by `human` and `machine`. The headline is the
//! one thing shown where only one thing can be shown, so it makes sense alone.

mod bag;
mod code;
mod human;
mod machine;
mod patch;
mod report;
mod reporter;
mod shell;
mod suggest;
mod teller;
mod view;

use crate::source::Span;

pub(crate) use bag::Diagnostics;
pub(crate) use code::Code;
pub(crate) use human::{Look, counted, more, render_all, summary};
pub(crate) use machine::{github, json, json_lines};
pub(crate) use patch::Patch;
pub(crate) use report::{Report, Subject};
pub(crate) use reporter::Reporter;
pub(crate) use shell::{folder_argument, shell_word};
pub(crate) use suggest::{Suggestions, closest};
pub(crate) use teller::{Show, Teller};

/// Shorter texts are hidden only where they are the whole of what is shown.
const SHORTEST_HIDDEN: usize = 4;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Diagnostic {
    pub(crate) code: Code,
    pub(crate) severity: Severity,
    pub(crate) blame: Blame,
    /// Lower case, no full stop, values in backticks.
    pub(crate) headline: String,
    /// Where; nothing when no text is at fault, as for a folder that is not there.
    pub(crate) primary: Option<Label>,
    pub(crate) others: Vec<Label>,
    pub(crate) notes: Vec<String>,
    pub(crate) help: Option<String>,
    /// What to write instead, if exactly one thing is right.
    pub(crate) patch: Option<Patch>,
}

/// A place and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Label {
    pub(crate) span: Span,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Error,
    Warning,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The files of the project.
    Project,
    /// What a workflow or function did when it ran.
    Workflow,
    /// The machine, the network, the server.
    Environment,
    /// metonic itself.
    Runtime,
}

impl Diagnostic {
    /// An error in a file of the project.
    pub(crate) fn error(code: Code, span: Span, headline: impl Into<String>) -> Self {
        Self {
            primary: Some(Label { span, text: String::new() }),
            ..Self::without_place(code, Severity::Error, Blame::Project, headline)
        }
    }

    pub(crate) fn warning(code: Code, span: Span, headline: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, headline) }
    }

    /// Something wrong that no text is to blame for.
    pub(crate) fn without_place(code: Code, severity: Severity, blame: Blame, headline: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            blame,
            headline: one_line(headline.into()),
            primary: None,
            others: Vec::new(),
            notes: Vec::new(),
            help: None,
            patch: None,
        }
    }

    /// Puts stars in the place of what is secret in the values that it shows. A short text stands in others, too.
    pub(crate) fn hide(&mut self, secret: &str) {
        let texts = [&mut self.headline].into_iter().chain(&mut self.notes).chain(&mut self.help);
        let labels = self.primary.iter_mut().chain(&mut self.others).map(|label| &mut label.text);
        for text in texts.chain(labels) {
            let part = |(at, part): (usize, &str)| {
                let is_hidden = at % 2 == 1 && (part == secret || secret.len() >= SHORTEST_HIDDEN);
                if is_hidden { part.replace(secret, "***") } else { part.to_owned() }
            };
            *text = text.split('`').enumerate().map(part).collect::<Vec<_>>().join("`");
        }
        self.patch = self.patch.take().filter(|patch| !patch.replacement.contains(secret));
    }

    fn place(&self) -> Option<Span> {
        self.primary.as_ref().map(|label| label.span)
    }

    /// What to say at the primary place.
    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }

    /// Another place that matters.
    pub(crate) fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label { span, text: text.into() });
        self
    }

    pub(crate) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// What to write instead at `span`.
    pub(crate) fn patch(self, span: Span, replacement: impl Into<String>) -> Self {
        self.patch_as(patch::Form::Bytes, span, replacement.into())
    }

    /// Which value to write instead of the one at `span`.
    pub(crate) fn patch_value(self, span: Span, yaml: impl Into<String>) -> Self {
        self.patch_as(patch::Form::Value, span, yaml.into())
    }

    /// Which text to write instead of the value or the key at `span`, in quotes if that is.
    pub(crate) fn patch_text(self, span: Span, text: impl Into<String>) -> Self {
        self.patch_as(patch::Form::Text, span, text.into())
    }

    fn patch_as(mut self, form: patch::Form, span: Span, replacement: String) -> Self {
        self.patch = Some(Patch { span, replacement, form });
        self
    }

    /// What was most likely meant.
    pub(crate) fn did_you_mean(self, close: impl std::fmt::Display) -> Self {
        self.help(format!("did you mean `{close}`?"))
    }

    pub(crate) fn blame(mut self, blame: Blame) -> Self {
        self.blame = blame;
        self
    }
}

/// A headline stands where there is one line: in a log, in an annotation.
fn one_line(text: String) -> String {
    if text.contains(['\n', '\r']) { text.replace('\r', "\\r").replace('\n', "\\n") } else { text }
}
