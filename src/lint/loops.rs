//! Loops of workflows that never end: those that never wait, and those that only a new run could
//! relieve of their history.

use std::{collections::BTreeSet, ops::Range};

use super::{
    Finding,
    calls::{Call, Callee, Effects},
    flow::{Flow, can_be_left},
    names::{BindingId, Names},
};
use crate::{
    diag::Code,
    lua::{
        Profile,
        tree::{Block, Expression, ExpressionKind, Function, Key, LinkKind, Next, Part, Statement, StatementKind},
    },
};

/// Functions that run what they are given before they come back.
const AT_ONCE: [(&str, &str); 2] = [("saga", "run"), ("workflow", "shield")];

pub(super) fn look<'t>(
    tree: &'t Block,
    names: &Names<'t>,
    profile: &Profile,
    methods: &BTreeSet<&str>,
    found: &mut Vec<Finding>,
) {
    let flow = Flow { names, profile };
    let hidden = Hidden::of(tree, names);
    tree.walk(&mut |part| {
        let Part::Statement(statement) = part else { return Next::Inside };
        let finding = busy(statement, &flow).or_else(|| frozen(statement, &flow, &hidden));
        let is_found = finding.is_some();
        found.extend(finding);
        if is_found { Next::Beside } else { Next::Inside }
    });
    for body in main_bodies(tree, names, methods) {
        grows(body, &flow, found);
    }
}

/// A loop that no condition ends.
struct Endless<'t> {
    body: &'t Block,
    /// What says that it has no end.
    sign: Range<usize>,
}

fn endless<'t>(statement: &'t Statement, names: &Names<'_>) -> Option<Endless<'t>> {
    let start = statement.span.start;
    match &statement.kind {
        StatementKind::While { condition, body } if is_constant(condition, true) => {
            Some(Endless { body, sign: start..condition.span.end })
        }
        StatementKind::Repeat { body, condition } if is_constant(condition, false) => {
            Some(Endless { body, sign: start..start + "repeat".len() })
        }
        StatementKind::Count { bounds, body, .. } => {
            let [_, last, step @ ..] = bounds.as_slice() else { return None };
            let is_huge = names.word(&last.span) == "math.huge";
            let counts_up = step.first().is_none_or(|step| matches!(step.kind, ExpressionKind::Number));
            (is_huge && counts_up).then_some(Endless { body, sign: start..last.span.end })
        }
        _ => None,
    }
}

/// Whether a condition is the same at every turn: always true, or always false.
fn is_constant(condition: &Expression, truth: bool) -> bool {
    match &condition.kind {
        ExpressionKind::True | ExpressionKind::Number | ExpressionKind::Text | ExpressionKind::Table(_) => truth,
        ExpressionKind::False | ExpressionKind::Nil => !truth,
        ExpressionKind::Group(inner) => is_constant(inner, truth),
        _ => false,
    }
}

fn busy(statement: &Statement, flow: &Flow<'_, '_>) -> Option<Finding> {
    let Endless { body, sign } = endless(statement, flow.names)?;
    if can_be_left(body) || flow.effects(body) != Effects::Computes {
        return None;
    }
    Some(Finding {
        code: Code::EndlessLoop,
        span: sign,
        headline: "this loop never ends and never waits".to_owned(),
        label: "goes on for ever".to_owned(),
        help: "wait in it, as with `time.sleep` or a channel's `receive`, or leave it with `break` or `return`"
            .to_owned(),
        note: Some(ENDED_BY.to_owned()),
    })
}

const ENDED_BY: &str = "the workflow task fails once the code has run for too long without waiting";

/// `while not done do … end`, in which nothing changes `done`, and nothing can from outside: other
/// coroutines run only while this one waits.
fn frozen(statement: &Statement, flow: &Flow<'_, '_>, hidden: &Hidden) -> Option<Finding> {
    let (condition, body, negated) = match &statement.kind {
        StatementKind::While { condition, body } => (condition, body, true),
        StatementKind::Repeat { body, condition } => (condition, body, false),
        _ => return None,
    };
    let watched = watched(condition, flow.names)?;
    let text = flow.names.word(&condition.span);
    let in_tables = text.contains(['.', '#', '[']);
    let stays = !can_be_left(body)
        && flow.effects(body) == Effects::Computes
        && !touches(body, &watched, in_tables, flow.names);
    if watched.is_empty() || !stays || hidden.may_change(&watched, in_tables) {
        return None;
    }
    let wanted = match (negated, text.strip_prefix("not ")) {
        (false, _) => text.to_owned(),
        (true, Some(rest)) if matches!(&condition.kind, ExpressionKind::Operation { operands, .. } if operands.len() == 1) => {
            rest.trim().to_owned()
        }
        (true, _) => format!("not ({text})"),
    };
    Some(Finding {
        code: Code::EndlessLoop,
        span: condition.span.clone(),
        headline: format!("nothing changes `{text}` while this loop runs, and nothing in it waits"),
        label: "the same at every turn".to_owned(),
        help: format!("write `workflow.await(function() return {wanted} end)`, which lets others run meanwhile"),
        note: Some(ENDED_BY.to_owned()),
    })
}

