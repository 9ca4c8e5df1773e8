//! Which part of a line broke, as far as the text tells.
//!
//! The engine names a line and no column. Where the tree of the text has exactly one part on that line
//! that can have raised the message, that part is the culprit; where it has several, nobody is.

use std::ops::Range;

use super::{
    raisers::{Raises, is_engines, raises},
    shown::{Culprit, this_is},
    sort::{Side, Sort},
};
use crate::lua::syntax::{
    Kind, read,
    tree::{Expression, ExpressionKind, Link, LinkKind, Next, Part, Statement, StatementKind},
    words,
};

/// The part of `text` on one of its lines that `message` is about.
pub(super) fn suspect(message: &str, text: &str, line: Range<usize>) -> Option<Culprit> {
    let tree = read(text)?;
    let mut search = Search { text, line, sort: Sort::of(message), found: Found::default() };
    tree.walk(&mut |part| {
        match part {
            Part::Statement(statement) => search.statement(statement),
            Part::Expression(expression) => search.expression(expression),
        }
        Next::Inside
    });
    let culprit = search.culprit(message)?;
    let Range { start, end } = culprit.range;
    // What goes on below is shown as far as the line goes.
    let end = end.min(search.line.end);
    (start >= search.line.start && start < end).then_some(Culprit { range: start..end, ..culprit })
}

/// The only call of `function` on a line of `text`.
pub(super) fn call_of(function: &str, text: &str, line: Range<usize>) -> Option<Range<usize>> {
    let tree = read(text)?;
    let mut search = Search { text, line, sort: Sort::Other, found: Found::default() };
    tree.walk(&mut |part| {
        if let Part::Expression(expression) = part {
            search.expression(expression);
        }
        Next::Inside
    });
    let calls = search.found.calls.iter().filter(|call| last_name(call.callee) == function);
    let Range { start, end } = only(calls)?.span.clone();
    (start >= search.line.start).then_some(start..end.min(search.line.end))
}

/// Looks at the parts of a tree that touch one line.
struct Search<'t, 'm> {
    text: &'t str,
    line: Range<usize>,
    sort: Sort<'m>,
    found: Found<'t>,
}

#[derive(Default)]
struct Found<'t> {
    /// Single values that may be wrong.
    values: Vec<Culprit>,
    /// Operations with two operands, of which one may be wrong, or both.
    operations: Vec<Range<usize>>,
    /// Everything that is called.
    calls: Vec<Call<'t>>,
}

struct Call<'t> {
    span: Range<usize>,
    callee: &'t str,
    arguments: &'t [Expression],
}

/// It joins texts.
const CONCATENATION: &str = "..";

/// One side of an operator: its bytes, and its type if the text tells.
struct Operand {
    span: Range<usize>,
    kind: Option<&'static str>,
}

impl Operand {
    fn of(expression: &Expression, text: &str) -> Self {
        Self { span: expression.span.clone(), kind: kind_of(expression, text) }
    }
}

