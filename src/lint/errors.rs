//! Calls that give `value, err`, of which nobody looks at the error.

use std::{collections::BTreeSet, ops::Range};

use super::{
    Finding,
    calls::{Call, Callee},
    names::{BindingId, Names},
};
use crate::{
    diag::Code,
    lua::tree::{Block, Expression, ExpressionKind, Next, Part, Statement, StatementKind},
};

/// Functions and methods whose error means that something in the world did not happen.
pub(super) const FALLIBLE: &[(&str, &[&str])] = &[
    ("funcs", &["call"]),
    ("http_client", &["delete", "get", "head", "patch", "post", "put", "request", "request_batch"]),
    ("process", &["exec", "spawn", "spawn_linked", "spawn_linked_monitored", "spawn_monitored"]),
    ("sql", &["begin", "commit", "execute", "get", "prepare", "query", "release", "rollback_to", "savepoint"]),
    ("workflow", &["exec", "local_call", "signal", "start"]),
];

/// Operators that ask whether a value is there.
const ASKING: [&str; 5] = ["and", "or", "not", "==", "~="];

pub(super) fn look<'t>(tree: &'t Block, names: &Names<'t>, found: &mut Vec<Finding>) {
    let asked = asked(tree, names);
    tree.walk(&mut |part| {
        if let Part::Statement(statement) = part {
            of_statement(statement, names, &asked, found);
        }
        Next::Inside
    });
}

fn of_statement<'t>(statement: &'t Statement, names: &Names<'t>, asked: &Asked<'t>, found: &mut Vec<Finding>) {
    match &statement.kind {
        StatementKind::Call(expression) => {
            if let Some(call) = fallible(expression, names) {
                found.push(ignored(&call, names));
            }
        }
        StatementKind::Local { names: targets, values } => {
            let targets: Vec<Range<usize>> = targets.clone();
            assigned(&targets, values, names, asked, found);
        }
        StatementKind::Assign { targets, values } => {
            let targets: Vec<Range<usize>> = targets.iter().map(|target| target.span.clone()).collect();
            assigned(&targets, values, names, asked, found);
        }
        _ => {}
    }
}

/// Values that go to names. The last value is the only one that gives more than one.
fn assigned<'t>(
    targets: &[Range<usize>],
    values: &'t [Expression],
    names: &Names<'t>,
    asked: &Asked<'t>,
    found: &mut Vec<Finding>,
) {
    for (at, value) in values.iter().enumerate() {
        let Some(call) = fallible(value, names) else { continue };
        let Some(target) = targets.get(at) else { continue };
        let error = if at + 1 == values.len() { targets.get(at + 1) } else { None };
        match error {
            None if !names.word(target).starts_with('_') && !asked.has(target, names) => {
                found.push(dropped(&call, target, names));
            }
            Some(error) if !names.word(error).starts_with('_') && is_unread(error, names) => {
                found.push(unread(&call, error, names));
            }
            _ => {}
        }
    }
}

fn is_unread(name: &Range<usize>, names: &Names<'_>) -> bool {
    names.binding(name).is_some_and(|binding| binding.reads == 0)
}

/// The call that a value is, if it is one whose error matters.
fn fallible<'t>(value: &'t Expression, names: &Names<'t>) -> Option<Call<'t>> {
    if !matches!(value.kind, ExpressionKind::Chain { .. }) {
        return None;
    }
    let call = names.last_call(value)?;
    let Callee::Module { made, name, is_method } = &call.callee else { return None };
    let (_, fallible) = FALLIBLE.iter().find(|(module, _)| *module == made.module)?;
    // A child that `start` gave has a result; so has a scope, whose function decides what that is.
    let is_child_result = made.module == "workflow" && *name == "result" && made.by == Some("start");
    // `time.after(…):signal` and the like come from elsewhere; a `get` of a response is no request.
    let is_request = made.module != "http_client" || !is_method;
    // What is no function of the module itself is nothing that could fail.
    let is_there = *is_method
        || match made.module {
            "sql" => *name == "get",
            "workflow" => !matches!(*name, "signal" | "start"),
            _ => true,
        };
    // Only a transaction forgets a savepoint; a database is let go, which never fails.
    let can_fail = (made.module, *name) != ("sql", "release") || made.by == Some("begin");
    (is_child_result || (fallible.contains(name) && is_request && is_there && can_fail)).then_some(call)
}

