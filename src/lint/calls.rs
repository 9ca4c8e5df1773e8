//! What a call calls, and what that does to the coroutine it stands in.

use std::ops::Range;

use super::names::{Made, Names};
use crate::lua::{
    Effect, Profile,
    tree::{Expression, ExpressionKind, Function, Link, LinkKind},
};

/// Functions of the language that only compute.
const COMPUTING: [&str; 24] = [
    "bit32",
    "buffer",
    "errors",
    "getmetatable",
    "io",
    "ipairs",
    "math",
    "newproxy",
    "next",
    "os",
    "pairs",
    "payload",
    "print",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "select",
    "string",
    "table",
    "tonumber",
    "tostring",
    "type",
    "utf8",
];
const MORE_COMPUTING: [&str; 4] = ["require", "setmetatable", "typeof", "unpack"];

/// Functions and methods of the modules for workflows that do not wait. All others of them may.
pub(super) const NEVER_WAIT: &[(&str, &[&str])] = &[
    ("channel", &["case_receive", "case_send", "close", "new"]),
    ("coroutine", &["create", "isyieldable", "running", "spawn", "status", "close"]),
    ("crypto", &["*"]),
    ("ctx", &["all", "get"]),
    (
        "funcs",
        &[
            "async",
            "cancel",
            "channel",
            "error",
            "is_canceled",
            "is_complete",
            "new",
            "response",
            "with_context",
            "with_options",
        ],
    ),
    (
        "process",
        &[
            "events",
            "get_options",
            "id",
            "inbox",
            "listen",
            "pid",
            "set_options",
            "unlisten",
            "with_context",
            "with_message",
            "with_name",
            "with_options",
        ],
    ),
    ("saga", &["add", "new"]),
    (
        "time",
        &[
            "add",
            "add_date",
            "after",
            "before",
            "channel",
            "clock",
            "date",
            "day",
            "equal",
            "fixed_zone",
            "format",
            "format_rfc3339",
            "hour",
            "hours",
            "in_local",
            "in_location",
            "is_zero",
            "load_location",
            "location",
            "microseconds",
            "milliseconds",
            "minute",
            "minutes",
            "month",
            "nanosecond",
            "nanoseconds",
            "now",
            "parse",
            "parse_duration",
            "reset",
            "response",
            "round",
            "second",
            "seconds",
            "stop",
            "string",
            "sub",
            "ticker",
            "timer",
            "truncate",
            "unix",
            "unix_nano",
            "utc",
            "weekday",
            "year",
            "year_day",
        ],
    ),
    ("uuid", &["*"]),
    (
        "workflow",
        &[
            "attrs",
            "cancelled",
            "cancellation",
            "deprecate_patch",
            "details",
            "external",
            "handlers_finished",
            "history_length",
            "history_size",
            "info",
            "is_replaying",
            "memo",
            "mutex",
            "on_query",
            "on_signal",
            "on_update",
            "patched",
            "pid",
            "release",
            "run_id",
            "scope",
            "search_attributes",
            "semaphore",
            "side_effect",
            "signals",
            "state",
            "try_acquire",
            "try_lock",
            "unlock",
            "update_info",
            "version",
            "with_context",
            "with_options",
            "workflow_id",
        ],
    ),
];

/// Methods that wait, whatever they are called on.
const WAITING_METHODS: [&str; 9] = ["acquire", "call", "exec", "lock", "receive", "result", "send", "signal", "start"];

/// Methods of texts.
const TEXT_METHODS: [&str; 15] = [
    "byte", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "rep", "reverse", "split", "sub",
    "unpack", "upper",
];

/// What puts another run in the place of this one, whatever it is called on; the second only at times.
const RENEWING: [&str; 2] = ["continue_as_new", "continue_as_new_if_suggested"];

/// What a call does to the coroutine it stands in, the less certain after the more certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effects {
    /// It comes back in the same step.
    Computes,
    /// It may come back in a later step.
    Waits,
    /// The text does not say.
    Unknown,
    /// It may never come back: it ends the run, or raises.
    Leaves,
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Call<'t> {
    pub(super) callee: Callee<'t>,
    pub(super) arguments: &'t [Expression],
    /// From the beginning of the chain.
    pub(super) span: Range<usize>,
}