/// What a field or an operator of a table may run without being called: functions of a metatable.
struct Hidden {
    has_metatables: bool,
    /// The locals that are set inside some function.
    set: BTreeSet<BindingId>,
}

impl Hidden {
    fn of(tree: &Block, names: &Names<'_>) -> Self {
        let mut hidden = Self { has_metatables: false, set: BTreeSet::new() };
        tree.walk(&mut |part| {
            match part {
                Part::Expression(expression) => {
                    // Under whatever name it is called then; and unknown code may give a table that has one.
                    let names_it = expression.is_name() && names.word(&expression.span) == "setmetatable";
                    let unknown = |call: &Call<'_>| call.is_of_unknown_code(names);
                    hidden.has_metatables |= names_it || names.calls(expression).iter().any(unknown);
                    if let ExpressionKind::Function(function) = &expression.kind {
                        hidden.note(&function.body, names);
                    }
                }
                Part::Statement(statement) => match &statement.kind {
                    StatementKind::Function { function, .. } | StatementKind::LocalFunction { function, .. } => {
                        hidden.note(&function.body, names);
                    }
                    _ => {}
                },
            }
            Next::Inside
        });
        hidden
    }

    fn note(&mut self, body: &Block, names: &Names<'_>) {
        own_statements(body, &mut |statement| {
            if let StatementKind::Assign { targets, .. } = &statement.kind {
                self.set.extend(targets.iter().filter_map(|target| names.id(&target.span)));
            }
        });
    }

    fn may_change(&self, watched: &BTreeSet<BindingId>, in_tables: bool) -> bool {
        self.has_metatables && (in_tables || !self.set.is_disjoint(watched))
    }
}

/// The locals that a condition looks at; nothing if it looks at more than locals and their fields.
fn watched(condition: &Expression, names: &Names<'_>) -> Option<BTreeSet<BindingId>> {
    let mut ids = BTreeSet::new();
    let mut is_plain = true;
    condition.walk(&mut |part| {
        let Part::Expression(expression) = part else { return Next::Beside };
        match &expression.kind {
            ExpressionKind::Name => match names.id(&expression.span) {
                Some(id) => drop(ids.insert(id)),
                None => is_plain = false,
            },
            ExpressionKind::Chain { links, .. } => {
                is_plain &= links.iter().all(|link| matches!(link.kind, LinkKind::Field(_)));
            }
            ExpressionKind::Function(_)
            | ExpressionKind::Table(_)
            | ExpressionKind::Choice(_)
            | ExpressionKind::Template(_)
            | ExpressionKind::Varargs => is_plain = false,
            _ => {}
        }
        Next::Inside
    });
    is_plain.then_some(ids)
}

/// Whether a body may change what is watched: sets it, hands it to a call, or calls code of its own.
/// With `in_tables` it is a part of a table, which may have another name here.
fn touches(body: &Block, watched: &BTreeSet<BindingId>, in_tables: bool, names: &Names<'_>) -> bool {
    let is_watched = |name: &Range<usize>| names.id(name).is_some_and(|id| watched.contains(&id));
    let is_part = |expression: &Expression| match &expression.kind {
        ExpressionKind::Chain { head, .. } => in_tables || is_watched(&head.span),
        _ => is_watched(&expression.span),
    };
    let mut touched = false;
    body.walk(&mut |part| {
        match part {
            Part::Statement(statement) => match &statement.kind {
                StatementKind::Local { names: declared, .. } => touched |= declared.iter().any(is_watched),
                StatementKind::Assign { targets, .. } => touched |= targets.iter().any(is_part),
                _ => {}
            },
            Part::Expression(expression) => {
                for call in names.calls(expression) {
                    touched |= match call.callee {
                        Callee::Local(_) | Callee::Method(_) => true,
                        Callee::Global(name) => in_tables && matches!(name, "table" | "rawset"),
                        _ => false,
                    };
                    touched |= call
                        .arguments
                        .iter()
                        .any(|argument| is_part(argument) || matches!(argument.kind, ExpressionKind::Function(_)));
                }
            }
        }
        Next::Inside
    });
    touched
}

