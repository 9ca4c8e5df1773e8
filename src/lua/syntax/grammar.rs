//! The grammar of Luau, read only for the places of loops and powers.
//!
//! It takes more than Luau does (the engine's compiler has the last word), but what Luau takes, it
//! reads in the same way.

use std::ops::Range;

use super::{
    ITERATE, POWER, Problem, ProblemKind,
    expressions::Shape,
    lexer::{Kind, Token, words},
};

/// Expressions and blocks inside each other; the engine stops far earlier on its own stack.
const DEEPEST: usize = 200;

/// What a text holds.
#[derive(Default)]
pub(super) struct Found {
    pub(super) wraps: Vec<Wrap>,
    pub(super) problems: Vec<Problem>,
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

/// Fails with the span that was not understood.
pub(super) type Read<T = ()> = Result<T, Range<usize>>;

impl<'a> Parser<'a> {
    pub(super) fn read(text: &'a str) -> Read<Found> {
        let mut parser = Self { text, tokens: words(text)?, at: 0, depth: 0, found: Found::default() };
        parser.block()?;
        if parser.token().kind != Kind::End {
            return Err(parser.token().span.clone());
        }
        parser.forbidden_names();
        parser.found.problems.sort_by_key(|problem| problem.span.start);
        Ok(parser.found)
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

    pub(super) fn expect_name(&mut self) -> Read {
        if !self.is_name(0) {
            return self.fail();
        }
        self.skip();
        Ok(())
    }

    pub(super) fn fail<T>(&self) -> Read<T> {
        Err(self.token().span.clone())
    }

    /// Runs `part` one level deeper.
    pub(super) fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEEPEST {
            return self.fail();
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

    pub(super) fn block(&mut self) -> Read {
        self.deeper(|parser| {
            while !parser.is_any(&["end", "else", "elseif", "until"]) && parser.token().kind != Kind::End {
                parser.statement()?;
                while parser.take(";") {}
            }
            Ok(())
        })
    }

    fn statement(&mut self) -> Read {
        self.attributes()?;
        match self.ahead(0) {
            _ if self.token().kind != Kind::Word => self.expression_statement(),
            "do" => {
                self.skip();
                self.block_to_end()
            }
            "while" => {
                self.skip();
                self.expression()?;
                self.expect("do")?;
                self.block_to_end()
            }
            "repeat" => {
                self.skip();
                self.block()?;
                self.expect("until")?;
                self.expression()
            }
            "if" => self.if_statement(),
            "for" => self.for_statement(),
            "return" => {
                self.skip();
                let ends = self.is_any(&["end", "else", "elseif", "until", ";"]) || self.token().kind == Kind::End;
                if ends { Ok(()) } else { self.expressions().map(drop) }
            }
            "break" => {
                self.skip();
                Ok(())
            }
            "function" => {
                self.skip();
                self.expect_name()?;
                while self.take(".") || self.take(":") {
                    self.expect_name()?;
                }
                self.function_body()
            }
            "local" if self.is_ahead(1, "function") => {
                self.at += 2;
                self.expect_name()?;
                self.function_body()
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

    fn block_to_end(&mut self) -> Read {
        self.block()?;
        self.expect("end")
    }

    fn if_statement(&mut self) -> Read {
        self.skip();
        self.expression()?;
        self.expect("then")?;
        self.block()?;
        while self.take("elseif") {
            self.expression()?;
            self.expect("then")?;
            self.block()?;
        }
        if self.take("else") {
            self.block()?;
        }
        self.expect("end")
    }

    fn local_statement(&mut self) -> Read {
        self.skip();
        self.bindings()?;
        if self.take("=") { self.expressions().map(drop) } else { Ok(()) }
    }

    fn for_statement(&mut self) -> Read {
        self.skip();
        self.bindings()?;
        if self.take("=") {
            self.expressions()?;
        } else {
            self.expect("in")?;
            self.iterated()?;
        }
        self.expect("do")?;
        self.block_to_end()
    }

    /// What stands between `in` and `do`.
    fn iterated(&mut self) -> Read {
        let start = self.token().span.start;
        let (count, last) = self.expressions()?;
        let span = start..self.last_end();
        if count == 1 && last != Shape::Call {
            self.problem(ProblemKind::NativeIteration, span.clone());
        }
        self.found.wraps.push(Wrap { function: ITERATE, span, operator: None });
        Ok(())
    }

    /// `name`, `name: type`, …
    fn bindings(&mut self) -> Read {
        loop {
            self.expect_name()?;
            if self.take(":") {
                self.type_annotation()?;
            }
            if !self.take(",") {
                return Ok(());
            }
        }
    }

    /// An assignment, a call, or `continue`.
    fn expression_statement(&mut self) -> Read {
        self.suffixed()?;
        while self.take(",") {
            self.suffixed()?;
        }
        if self.is("^=") {
            self.problem(ProblemKind::PowerAssignment, self.token().span.clone());
        }
        if self.is_any(&["=", "+=", "-=", "*=", "/=", "//=", "%=", "^=", "..="]) {
            self.skip();
            self.expressions()?;
        }
        Ok(())
    }

    /// `(parameters): type … end`
    pub(super) fn function_body(&mut self) -> Read {
        self.generics()?;
        self.expect("(")?;
        while !self.is(")") {
            if !self.take("...") {
                self.expect_name()?;
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
        self.block_to_end()
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
