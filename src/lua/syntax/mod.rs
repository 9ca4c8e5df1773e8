//! Reads Luau: for a tree in which mistakes are looked for, and to make two things repeatable that no
//! library function can reach.
//!
//! `for … in EXPRESSION do` walks a bare table in the engine's order, and `^` asks the machine's C
//! library. [`rewrite`] puts both through functions of ours, on the lines they stand on, so that
//! places in errors stay right. [`problems`] tells what a deterministic program may not say at all.

mod expressions;
mod grammar;
mod lexer;
pub(crate) mod tree;
mod types;

use std::ops::Range;

use grammar::{DEEPEST, Found, Parser};

pub(crate) use grammar::Unread;
pub(crate) use lexer::{Kind, comments, words};

/// What every `for … in` goes through; no program may use the name.
pub(crate) const ITERATE: &str = "__metonic_iterate";
/// What every `^` goes through; no program may use the name.
pub(crate) const POWER: &str = "__metonic_power";

/// Something that a deterministic program may not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: ProblemKind,
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    /// `for k, v in t do`: walks the table in the engine's order.
    NativeIteration,
    /// `x ^= y`: cannot be rewritten where it stands.
    PowerAssignment,
    /// `__mode` or `__gc`: shows what the garbage collector did.
    Collector,
    /// A name that belongs to metonic.
    ReservedName,
    /// Something this reader does not know, though the engine may.
    Unreadable,
    /// It stands inside too much else for this reader.
    TooDeep,
}

impl ProblemKind {
    /// The headline of a diagnostic; `text` is what stands at the span.
    pub(crate) fn headline(self, text: &str) -> String {
        match self {
            Self::NativeIteration => {
                format!("`for … in {text} do` goes through a table in an order that a replay may not repeat")
            }
            Self::PowerAssignment => "`^=` is not possible in a workflow".to_owned(),
            Self::Collector => format!("`{text}` shows what the garbage collector did, which a replay may not repeat"),
            Self::ReservedName => format!("the name `{text}` belongs to metonic"),
            Self::TooDeep => too_deep(text),
            Self::Unreadable => format!("`{text}` is not expected here, or is Luau syntax that metonic does not know"),
        }
    }

    /// What to do about it.
    pub(crate) fn help(self, text: &str) -> String {
        match self {
            Self::NativeIteration => {
                format!(
                    "write `pairs({text})`, or `ipairs({text})` for a list; if it is an iterator function, write `{text}, nil`"
                )
            }
            Self::PowerAssignment => "write `x = x ^ y`".to_owned(),
            Self::Collector => "keep the keys in a table of your own and remove them when they are done".to_owned(),
            Self::ReservedName => "choose another name".to_owned(),
            Self::TooDeep => "give inner parts names: put them into locals, or into functions of their own".to_owned(),
            Self::Unreadable => "write it in another way".to_owned(),
        }
    }

    /// What to write instead of the span, where exactly one thing is likely right.
    pub(crate) fn replacement(self, text: &str) -> Option<String> {
        (self == Self::NativeIteration).then(|| format!("pairs({text})"))
    }
}

fn too_deep(text: &str) -> String {
    format!("`{text}` stands inside more than {DEEPEST} other expressions and blocks")
}

/// Everything in `text` that a deterministic program may not say, in the order it stands there.
pub(crate) fn problems(text: &str) -> Vec<Problem> {
    match Parser::read(text) {
        Ok(found) => found.problems,
        Err(Unread { span, too_deep }) => {
            vec![Problem { kind: if too_deep { ProblemKind::TooDeep } else { ProblemKind::Unreadable }, span }]
        }
    }
}

/// The tree of `text`; nothing if it could not be read, which the compiler or [`problems`] tells.
pub(crate) fn read(text: &str) -> Option<tree::Block> {
    Parser::read(text).ok().map(|found| found.tree)
}

impl Unread {
    /// What the compiler of programs says; `text` is the program.
    pub(crate) fn words(&self, text: &str) -> String {
        let word = &text[self.span.clone()];
        if self.too_deep {
            return format!("{}; {}", too_deep(word), ProblemKind::TooDeep.help(word));
        }
        format!("metonic does not know how Luau reads this, got '{word}'")
    }
}

/// `text` with every iteration and power put through our functions; the same lines. Fails with what
/// could not be read.
pub(crate) fn rewrite(text: &str) -> Result<String, Unread> {
    let Found { wraps, .. } = Parser::read(text)?;
    let mut edits: Vec<(Order, Range<usize>, String)> = Vec::new();
    for (count, wrap) in wraps.into_iter().enumerate() {
        let Range { start, end } = wrap.span;
        edits.push((
            Order { at: start, opens: true, inner: usize::MAX - end, later: usize::MAX - count },
            start..start,
            format!("{}(", wrap.function),
        ));
        edits.push((
            Order { at: end, opens: false, inner: usize::MAX - start, later: count },
            end..end,
            ")".to_owned(),
        ));
        if let Some(operator) = wrap.operator {
            edits.push((Order { at: operator.start, opens: true, inner: 0, later: 0 }, operator, ",".to_owned()));
        }
    }
    edits.sort_by_key(|(order, ..)| *order);
    let mut result = String::with_capacity(text.len() + 32 * edits.len());
    let mut done = 0;
    for (_, range, replacement) in edits {
        result.push_str(&text[done..range.start]);
        result.push_str(&replacement);
        done = range.end;
    }
    result.push_str(&text[done..]);
    Ok(result)
}

/// Where an edit goes. At one place the inner calls close first, and the outer ones open first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    at: usize,
    opens: bool,
    inner: usize,
    later: usize,
}

#[cfg(test)]
mod tests;