/// Reports loops that wait for ever.
fn grows(body: &Block, flow: &Flow<'_, '_>, found: &mut Vec<Finding>) {
    own_statements(body, &mut |statement| {
        let Some(Endless { body, sign }) = endless(statement, flow.names) else { return };
        if can_be_left(body) || flow.effects(body) != Effects::Waits {
            return;
        }
        let finding = Finding {
            code: Code::EndlessHistory,
            span: sign,
            headline: "this loop never ends, and with it the history of its run grows".to_owned(),
            label: "goes on for ever".to_owned(),
            help: "begin a new run from time to time, when the server says so: \
                   `workflow.continue_as_new_if_suggested(state)`"
                .to_owned(),
            note: Some("the server ends a run whose history is too long".to_owned()),
        };
        if !found.contains(&finding) {
            found.push(finding);
        }
    });
}

/// The bodies that runs go through by themselves, each once: those of the functions that they begin with, and
/// those of the functions that these call.
fn main_bodies<'t>(tree: &'t Block, names: &Names<'t>, methods: &BTreeSet<&str>) -> Vec<&'t Block> {
    let Some(StatementKind::Return(values)) = tree.0.last().map(|last| &last.kind) else { return Vec::new() };
    let Some(value) = values.first() else { return Vec::new() };
    let mut open: Vec<&'t Function> = methods.iter().filter_map(|method| main_function(value, names, method)).collect();
    let mut known: BTreeSet<*const Function> = BTreeSet::new();
    let mut bodies: Vec<&'t Block> = Vec::new();
    while let Some(function) = open.pop() {
        if !known.insert(function) {
            continue;
        }
        let body = &function.body;
        bodies.push(body);
        own_expressions(body, &mut |expression| {
            for call in names.calls(expression) {
                match &call.callee {
                    Callee::Local(function) => open.push(*function),
                    Callee::Global("pcall" | "xpcall") => open.extend(handed(call.arguments, names)),
                    Callee::Module { made, name, .. } if AT_ONCE.contains(&(made.module, name)) => {
                        open.extend(handed(call.arguments, names));
                    }
                    _ => {}
                }
            }
        });
    }
    bodies
}

fn handed<'t>(arguments: &'t [Expression], names: &Names<'t>) -> Option<&'t Function> {
    names.function(arguments.first()?)
}

/// The function that a run begins with, in what the text returns.
fn main_function<'t>(value: &'t Expression, names: &Names<'t>, method: &str) -> Option<&'t Function> {
    if let Some(function) = names.function(value) {
        return Some(function);
    }
    match &value.kind {
        ExpressionKind::Table(items) => {
            let is_main = |key: &Key| matches!(key, Key::Name(name) if names.word(name) == method);
            names.function(&items.iter().find(|item| is_main(&item.key))?.value)
        }
        ExpressionKind::Name => names.member(names.id(&value.span)?, method),
        _ => None,
    }
}

/// The statements of a body, without those of functions in it.
fn own_statements<'t>(body: &'t Block, see: &mut dyn FnMut(&'t Statement)) {
    body.walk(&mut |part| match part {
        Part::Statement(statement) => {
            see(statement);
            inside_unless_function(statement)
        }
        Part::Expression(expression) => match expression.kind {
            ExpressionKind::Function(_) => Next::Beside,
            _ => Next::Inside,
        },
    });
}

fn own_expressions<'t>(body: &'t Block, see: &mut dyn FnMut(&'t Expression)) {
    body.walk(&mut |part| match part {
        Part::Statement(statement) => inside_unless_function(statement),
        Part::Expression(Expression { kind: ExpressionKind::Function(_), .. }) => Next::Beside,
        Part::Expression(expression) => {
            see(expression);
            Next::Inside
        }
    });
}

fn inside_unless_function(statement: &Statement) -> Next {
    match statement.kind {
        StatementKind::Function { .. } | StatementKind::LocalFunction { .. } => Next::Beside,
        _ => Next::Inside,
    }
}