impl<'t> Search<'t, '_> {
    fn touches(&self, span: &Range<usize>) -> bool {
        span.start < self.line.end && span.end > self.line.start
    }

    fn statement(&mut self, statement: &'t Statement) {
        match (&statement.kind, self.sort) {
            (StatementKind::Assign { targets, values }, Sort::Two { .. }) => {
                let ([target], [value]) = (targets.as_slice(), values.as_slice()) else { return };
                let between = self.text.get(target.span.end..value.span.start).unwrap_or("").trim();
                if let Some(operator) = between.strip_suffix('=').filter(|operator| !operator.is_empty()) {
                    self.two(operator, Operand::of(target, self.text), Operand::of(value, self.text));
                }
            }
            (StatementKind::Each { values, .. }, Sort::Iterate { kind }) => self.value(values.first(), kind),
            (StatementKind::Count { bounds, .. }, Sort::Bound { position, kind }) => {
                self.value(bounds.get(position), kind);
            }
            _ => {}
        }
    }

    fn expression(&mut self, expression: &'t Expression) {
        match &expression.kind {
            ExpressionKind::Chain { head, links } => self.chain(expression, head, links),
            ExpressionKind::Operation { operands, operators } => self.operation(operands, operators),
            _ => {}
        }
    }

    fn operation(&mut self, operands: &[Expression], operators: &[Range<usize>]) {
        if let [operand] = operands {
            if let Sort::One { symbol, kind } = self.sort
                && operators.iter().any(|operator| self.text[operator.clone()] == *symbol)
            {
                self.value(Some(operand), kind);
            }
            return;
        }
        if operators.first().is_some_and(|operator| self.text[operator.clone()] == *CONCATENATION) {
            return self.concatenation(operands);
        }
        for (index, operator) in operators.iter().enumerate() {
            let (Some(first), Some(last), Some(right)) =
                (operands.first(), operands.get(index), operands.get(index + 1))
            else {
                return;
            };
            let kind = match index.checked_sub(1) {
                None => kind_of(first, self.text),
                Some(before) => kind_given_by(&self.text[operators[before].clone()]),
            };
            let left = Operand { span: first.span.start..last.span.end, kind };
            self.two(&self.text[operator.clone()], left, Operand::of(right, self.text));
        }
    }

    /// Texts are joined from right to left, though the reader lays them side by side.
    fn concatenation(&mut self, operands: &[Expression]) {
        let Some(last) = operands.last() else { return };
        for pair in operands.windows(2).rev() {
            let [left, right] = pair else { return };
            let is_last = right.span == last.span;
            let kind = if is_last { kind_of(right, self.text) } else { kind_given_by(CONCATENATION) };
            let right = Operand { span: right.span.start..last.span.end, kind };
            self.two(CONCATENATION, Operand::of(left, self.text), right);
        }
    }

    fn two(&mut self, operator: &str, left: Operand, right: Operand) {
        let Sort::Two { symbols, wrong } = self.sort else { return };
        let span = left.span.start..right.span.end;
        if !symbols.contains(&operator) || !self.touches(&span) {
            return;
        }
        self.found.operations.push(span);
        let Some((side, kind)) = wrong else { return };
        // The engine compares `a > b` as `b < a`.
        let is_left = (side == Side::Left) != operator.starts_with('>');
        let operand = if is_left { left } else { right };
        if operand.kind.is_none_or(|known| known == kind) {
            self.found.values.push(Culprit { range: operand.span, label: this_is(kind) });
        }
    }

    /// A value that is of type `kind` if it is the culprit.
    fn value(&mut self, value: Option<&Expression>, kind: &str) {
        let Some(value) = value.filter(|value| self.touches(&value.span)) else { return };
        if kind_of(value, self.text).is_none_or(|known| known == kind) {
            self.found.values.push(Culprit { range: value.span.clone(), label: this_is(kind) });
        }
    }

    fn chain(&mut self, chain: &'t Expression, head: &'t Expression, links: &'t [Link]) {
        let start = chain.span.start;
        let mut end = head.span.end;
        for link in links {
            let (callee, arguments) = match &link.kind {
                LinkKind::Call(arguments) => (start..end, arguments),
                LinkKind::Method(name, arguments) => (start..name.end, arguments),
                LinkKind::Index(key) => {
                    self.index(start..end, key);
                    end = link.end;
                    continue;
                }
                LinkKind::Field(_) => {
                    end = link.end;
                    continue;
                }
            };
            // A call stands on the line that its function ends on, wherever its arguments do.
            if self.line.contains(&(callee.end - 1)) {
                let is_method = matches!(link.kind, LinkKind::Method(..));
                self.called(callee.clone(), is_method);
                let span = start..link.end;
                self.found.calls.push(Call { span, callee: &self.text[callee], arguments });
            }
            end = link.end;
        }
    }

    fn index(&mut self, value: Range<usize>, key: &Expression) {
        if let Sort::Index { kind, key: key_kind } = self.sort
            && self.line.contains(&(value.end - 1))
            && kind_of(key, self.text).is_none_or(|known| known == key_kind)
        {
            self.found.values.push(Culprit { range: value, label: this_is(kind) });
        }
    }

    fn called(&mut self, callee: Range<usize>, is_method: bool) {
        let Sort::Call { kind } = self.sort else { return };
        let name = &self.text[callee.clone()];
        // A method that is not there has words of its own.
        if is_method || kind == "nil" && is_always_there(name, self.text) {
            return;
        }
        let label = match name.contains('\n') {
            true => this_is(kind),
            false if kind == "nil" => format!("`{name}` is nil"),
            false => format!("`{name}` is a {kind}"),
        };
        self.found.values.push(Culprit { range: callee, label });
    }

    fn culprit(&self, message: &str) -> Option<Culprit> {
        if self.sort == Sort::Other {
            return self.raiser(message).map(|call| Culprit { range: call.span.clone(), label: String::new() });
        }
        // A sort compares, too.
        if matches!(self.sort, Sort::Two { symbols, .. } if symbols.contains(&"<"))
            && self.found.calls.iter().any(|call| last_name(call.callee) == "sort")
        {
            return None;
        }
        match (self.found.values.as_slice(), self.found.operations.as_slice()) {
            ([only], _) => Some(only.clone()),
            (_, [only]) => Some(Culprit { range: only.clone(), label: String::new() }),
            _ => None,
        }
    }

    /// The call of `error` or `assert` that raised the author's words.
    fn raiser(&self, message: &str) -> Option<&Call<'t>> {
        // A function of the host puts its name in front.
        let speaker = message.split_once(": ").map_or("", |(speaker, _)| last_name(speaker));
        let elsewhere = is_engines(message) || self.found.calls.iter().any(|call| last_name(call.callee) == speaker);
        only(self.found.calls.iter().filter(|call| match raises(call.callee, call.arguments, self.text, message) {
            Raises::This => true,
            Raises::Other => false,
            Raises::Anything => !elsewhere,
        }))
    }
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}