/// What is asked whether it is there.
struct Asked<'t> {
    locals: BTreeSet<BindingId>,
    /// Fields, as they are written.
    texts: BTreeSet<&'t str>,
}

impl Asked<'_> {
    fn has(&self, target: &Range<usize>, names: &Names<'_>) -> bool {
        match names.id(target) {
            Some(id) if !names.word(target).contains(['.', '[']) => self.locals.contains(&id),
            _ => self.texts.contains(names.word(target)),
        }
    }
}

fn asked<'t>(tree: &'t Block, names: &Names<'t>) -> Asked<'t> {
    let mut asked = Asked { locals: BTreeSet::new(), texts: BTreeSet::new() };
    let mut note = |expression: &'t Expression| {
        let inner = match &expression.kind {
            ExpressionKind::Group(inner) => inner,
            _ => expression,
        };
        match inner.kind {
            ExpressionKind::Name => asked.locals.extend(names.id(&inner.span)),
            _ => drop(asked.texts.insert(names.word(&inner.span))),
        }
    };
    tree.walk(&mut |part| {
        match part {
            Part::Statement(statement) => match &statement.kind {
                StatementKind::If { arms, .. } => arms.iter().for_each(|(condition, _)| note(condition)),
                StatementKind::While { condition, .. } | StatementKind::Repeat { condition, .. } => note(condition),
                _ => {}
            },
            Part::Expression(expression) => match &expression.kind {
                ExpressionKind::Operation { operands, operators }
                    if operators.iter().any(|operator| ASKING.contains(&names.word(operator))) =>
                {
                    operands.iter().for_each(&mut note);
                }
                ExpressionKind::Choice(parts) => parts.iter().step_by(2).for_each(&mut note),
                ExpressionKind::Chain { .. } => {
                    for call in names.calls(expression) {
                        if matches!(call.callee, Callee::Global("assert")) {
                            call.arguments.iter().for_each(&mut note);
                        }
                    }
                }
                _ => {}
            },
        }
        Next::Inside
    });
    asked
}

fn ignored(call: &Call<'_>, names: &Names<'_>) -> Finding {
    let name = name_of(call, names);
    Finding {
        code: Code::DroppedError,
        span: call.span.clone(),
        headline: format!("nobody looks at the error of `{name}`"),
        label: "may give `nil, err`".to_owned(),
        help: format!(
            "write `local _, err = {name}(…)` and look at `err`, or `local _ = {name}(…)` if it does not matter"
        ),
        note: None,
    }
}

fn dropped(call: &Call<'_>, target: &Range<usize>, names: &Names<'_>) -> Finding {
    let (name, target) = (name_of(call, names), names.word(target));
    Finding {
        code: Code::DroppedError,
        span: call.span.clone(),
        headline: format!("the error of `{name}` is thrown away"),
        label: format!("gives `nil, err`, and then `{target}` is nil"),
        help: format!("take both, as in `{target}, err = {name}(…)`, and look at `err`"),
        note: None,
    }
}

fn unread(call: &Call<'_>, error: &Range<usize>, names: &Names<'_>) -> Finding {
    let (name, word) = (name_of(call, names), names.word(error));
    Finding {
        code: Code::DroppedError,
        span: error.clone(),
        headline: format!("nobody looks at `{word}`, the error of `{name}`"),
        label: "never used".to_owned(),
        help: format!(
            "look at it, as in `if {word} then return nil, {word} end`, or call it `_` if it does not matter"
        ),
        note: None,
    }
}

/// The call as the text has it, without its arguments and with no line break.
fn name_of(call: &Call<'_>, names: &Names<'_>) -> String {
    match &call.callee {
        Callee::Module { made, name, is_method: false } if made.by.is_none() => format!("{}.{name}", made.module),
        Callee::Module { name, .. } => {
            let text = names.word(&call.span);
            let end = text.rfind(name).map_or(text.len(), |at| at + name.len());
            let short = &text[..end];
            if short.contains(['\n', '(']) { format!("…:{name}") } else { short.to_owned() }
        }
        _ => names.word(&call.span).to_owned(),
    }
}
