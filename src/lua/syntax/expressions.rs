//! The grammar of Luau's expressions.

use super::{
    POWER,
    grammar::{Parser, Read, Wrap},
    lexer::Kind,
    tree::{Expression, ExpressionKind, Item, Key, Link, LinkKind},
};

/// How tightly `not`, `-` and `#` bind.
const UNARY: u8 = 8;

impl Parser<'_> {
    pub(super) fn expressions(&mut self) -> Read<Vec<Expression>> {
        let mut all = vec![self.binary(0)?];
        while self.take(",") {
            all.push(self.binary(0)?);
        }
        Ok(all)
    }

    pub(super) fn expression(&mut self) -> Read<Expression> {
        self.binary(0)
    }

    /// Operators that bind tighter than `limit`, and their operands.
    pub(super) fn binary(&mut self, limit: u8) -> Read<Expression> {
        self.deeper(|parser| {
            let start = parser.token().span.start;
            let mut operators = Vec::new();
            let first = if parser.is_any(&["not", "-", "#"]) {
                let operator = parser.token().span.clone();
                parser.skip();
                let operand = parser.binary(UNARY)?;
                let kind = ExpressionKind::Operation { operands: vec![operand], operators: vec![operator] };
                Expression::new(start..parser.last_end(), kind)
            } else {
                parser.simple()?
            };
            let mut operands = vec![first];
            while let Some((_, right)) = parser.operator().filter(|strength| strength.0 > limit) {
                let operator = parser.token().span.clone();
                let power = parser.is("^");
                parser.skip();
                operands.push(parser.binary(right)?);
                if power {
                    let span = start..parser.last_end();
                    parser.found.wraps.push(Wrap { function: POWER, span, operator: Some(operator.clone()) });
                }
                operators.push(operator);
            }
            match operands.pop() {
                Some(only) if operators.is_empty() => Ok(only),
                Some(last) => {
                    operands.push(last);
                    let kind = ExpressionKind::Operation { operands, operators };
                    Ok(Expression::new(start..parser.last_end(), kind))
                }
                None => parser.fail(),
            }
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
            // From right to left, which nobody sees: what is long is no deeper.
            ".." => (5, 5),
            "+" | "-" => (6, 6),
            "*" | "/" | "//" | "%" => (7, 7),
            "^" => (10, 9),
            _ => return None,
        })
    }

    /// An operand, and its casts.
    pub(super) fn simple(&mut self) -> Read<Expression> {
        self.attributes()?;
        let start = self.token().span.start;
        let expression = match self.literal() {
            Some(kind) => {
                self.skip();
                Expression::new(start..self.last_end(), kind)
            }
            None if self.token().kind == Kind::TemplateStart => self.template()?,
            None if self.is("{") => self.table()?,
            None if self.take("function") => {
                let kind = ExpressionKind::Function(Box::new(self.function_body()?));
                Expression::new(start..self.last_end(), kind)
            }
            None if self.is("if") => self.if_expression()?,
            None => self.suffixed()?,
        };
        while self.take("::") {
            self.type_annotation()?;
        }
        Ok(expression)
    }

    /// The word here, if it is a value by itself.
    fn literal(&self) -> Option<ExpressionKind> {
        match self.token().kind {
            Kind::Number => return Some(ExpressionKind::Number),
            Kind::Text => return Some(ExpressionKind::Text),
            Kind::Word | Kind::Symbol => {}
            _ => return None,
        }
        match self.ahead(0) {
            "nil" => Some(ExpressionKind::Nil),
            "true" => Some(ExpressionKind::True),
            "false" => Some(ExpressionKind::False),
            "..." => Some(ExpressionKind::Varargs),
            _ => None,
        }
    }

    fn if_expression(&mut self) -> Read<Expression> {
        let start = self.token().span.start;
        self.skip();
        let mut parts = vec![self.expression()?];
        self.expect("then")?;
        parts.push(self.expression()?);
        while self.take("elseif") {
            parts.push(self.expression()?);
            self.expect("then")?;
            parts.push(self.expression()?);
        }
        self.expect("else")?;
        parts.push(self.expression()?);
        Ok(Expression::new(start..self.last_end(), ExpressionKind::Choice(parts)))
    }

    fn template(&mut self) -> Read<Expression> {
        let start = self.token().span.start;
        let mut parts = Vec::new();
        while self.token().kind != Kind::TemplateEnd {
            if !matches!(self.token().kind, Kind::TemplateStart | Kind::TemplateMiddle) {
                return self.fail();
            }
            self.skip();
            parts.push(self.expression()?);
        }
        self.skip();
        Ok(Expression::new(start..self.last_end(), ExpressionKind::Template(parts)))
    }

    pub(super) fn table(&mut self) -> Read<Expression> {
        let start = self.token().span.start;
        self.skip();
        let mut items = Vec::new();
        while !self.is("}") {
            let key = if self.take("[") {
                let key = self.expression()?;
                self.expect("]")?;
                self.expect("=")?;
                Key::Expression(key)
            } else if self.is_name(0) && self.is_ahead(1, "=") {
                let name = self.token().span.clone();
                self.at += 2;
                Key::Name(name)
            } else {
                Key::Next
            };
            items.push(Item { key, value: self.expression()? });
            if !self.take(",") && !self.take(";") {
                break;
            }
        }
        self.expect("}")?;
        Ok(Expression::new(start..self.last_end(), ExpressionKind::Table(items)))
    }

    /// A name or a parenthesis, and what is done with it.
    pub(super) fn suffixed(&mut self) -> Read<Expression> {
        let start = self.token().span.start;
        let head = if self.take("(") {
            let inner = self.binary(0)?;
            self.expect(")")?;
            Expression::new(start..self.last_end(), ExpressionKind::Group(Box::new(inner)))
        } else {
            Expression::new(self.expect_name()?, ExpressionKind::Name)
        };
        let mut links = Vec::new();
        while let Some(kind) = self.link()? {
            links.push(Link { end: self.last_end(), kind });
        }
        if links.is_empty() {
            return Ok(head);
        }
        let kind = ExpressionKind::Chain { head: Box::new(head), links };
        Ok(Expression::new(start..self.last_end(), kind))
    }

    /// What is done next with a value; nothing if its chain ends here.
    fn link(&mut self) -> Read<Option<LinkKind>> {
        if self.is("<") && self.is_ahead(1, "<") {
            self.type_arguments()?;
        }
        let kind = self.token().kind;
        Ok(Some(match kind {
            Kind::Text | Kind::TemplateStart => LinkKind::Call(self.call_arguments()?),
            _ if self.take(".") => LinkKind::Field(self.expect_name()?),
            _ if self.take("[") => {
                let key = self.expression()?;
                self.expect("]")?;
                LinkKind::Index(key)
            }
            _ if self.take(":") => {
                let name = self.expect_name()?;
                self.type_arguments()?;
                LinkKind::Method(name, self.call_arguments()?)
            }
            _ if self.is("(") || self.is("{") => LinkKind::Call(self.call_arguments()?),
            _ => return Ok(None),
        }))
    }

    fn call_arguments(&mut self) -> Read<Vec<Expression>> {
        let start = self.token().span.start;
        let kind = self.token().kind;
        match kind {
            Kind::Text => {
                self.skip();
                Ok(vec![Expression::new(start..self.last_end(), ExpressionKind::Text)])
            }
            Kind::TemplateStart => Ok(vec![self.template()?]),
            _ if self.is("{") => Ok(vec![self.table()?]),
            _ => {
                self.expect("(")?;
                let arguments = if self.is(")") { Vec::new() } else { self.expressions()? };
                self.expect(")")?;
                Ok(arguments)
            }
        }
    }
}