fn last_name(callee: &str) -> &str {
    callee.rsplit(['.', ':']).next().unwrap_or(callee)
}

/// Functions that no program is without.
const ALWAYS_THERE: &[&str] = &[
    "assert",
    "error",
    "getmetatable",
    "ipairs",
    "next",
    "pairs",
    "pcall",
    "print",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "require",
    "select",
    "setmetatable",
    "tonumber",
    "tostring",
    "type",
    "typeof",
    "xpcall",
];

/// Whether `name` is a function of the language, and the text does nothing but call it: it has no
/// variable of that name.
fn is_always_there(name: &str, text: &str) -> bool {
    let Ok(words) = words(text) else { return false };
    let is_called = |at: usize| {
        let next = words.get(at + 1).map_or("", |next| &text[next.span.clone()]);
        let declared = at.checked_sub(1).is_some_and(|before| &text[words[before].span.clone()] == "function");
        !declared && next.starts_with(['(', '{', '"', '\'', '`'])
    };
    ALWAYS_THERE.contains(&name)
        && (0..words.len())
            .filter(|at| words[*at].kind == Kind::Word && &text[words[*at].span.clone()] == name)
            .all(is_called)
}

/// The type of what an expression gives, as far as the text tells.
fn kind_of(expression: &Expression, text: &str) -> Option<&'static str> {
    match &expression.kind {
        ExpressionKind::Nil => Some("nil"),
        ExpressionKind::True | ExpressionKind::False => Some("boolean"),
        ExpressionKind::Number => Some("number"),
        ExpressionKind::Text | ExpressionKind::Template(_) => Some("string"),
        ExpressionKind::Function(_) => Some("function"),
        ExpressionKind::Table(_) => Some("table"),
        ExpressionKind::Group(inner) => kind_of(inner, text),
        ExpressionKind::Operation { operators, .. } => kind_given_by(&text[operators.last()?.clone()]),
        ExpressionKind::Varargs | ExpressionKind::Name | ExpressionKind::Chain { .. } | ExpressionKind::Choice(_) => {
            None
        }
    }
}

/// The type of what an operator gives, unless a metatable says otherwise.
fn kind_given_by(operator: &str) -> Option<&'static str> {
    match operator {
        "+" | "-" | "*" | "/" | "//" | "%" | "^" | "#" => Some("number"),
        ".." => Some("string"),
        "<" | ">" | "<=" | ">=" | "==" | "~=" | "not" => Some("boolean"),
        _ => None,
    }
}
