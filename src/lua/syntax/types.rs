//! The grammar of Luau's types, which are read to be stepped over.

use super::{
    grammar::{Parser, Read},
    lexer::Kind,
    tree::StatementKind,
};

impl Parser<'_> {
    /// `type Name<T> = …` or `type function name(…) … end`
    pub(super) fn type_statement(&mut self) -> Read<StatementKind> {
        self.skip();
        if self.take("function") {
            self.expect_name()?;
            self.function_body()?;
            return Ok(StatementKind::Type);
        }
        self.expect_name()?;
        self.generics()?;
        self.expect("=")?;
        self.type_annotation()?;
        Ok(StatementKind::Type)
    }

    /// `<T, U...>`, with defaults, if it stands here.
    pub(super) fn generics(&mut self) -> Read {
        if !self.take("<") {
            return Ok(());
        }
        while !self.is(">") {
            self.expect_name()?;
            self.take("...");
            if self.take("=") {
                self.type_annotation()?;
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect(">")
    }

    /// `<<T, U>>`, if it stands here.
    pub(super) fn type_arguments(&mut self) -> Read {
        if !(self.is("<") && self.is_ahead(1, "<")) {
            return Ok(());
        }
        self.skip();
        self.type_parameters()?;
        self.expect(">")
    }

    /// Any type, or what may stand where one returns: `(A, B)`, `...T`, `T...`.
    pub(super) fn type_annotation(&mut self) -> Read {
        self.deeper(|parser| {
            if !parser.take("|") {
                parser.take("&");
            }
            loop {
                parser.one_type()?;
                while parser.take("?") {}
                if !parser.take("|") && !parser.take("&") {
                    return Ok(());
                }
            }
        })
    }

    fn one_type(&mut self) -> Read {
        if self.take("...") {
            return self.type_annotation();
        }
        if self.is("<") {
            self.generics()?;
        }
        if self.take("(") {
            self.named_types(")")?;
            return if self.take("->") { self.type_annotation() } else { Ok(()) };
        }
        if self.take("{") {
            return self.named_types("}");
        }
        if self.is("typeof") && self.is_ahead(1, "(") {
            self.skip();
            self.skip();
            self.expression()?;
            return self.expect(")");
        }
        if self.token().kind == Kind::Text || self.is("nil") || self.is("true") || self.is("false") {
            self.skip();
            return Ok(());
        }
        self.expect_name()?;
        while self.take(".") {
            self.expect_name()?;
        }
        if self.is("<") {
            self.type_parameters()?;
        }
        self.take("...");
        Ok(())
    }

    fn type_parameters(&mut self) -> Read {
        self.expect("<")?;
        while !self.is(">") {
            self.type_annotation()?;
            if !self.take(",") {
                break;
            }
        }
        self.expect(">")
    }

    /// What stands in the brackets of a parameter list or a table type.
    fn named_types(&mut self, close: &str) -> Read {
        while !self.is(close) {
            if self.is_any(&["read", "write"]) && (self.is_name(1) || self.is_ahead(1, "[")) {
                self.skip();
            }
            if self.take("[") {
                self.type_annotation()?;
                self.expect("]")?;
                self.expect(":")?;
            } else if self.is_name(0) && self.is_ahead(1, ":") {
                self.skip();
                self.skip();
            }
            self.type_annotation()?;
            if !self.take(",") && !self.take(";") {
                break;
            }
        }
        self.expect(close)
    }
}
