//! The words of a Luau text, with the bytes they stand at.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Word,
    Number,
    /// A text in quotes or long brackets, or a template without expressions.
    Text,
    /// The parts of a template around its expressions: `` `a{ ``, `}b{`, `` }c` ``.
    TemplateStart,
    TemplateMiddle,
    TemplateEnd,
    Symbol,
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
}

const SYMBOLS: &[&str] =
    &["...", "..=", "//=", "..", "//", "::", "->", "==", "~=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "^="];

/// All words of `text`, the last of kind `End`; or where a word does not end.
pub(crate) fn words(text: &str) -> Result<Vec<Token>, Range<usize>> {
    read(text).map(|read| read.words)
}

/// Where the comments of `text` stand, with their signs; or where a word does not end.
pub(crate) fn comments(text: &str) -> Result<Vec<Range<usize>>, Range<usize>> {
    read(text).map(|read| read.comments)
}

/// Everything in a text that is no white space.
struct Pieces {
    words: Vec<Token>,
    comments: Vec<Range<usize>>,
}

fn read(text: &str) -> Result<Pieces, Range<usize>> {
    let mut lexer = Lexer { bytes: text.as_bytes(), at: 0, templates: Vec::new(), comments: Vec::new() };
    if text.starts_with("#!") {
        lexer.at = text.find('\n').unwrap_or(text.len());
    }
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let start = lexer.at;
        let kind = lexer.word(text)?;
        tokens.push(Token { kind, span: start..lexer.at });
        if kind == Kind::End {
            return Ok(Pieces { words: tokens, comments: lexer.comments });
        }
    }
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// For each open template the number of braces open inside its expression.
    templates: Vec<usize>,
    comments: Vec<Range<usize>>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_blanks(&mut self) -> Result<(), Range<usize>> {
        loop {
            while self.peek(0).is_ascii_whitespace() || self.peek(0) == 0x0b {
                self.at += 1;
            }
            if self.peek(0) != b'-' || self.peek(1) != b'-' {
                return Ok(());
            }
            let start = self.at;
            self.at += 2;
            if !self.long_bracket()? {
                while self.at < self.bytes.len() && self.peek(0) != b'\n' {
                    self.at += 1;
                }
            }
            self.comments.push(start..self.at);
        }
    }

    fn word(&mut self, text: &str) -> Result<Kind, Range<usize>> {
        if self.at >= self.bytes.len() {
            return Ok(Kind::End);
        }
        match self.peek(0) {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                return Ok(Kind::Word);
            }
            b'0'..=b'9' => return Ok(self.number()),
            b'.' if self.peek(1).is_ascii_digit() => return Ok(self.number()),
            quote @ (b'"' | b'\'') => return self.quoted(quote),
            b'[' if self.long_bracket()? => return Ok(Kind::Text),
            b'`' => return self.template(Kind::TemplateStart),
            b'{' => {
                if let Some(open) = self.templates.last_mut() {
                    *open += 1;
                }
            }
            b'}' => match self.templates.last_mut() {
                Some(0) => {
                    self.templates.pop();
                    return self.template(Kind::TemplateMiddle);
                }
                Some(open) => *open -= 1,
                None => {}
            },
            _ => {}
        }
        let rest = &text.as_bytes()[self.at..];
        let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(symbol.as_bytes()));
        // A character outside ASCII is no Luau; it is taken whole, so that spans stay on characters.
        self.at +=
            symbol.map_or_else(|| text[self.at..].chars().next().map_or(1, char::len_utf8), |symbol| symbol.len());
        Ok(Kind::Symbol)
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.at < self.bytes.len() && wanted(self.peek(0)) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Kind {
        let hexadecimal = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X');
        loop {
            let exponent = !hexadecimal && matches!(self.peek(0), b'e' | b'E');
            if self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' || self.peek(0) == b'.' {
                self.at += 1;
            } else {
                return Kind::Number;
            }
            if exponent && matches!(self.peek(0), b'+' | b'-') {
                self.at += 1;
            }
            if self.peek(0) == b'.' && self.peek(1) == b'.' {
                return Kind::Number;
            }
        }
    }

    fn quoted(&mut self, quote: u8) -> Result<Kind, Range<usize>> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek(0) {
                _ if self.at >= self.bytes.len() => return Err(start..self.at),
                byte if byte == quote => {
                    self.at += 1;
                    return Ok(Kind::Text);
                }
                b'\n' => return Err(start..self.at),
                b'\\' => self.escape(),
                _ => self.at += 1,
            }
        }
    }

    /// `\z` skips blanks, `\` before a line break keeps it; all else is one byte after the `\`.
    fn escape(&mut self) {
        self.at += 1;
        match self.peek(0) {
            b'z' => {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_whitespace());
            }
            b'\r' if self.peek(1) == b'\n' => self.at += 2,
            _ => self.at += 1,
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// The rest of a template's text, up to an expression or to the end.
    fn template(&mut self, begun: Kind) -> Result<Kind, Range<usize>> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek(0) {
                _ if self.at >= self.bytes.len() => return Err(start..self.at),
                b'\\' => self.escape(),
                b'`' => {
                    self.at += 1;
                    return Ok(if begun == Kind::TemplateStart { Kind::Text } else { Kind::TemplateEnd });
                }
                b'{' => {
                    self.at += 1;
                    self.templates.push(0);
                    return Ok(begun);
                }
                _ => self.at += 1,
            }
        }
    }

    /// `[==[ … ]==]`, if one begins here.
    fn long_bracket(&mut self) -> Result<bool, Range<usize>> {
        let start = self.at;
        if self.peek(0) != b'[' {
            return Ok(false);
        }
        let mut level = 0;
        while self.peek(1 + level) == b'=' {
            level += 1;
        }
        if self.peek(1 + level) != b'[' {
            return Ok(false);
        }
        let close: Vec<u8> = [b"]".as_slice(), &vec![b'='; level], b"]"].concat();
        let inside = start + level + 2;
        match self.bytes[inside..].windows(close.len()).position(|window| window == close) {
            Some(length) => {
                self.at = inside + length + close.len();
                Ok(true)
            }
            None => Err(start..self.bytes.len()),
        }
    }
}
