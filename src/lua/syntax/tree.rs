//! A Luau text as a tree, for those who look for mistakes in it.
//!
//! It has the bytes at which things stand, and no text of its own. Types are left out, and so are
//! casts. What can be long without being deep is flat here: operators of one expression, calls and
//! fields of one value. So a tree is as deep as the reader lets a text be, and no deeper.

use std::ops::Range;

/// Statements in their order.
#[derive(Debug, Default)]
pub(crate) struct Block(pub(crate) Vec<Statement>);

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) span: Range<usize>,
    pub(crate) kind: StatementKind,
}

#[derive(Debug)]
pub(crate) enum StatementKind {
    Local {
        names: Vec<Range<usize>>,
        values: Vec<Expression>,
    },
    /// `a, b.c = …`, and `a += …`.
    Assign {
        targets: Vec<Expression>,
        values: Vec<Expression>,
    },
    Call(Expression),
    Do(Block),
    While {
        condition: Expression,
        body: Block,
    },
    Repeat {
        body: Block,
        condition: Expression,
    },
    If {
        arms: Vec<(Expression, Block)>,
        otherwise: Option<Block>,
    },
    /// `for i = first, last, step do`: the expressions are those.
    Count {
        name: Range<usize>,
        bounds: Vec<Expression>,
        body: Block,
    },
    Each {
        names: Vec<Range<usize>>,
        values: Vec<Expression>,
        body: Block,
    },
    /// `function a.b:c()`: the names are `a`, `b`, `c`.
    Function {
        path: Vec<Range<usize>>,
        function: Function,
    },
    LocalFunction {
        name: Range<usize>,
        function: Function,
    },
    Return(Vec<Expression>),
    Break,
    Continue,
    /// A declaration of a type.
    Type,
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) parameters: Vec<Range<usize>>,
    pub(crate) body: Block,
}

#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) span: Range<usize>,
    pub(crate) kind: ExpressionKind,
}

#[derive(Debug)]
pub(crate) enum ExpressionKind {
    Nil,
    True,
    False,
    Number,
    /// A text without expressions in it.
    Text,
    Varargs,
    Name,
    Function(Box<Function>),
    Table(Vec<Item>),
    /// A value and what is done with it: `a.b:c(1)[2]`.
    Chain {
        head: Box<Expression>,
        links: Vec<Link>,
    },
    /// Operands and the operators between them, the first of which is applied first; one operand
    /// has its operator before it.
    Operation {
        operands: Vec<Expression>,
        operators: Vec<Range<usize>>,
    },
    /// The parts of `if a then b else c`.
    Choice(Vec<Expression>),
    /// The expressions in a text.
    Template(Vec<Expression>),
    Group(Box<Expression>),
}

/// One thing that is done with a value.
#[derive(Debug)]
pub(crate) struct Link {
    /// Where it ends.
    pub(crate) end: usize,
    pub(crate) kind: LinkKind,
}

#[derive(Debug)]
pub(crate) enum LinkKind {
    Field(Range<usize>),
    Index(Expression),
    Call(Vec<Expression>),
    Method(Range<usize>, Vec<Expression>),
}

/// One thing in a table.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) key: Key,
    pub(crate) value: Expression,
}

#[derive(Debug)]
pub(crate) enum Key {
    /// It has the next number.
    Next,
    Name(Range<usize>),
    Expression(Expression),
}

impl Expression {
    pub(super) fn new(span: Range<usize>, kind: ExpressionKind) -> Self {
        Self { span, kind }
    }

    /// Whether it is nothing but a name.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.kind, ExpressionKind::Name)
    }

    /// Whether it is a function as it stands there, in whatever parentheses.
    pub(crate) fn is_function(&self) -> bool {
        match &self.kind {
            ExpressionKind::Function(_) => true,
            ExpressionKind::Group(inner) => inner.is_function(),
            _ => false,
        }
    }

    /// Whether the value comes from a call, in whatever parentheses.
    pub(crate) fn is_call(&self) -> bool {
        match &self.kind {
            ExpressionKind::Chain { links, .. } => {
                links.last().is_some_and(|link| matches!(link.kind, LinkKind::Call(_) | LinkKind::Method(..)))
            }
            ExpressionKind::Group(inner) => inner.is_call(),
            _ => false,
        }
    }
}

/// A part of a tree.
#[derive(Clone, Copy)]
pub(crate) enum Part<'t> {
    Statement(&'t Statement),
    Expression(&'t Expression),
}

/// What to do after a part was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Go on with what is in it.
    Inside,
    /// Leave out what is in it.
    Beside,
}

impl Block {
    /// Shows every part in the order of the text: a part comes before what is in it.
    pub(crate) fn walk<'t>(&'t self, see: &mut dyn FnMut(Part<'t>) -> Next) {
        for statement in &self.0 {
            statement.walk(see);
        }
    }
}

impl Statement {
    pub(crate) fn walk<'t>(&'t self, see: &mut dyn FnMut(Part<'t>) -> Next) {
        if see(Part::Statement(self)) == Next::Beside {
            return;
        }
        match &self.kind {
            StatementKind::Local { values, .. } | StatementKind::Return(values) => all(values, see),
            StatementKind::Assign { targets, values } => {
                all(targets, see);
                all(values, see);
            }
            StatementKind::Call(call) => call.walk(see),
            StatementKind::Do(body) => body.walk(see),
            StatementKind::While { condition, body } => {
                condition.walk(see);
                body.walk(see);
            }
            StatementKind::Repeat { body, condition } => {
                body.walk(see);
                condition.walk(see);
            }
            StatementKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    condition.walk(see);
                    body.walk(see);
                }
                if let Some(body) = otherwise {
                    body.walk(see);
                }
            }
            StatementKind::Count { bounds: values, body, .. } | StatementKind::Each { values, body, .. } => {
                all(values, see);
                body.walk(see);
            }
            StatementKind::Function { function, .. } | StatementKind::LocalFunction { function, .. } => {
                function.body.walk(see);
            }
            StatementKind::Break | StatementKind::Continue | StatementKind::Type => {}
        }
    }
}

impl Expression {
    pub(crate) fn walk<'t>(&'t self, see: &mut dyn FnMut(Part<'t>) -> Next) {
        if see(Part::Expression(self)) == Next::Beside {
            return;
        }
        match &self.kind {
            ExpressionKind::Function(function) => function.body.walk(see),
            ExpressionKind::Table(items) => {
                for item in items {
                    if let Key::Expression(key) = &item.key {
                        key.walk(see);
                    }
                    item.value.walk(see);
                }
            }
            ExpressionKind::Chain { head, links } => {
                head.walk(see);
                for link in links {
                    match &link.kind {
                        LinkKind::Field(_) => {}
                        LinkKind::Index(key) => key.walk(see),
                        LinkKind::Call(arguments) | LinkKind::Method(_, arguments) => all(arguments, see),
                    }
                }
            }
            ExpressionKind::Operation { operands: parts, .. }
            | ExpressionKind::Choice(parts)
            | ExpressionKind::Template(parts) => all(parts, see),
            ExpressionKind::Group(inner) => inner.walk(see),
            _ => {}
        }
    }
}

fn all<'t>(expressions: &'t [Expression], see: &mut dyn FnMut(Part<'t>) -> Next) {
    for expression in expressions {
        expression.walk(see);
    }
}
