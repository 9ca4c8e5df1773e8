//! The grammar of Luau: from words to a tree, and what a deterministic program may not say.
//!
//! It takes more than Luau does (the engine's compiler has the last word), but what Luau takes, it
//! reads in the same way.

use std::ops::Range;

use super::{
    ITERATE, POWER, Problem, ProblemKind,
    lexer::{Kind, Token, words},
    tree::{Block, Expression, Function, Statement, StatementKind},
};

/// Expressions and blocks inside each other; the engine stops far earlier on its own stack.
pub(super) const DEEPEST: usize = 200;

/// What a text holds.
#[derive(Default)]
pub(super) struct Found {
    pub(super) wraps: Vec<Wrap>,
    pub(super) problems: Vec<Problem>,
    pub(super) tree: Block,
}

/// An expression to put through a function.
pub(super) struct Wrap {
    pub(super) function: &'static str,
    pub(super) span: Range<usize>,
    /// The operator between the two arguments.
    pub(super) operator: Option<Range<usize>>,
}

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    pub(super) at: usize,
    depth: usize,
    pub(super) found: Found,
}

/// Fails with what was not understood.
pub(super) type Read<T = ()> = Result<T, Unread>;

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) span: Range<usize>,
    /// It is Luau, as far as it was read, and stands inside too much else.
    pub(crate) too_deep: bool,
}

impl From<Range<usize>> for Unread {
    fn from(span: Range<usize>) -> Self {
        Self { span, too_deep: false }
    }
}

impl<'a> Parser<'a> {
    pub(super) fn read(text: &'a str) -> Read<Found> {
        let mut parser = Self { text, tokens: words(text)?, at: 0, depth: 0, found: Found::default() };
        let tree = parser.block()?;
        if parser.token().kind != Kind::End {
            return parser.fail();
        }
        parser.forbidden_names();
        parser.found.problems.sort_by_key(|problem| problem.span.start);
        Ok(Found { tree, ..parser.found })
    }

