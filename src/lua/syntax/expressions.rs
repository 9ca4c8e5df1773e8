//! The grammar of Luau's expressions.

use super::{
    POWER,
    grammar::{Parser, Read, Wrap},
    lexer::Kind,
};

/// What an expression is, as far as loops care.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Call,
    Other,
}

/// How tightly `not`, `-` and `#` bind.
const UNARY: u8 = 8;

impl Parser<'_> {
    /// How many there are, and what the last one is.
    pub(super) fn expressions(&mut self) -> Read<(usize, Shape)> {
        let mut shape = self.binary(0)?;
        let mut count = 1;
        while self.take(",") {
            shape = self.binary(0)?;
            count += 1;
        }
        Ok((count, shape))
    }

    pub(super) fn expression(&mut self) -> Read {
        self.binary(0).map(drop)
    }

    /// Operators that bind tighter than `limit`, and their operands.
    pub(super) fn binary(&mut self, limit: u8) -> Read<Shape> {
        self.deeper(|parser| {
            let start = parser.token().span.start;
            let mut shape = if parser.is_any(&["not", "-", "#"]) {
                parser.skip();
                parser.binary(UNARY)?;
                Shape::Other
            } else {
                parser.simple()?
            };
            while let Some((_, right)) = parser.operator().filter(|strength| strength.0 > limit) {
                let operator = parser.token().span.clone();
                let power = parser.is("^");
                parser.skip();
                parser.binary(right)?;
                if power {
                    let span = start..parser.last_end();
                    parser.found.wraps.push(Wrap { function: POWER, span, operator: Some(operator) });
                }
                shape = Shape::Other;
            }
            Ok(shape)
        })
    }

    /// How tightly the operator here binds to its left and to its right.
    fn operator(&self) -> Option<(u8, u8)> {
        if !matches!(self.token().kind, Kind::Word | Kind::Symbol) {
            return None;
        }
        Some(match self.ahead(0) {
            "or" => (1, 1),
            "and" => (2, 2),
            "<" | ">" | "<=" | ">=" | "~=" | "==" => (3, 3),
            ".." => (5, 4),
            "+" | "-" => (6, 6),
            "*" | "/" | "//" | "%" => (7, 7),
            "^" => (10, 9),
            _ => return None,
        })
    }

    /// An operand, and its casts.
    pub(super) fn simple(&mut self) -> Read<Shape> {
        self.attributes()?;
        let mut shape = Shape::Other;
        let kind = self.token().kind;
        match kind {
            Kind::Number | Kind::Text => self.skip(),
            Kind::TemplateStart => self.template()?,
            _ if self.is_any(&["nil", "true", "false", "..."]) => self.skip(),
            _ if self.is("{") => self.table()?,
            _ if self.take("function") => self.function_body()?,
            _ if self.is("if") => self.if_expression()?,
            _ => shape = self.suffixed()?,
        }
        while self.take("::") {
            self.type_annotation()?;
        }
        Ok(shape)
    }

    fn if_expression(&mut self) -> Read {
        self.skip();
        self.expression()?;
        self.expect("then")?;
        self.expression()?;
        while self.take("elseif") {
            self.expression()?;
            self.expect("then")?;
            self.expression()?;
        }
        self.expect("else")?;
        self.expression()
    }

    fn template(&mut self) -> Read {
        while self.token().kind != Kind::TemplateEnd {
            if !matches!(self.token().kind, Kind::TemplateStart | Kind::TemplateMiddle) {
                return self.fail();
            }
            self.skip();
            self.expression()?;
        }
        self.skip();
        Ok(())
    }

    pub(super) fn table(&mut self) -> Read {
        self.skip();
        while !self.is("}") {
            if self.take("[") {
                self.expression()?;
                self.expect("]")?;
                self.expect("=")?;
            } else if self.is_name(0) && self.is_ahead(1, "=") {
                self.at += 2;
            }
            self.expression()?;
            if !self.take(",") && !self.take(";") {
                break;
            }
        }
        self.expect("}")
    }

    /// A name or a parenthesis, and what is done with it.
    pub(super) fn suffixed(&mut self) -> Read<Shape> {
        let mut shape = Shape::Other;
        if self.take("(") {
            shape = self.binary(0)?;
            self.expect(")")?;
        } else {
            self.expect_name()?;
        }
        loop {
            let kind = self.token().kind;
            match kind {
                Kind::Text => self.skip(),
                Kind::TemplateStart => self.template()?,
                _ if self.take(".") => {
                    self.expect_name()?;
                    shape = Shape::Other;
                    continue;
                }
                _ if self.take("[") => {
                    self.expression()?;
                    self.expect("]")?;
                    shape = Shape::Other;
                    continue;
                }
                _ if self.take(":") => {
                    self.expect_name()?;
                    self.type_arguments()?;
                    self.call_arguments()?;
                }
                _ if self.is("(") || self.is("{") => self.call_arguments()?,
                _ if self.is("<") && self.is_ahead(1, "<") => {
                    self.type_arguments()?;
                    continue;
                }
                _ => return Ok(shape),
            }
            shape = Shape::Call;
        }
    }

    fn call_arguments(&mut self) -> Read {
        let kind = self.token().kind;
        match kind {
            Kind::Text => {
                self.skip();
                Ok(())
            }
            Kind::TemplateStart => self.template(),
            _ if self.is("{") => self.table(),
            _ => {
                self.expect("(")?;
                if !self.is(")") {
                    self.expressions()?;
                }
                self.expect(")")
            }
        }
    }
}