/// What is called.
#[derive(Clone, Debug)]
pub(super) enum Callee<'t> {
    /// A function of a module, or a method of a value that came from one.
    Module {
        made: Made<'t>,
        name: &'t str,
        is_method: bool,
    },
    /// A function of the text.
    Local(&'t Function),
    /// A global, without its fields.
    Global(&'t str),
    Method(&'t str),
    Unknown,
}

impl<'t> Names<'t> {
    /// The calls of a chain, in their order.
    pub(super) fn calls(&self, expression: &'t Expression) -> Vec<Call<'t>> {
        let ExpressionKind::Chain { head, links } = &expression.kind else { return Vec::new() };
        let mut calls = Vec::new();
        for (at, link) in links.iter().enumerate() {
            let (method, arguments) = match &link.kind {
                LinkKind::Call(arguments) => (None, arguments),
                LinkKind::Method(name, arguments) => (Some(self.word(name)), arguments),
                LinkKind::Field(_) | LinkKind::Index(_) => continue,
            };
            let callee = self.callee(head, &links[..at], method);
            calls.push(Call { callee, arguments, span: expression.span.start..link.end });
        }
        calls
    }

    /// The last call of an expression that is one.
    pub(super) fn last_call(&self, expression: &'t Expression) -> Option<Call<'t>> {
        if expression.is_call() { self.calls(expression).pop() } else { None }
    }

    fn callee(&self, head: &'t Expression, before: &'t [Link], method: Option<&'t str>) -> Callee<'t> {
        let field = match before.last().map(|link| &link.kind) {
            Some(LinkKind::Field(name)) => Some(self.word(name)),
            _ => None,
        };
        if let Some(made) = self.made(head) {
            return match method.or(field) {
                Some(name) => Callee::Module { made, name, is_method: method.is_some() },
                None => Callee::Unknown,
            };
        }
        let member = |name| self.member(self.id(&head.span)?, name);
        let local = match (before, method) {
            ([], None) => self.function(head),
            ([], Some(name)) => member(name),
            ([_], None) => field.and_then(member),
            _ => None,
        };
        if let Some(function) = local {
            return Callee::Local(function);
        }
        match method {
            Some(name) => Callee::Method(name),
            None if head.is_name() && self.id(&head.span).is_none() && before.len() < 2 => {
                Callee::Global(self.word(&head.span))
            }
            None => Callee::Unknown,
        }
    }
}

impl Call<'_> {
    /// Whether what is called stands in no text that is known here.
    pub(super) fn is_of_unknown_code(&self, names: &Names<'_>) -> bool {
        match &self.callee {
            Callee::Unknown => true,
            Callee::Global(name) => {
                let known = ["error", "assert", "pcall", "xpcall"];
                !(known.contains(name) || COMPUTING.contains(name) || MORE_COMPUTING.contains(name))
            }
            Callee::Method(name) => {
                let known = [&TEXT_METHODS[..], &WAITING_METHODS, &RENEWING].concat();
                names.members(name).is_none() && !known.contains(name)
            }
            Callee::Module { .. } | Callee::Local(_) => false,
        }
    }

    /// What the call does by itself, its arguments left out; `local` judges a function of the text.
    pub(super) fn effects(
        &self,
        names: &Names<'_>,
        profile: &Profile,
        local: &mut dyn FnMut(&Function) -> Effects,
    ) -> Effects {
        match &self.callee {
            Callee::Local(function) => local(function),
            Callee::Module { made, name, .. } => of_module(made.module, name, profile),
            Callee::Global("error" | "assert") => Effects::Leaves,
            Callee::Global("pcall" | "xpcall") => match self.arguments.first() {
                Some(Expression { kind: ExpressionKind::Function(_), .. }) => Effects::Computes,
                _ => Effects::Unknown,
            },
            Callee::Global(name) if COMPUTING.contains(name) || MORE_COMPUTING.contains(name) => Effects::Computes,
            Callee::Global(_) | Callee::Unknown => Effects::Unknown,
            Callee::Method(name) if RENEWING.contains(name) => Effects::Leaves,
            Callee::Method(name) => match names.members(name) {
                Some(functions) => {
                    let each = functions.into_iter().map(|function| function.map_or(Effects::Unknown, &mut *local));
                    each.max().unwrap_or(Effects::Unknown)
                }
                None if TEXT_METHODS.contains(name) => Effects::Computes,
                None if WAITING_METHODS.contains(name) => Effects::Waits,
                None => Effects::Unknown,
            },
        }
    }
}

fn of_module(module: &str, name: &str, profile: &Profile) -> Effects {
    if RENEWING.contains(&name) || (module, name) == ("process", "upgrade") {
        return Effects::Leaves;
    }
    if let Some((_, quick)) = NEVER_WAIT.iter().find(|(known, _)| *known == module) {
        // A coroutine that the text makes itself may do anything.
        return match quick.contains(&name) || quick.contains(&"*") {
            true => Effects::Computes,
            false if module == "coroutine" => Effects::Unknown,
            false => Effects::Waits,
        };
    }
    let known = profile.modules.iter().chain(profile.globals).find(|known| known.name == module);
    match known.map(|known| known.effect) {
        Some(Effect::Pure | Effect::Observing | Effect::Recorded) => Effects::Computes,
        _ => Effects::Unknown,
    }
}