    pub(super) fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn ahead(&self, count: usize) -> &str {
        let token = &self.tokens[(self.at + count).min(self.tokens.len() - 1)];
        &self.text[token.span.clone()]
    }

    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.token().kind, Kind::Word | Kind::Symbol) && self.ahead(0) == word
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// A word that is no keyword.
    pub(super) fn is_name(&self, count: usize) -> bool {
        let token = &self.tokens[(self.at + count).min(self.tokens.len() - 1)];
        token.kind == Kind::Word && !KEYWORDS.contains(&&self.text[token.span.clone()])
    }

    /// Whether the word that comes after `count` others is `word`.
    pub(super) fn is_ahead(&self, count: usize, word: &str) -> bool {
        self.ahead(count) == word
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, word: &str) -> Read {
        if self.take(word) { Ok(()) } else { self.fail() }
    }

    /// Where the name stands.
    pub(super) fn expect_name(&mut self) -> Read<Range<usize>> {
        if !self.is_name(0) {
            return self.fail();
        }
        let span = self.token().span.clone();
        self.skip();
        Ok(span)
    }

    pub(super) fn fail<T>(&self) -> Read<T> {
        Err(self.token().span.clone().into())
    }

    /// Runs `part` one level deeper.
    pub(super) fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEEPEST {
            return Err(Unread { span: self.token().span.clone(), too_deep: true });
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    pub(super) fn last_end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.tokens[at].span.end)
    }

    pub(super) fn problem(&mut self, kind: ProblemKind, span: Range<usize>) {
        self.found.problems.push(Problem { kind, span });
    }

    fn forbidden_names(&mut self) {
        for token in &self.tokens {
            let text = &self.text[token.span.clone()];
            let kind = match (token.kind, text) {
                (Kind::Word, ITERATE | POWER) => ProblemKind::ReservedName,
                (Kind::Word, "__mode" | "__gc") => ProblemKind::Collector,
                (Kind::Text, text) if ["__mode", "__gc"].contains(&text.trim_matches(['"', '\'', '`'])) => {
                    ProblemKind::Collector
                }
                _ => continue,
            };
            self.found.problems.push(Problem { kind, span: token.span.clone() });
        }
    }

    pub(super) fn block(&mut self) -> Read<Block> {
        self.deeper(|parser| {
            let mut statements = Vec::new();
            while !parser.is_any(&["end", "else", "elseif", "until"]) && parser.token().kind != Kind::End {
                let start = parser.token().span.start;
                let kind = parser.statement()?;
                statements.push(Statement { span: start..parser.last_end(), kind });
                while parser.take(";") {}
            }
            Ok(Block(statements))
        })
    }

    fn statement(&mut self) -> Read<StatementKind> {
        self.attributes()?;
        match self.ahead(0) {
            _ if self.token().kind != Kind::Word => self.expression_statement(),
            "do" => {
                self.skip();
                Ok(StatementKind::Do(self.block_to_end()?))
            }
            "while" => {
                self.skip();
                let condition = self.expression()?;
                self.expect("do")?;
                Ok(StatementKind::While { condition, body: self.block_to_end()? })
            }
            "repeat" => {
                self.skip();
                let body = self.block()?;
                self.expect("until")?;
                Ok(StatementKind::Repeat { body, condition: self.expression()? })
            }
            "if" => self.if_statement(),
            "for" => self.for_statement(),
            "return" => {
                self.skip();
                let ends = self.is_any(&["end", "else", "elseif", "until", ";"]) || self.token().kind == Kind::End;
                Ok(StatementKind::Return(if ends { Vec::new() } else { self.expressions()? }))
            }
            "break" => {
                self.skip();
                Ok(StatementKind::Break)
            }
            "function" => {
                self.skip();
                let mut path = vec![self.expect_name()?];
                while self.take(".") || self.take(":") {
                    path.push(self.expect_name()?);
                }
                Ok(StatementKind::Function { path, function: self.function_body()? })
            }
            "local" if self.is_ahead(1, "function") => {
                self.at += 2;
                let name = self.expect_name()?;
                Ok(StatementKind::LocalFunction { name, function: self.function_body()? })
            }
            "local" => self.local_statement(),
            "const" | "export" if self.is_ahead(1, "function") => {
                self.skip();
                self.statement()
            }
            "const" if self.is_name(1) => self.local_statement(),
            "export" if self.is_name(1) => {
                self.skip();
                self.statement()
            }
            "type" if self.is_ahead(1, "function") || self.is_name(1) => self.type_statement(),
            _ => self.expression_statement(),
        }
    }

    fn block_to_end(&mut self) -> Read<Block> {
        let block = self.block()?;
        self.expect("end")?;
        Ok(block)
    }

    fn if_statement(&mut self) -> Read<StatementKind> {
        let mut arms = Vec::new();
        loop {
            self.skip();
            let condition = self.expression()?;
            self.expect("then")?;
            arms.push((condition, self.block()?));
            if !self.is("elseif") {
                break;
            }
        }
        let otherwise = if self.take("else") { Some(self.block()?) } else { None };
        self.expect("end")?;
        Ok(StatementKind::If { arms, otherwise })
    }

    fn local_statement(&mut self) -> Read<StatementKind> {
        self.skip();
        let names = self.bindings()?;
        let values = if self.take("=") { self.expressions()? } else { Vec::new() };
        Ok(StatementKind::Local { names, values })
    }

    fn for_statement(&mut self) -> Read<StatementKind> {
        self.skip();
        let mut names = self.bindings()?;
        if self.take("=") {
            let bounds = self.expressions()?;
            self.expect("do")?;
            let name = names.swap_remove(0);
            return Ok(StatementKind::Count { name, bounds, body: self.block_to_end()? });
        }
        self.expect("in")?;
        let values = self.iterated()?;
        self.expect("do")?;
        Ok(StatementKind::Each { names, values, body: self.block_to_end()? })
    }

    /// What stands between `in` and `do`.
    fn iterated(&mut self) -> Read<Vec<Expression>> {
        let start = self.token().span.start;
        let values = self.expressions()?;
        let span = start..self.last_end();
        if let [only] = values.as_slice()
            && !only.is_call()
            && !only.is_function()
        {
            self.problem(ProblemKind::NativeIteration, span.clone());
        }
        self.found.wraps.push(Wrap { function: ITERATE, span, operator: None });
        Ok(values)
    }

    /// `name`, `name: type`, …
    fn bindings(&mut self) -> Read<Vec<Range<usize>>> {
        let mut names = Vec::new();
        loop {
            names.push(self.expect_name()?);
            if self.take(":") {
                self.type_annotation()?;
            }
            if !self.take(",") {
                return Ok(names);
            }
        }
    }

    /// An assignment, a call, or `continue`.
    fn expression_statement(&mut self) -> Read<StatementKind> {
        let is_continue = self.is("continue");
        let first = self.suffixed()?;
        let mut targets = vec![first];
        while self.take(",") {
            targets.push(self.suffixed()?);
        }
        if self.is("^=") {
            self.problem(ProblemKind::PowerAssignment, self.token().span.clone());
        }
        if self.is_any(&["=", "+=", "-=", "*=", "/=", "//=", "%=", "^=", "..="]) {
            self.skip();
            return Ok(StatementKind::Assign { targets, values: self.expressions()? });
        }
        // Anything but one call is for the compiler to refuse.
        let first = targets.swap_remove(0);
        Ok(if is_continue && !first.is_call() { StatementKind::Continue } else { StatementKind::Call(first) })
    }

    /// `(parameters): type … end`
    pub(super) fn function_body(&mut self) -> Read<Function> {
        self.generics()?;
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.is(")") {
            if !self.take("...") {
                parameters.push(self.expect_name()?);
            }
            if self.take(":") {
                self.type_annotation()?;
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        if self.take(":") {
            self.type_annotation()?;
        }
        Ok(Function { parameters, body: self.block_to_end()? })
    }

    /// `@native`, `@[deprecated {…}]`
    pub(super) fn attributes(&mut self) -> Read {
        while self.take("@") {
            if self.take("[") {
                while !self.is("]") {
                    self.expression()?;
                    self.take(",");
                }
                self.skip();
            } else {
                self.expect_name()?;
            }
        }
        Ok(())
    }
}

const KEYWORDS: &[&str] = &[
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
    "repeat", "return", "then", "true", "until", "while",
];
