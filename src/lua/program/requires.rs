//! Whether everything that a text names in `modules:` and in `require` is there.

use super::ModuleSource;
use crate::{
    diag::{Code, Diagnostic, Diagnostics, closest},
    lua::Profile,
    source::{SourceMap, Span, Spanned},
};

/// Reports modules that are unknown or forbidden, and `require`s of what is not declared.
pub(super) fn check(module: &ModuleSource, profile: &Profile, sources: &SourceMap, diagnostics: &mut Diagnostics) {
    for name in &module.modules {
        if let Some(problem) = problem_with(name, profile) {
            diagnostics.push(problem);
        }
    }
    for name in literals(module, sources) {
        let declared = module.modules.iter().any(|module| module.value == name.value)
            || module.imports.contains_key(&name.value)
            || profile.globals.iter().any(|module| module.name == name.value);
        if !declared {
            diagnostics.push(undeclared(&name, module, profile));
        }
    }
}

fn problem_with(name: &Spanned<String>, profile: &Profile) -> Option<Diagnostic> {
    let known = || profile.modules.iter().chain(profile.globals).map(|module| module.name);
    if known().any(|known| known == name.value) {
        return None;
    }
    if let Some(refused) = refused(name, profile) {
        return Some(refused);
    }
    let diagnostic =
        Diagnostic::error(Code::UnknownModule, name.span, format!("there is no module called `{}`", name.value));
    Some(match closest(name, known()) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")).patch(name.span, close),
        None => {
            let mut all: Vec<_> = profile.modules.iter().map(|module| format!("`{}`", module.name)).collect();
            all.sort_unstable();
            diagnostic.help(format!("a {} may name {}", profile.name, all.join(", ")))
        }
    })
}

fn refused(name: &Spanned<String>, profile: &Profile) -> Option<Diagnostic> {
    let (_, reason, way_out) = profile.refused.iter().find(|(refused, ..)| *refused == name.value)?;
    let headline = format!("a {} cannot use the module `{}`", profile.name, name.value);
    Some(Diagnostic::error(Code::ForbiddenModule, name.span, headline).note(*reason).help(*way_out))
}

fn undeclared(name: &Spanned<String>, module: &ModuleSource, profile: &Profile) -> Diagnostic {
    if let Some(refused) = refused(name, profile) {
        return refused;
    }
    let headline = format!("`{}` is neither in `modules:` nor in `imports:` of `{}`", name.value, module.id);
    let diagnostic = Diagnostic::error(Code::UnknownModule, name.span, headline);
    if profile.modules.iter().any(|module| module.name == name.value) {
        return diagnostic.help(format!("add `{}` to `modules:`", name.value));
    }
    let known = module.imports.keys().map(String::as_str).chain(profile.modules.iter().map(|module| module.name));
    match closest(name, known) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")),
        None => diagnostic.help("to use another entry's code, name it in `imports:`"),
    }
}

/// The texts in `require("…")` calls.
fn literals(module: &ModuleSource, sources: &SourceMap) -> Vec<Spanned<String>> {
    let source = sources.get(module.origin.source);
    let file = source.line_range(module.origin.first_line);
    required(&module.text)
        .into_iter()
        .map(|(line, column, name)| {
            let span = if module.origin.by_line {
                let range = source.line_range(module.origin.first_line + line);
                let start = range.start + module.origin.indent + column;
                Span::new(module.origin.source, start, (start + name.len()).min(range.end.max(start)))
            } else {
                Span::new(module.origin.source, file.start, file.end)
            };
            Spanned::new(name, span)
        })
        .collect()
}

/// Line and column from 0, and name, of each literal that is required.
fn required(text: &str) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut scanner = Scanner { text, at: 0 };
    let mut after_require = false;
    while let Some(token) = scanner.next_token() {
        match token {
            Token::Name(name) => after_require = name == "require",
            Token::Text { start, value } if after_require => {
                let line = text[..start].matches('\n').count();
                let column = start - text[..start].rfind('\n').map_or(0, |at| at + 1);
                found.push((line, column, value.to_owned()));
                after_require = false;
            }
            Token::Symbol('(') => {}
            Token::Symbol(_) | Token::Text { .. } => after_require = false,
        }
    }
    found
}

/// As much of Lua as it takes to tell a call from a comment.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

enum Token<'a> {
    Name(&'a str),
    Text { start: usize, value: &'a str },
    Symbol(char),
}

impl<'a> Scanner<'a> {
    fn next_token(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            if let Some(comment) = rest.strip_prefix("--") {
                let skipped =
                    long_bracket(comment).map_or_else(|| comment.find('\n').unwrap_or(comment.len()), |(_, end)| end);
                self.at += 2 + skipped;
            } else if first.is_whitespace() {
                self.at += first.len_utf8();
            } else if first == '"' || first == '\'' {
                return Some(self.quoted(first));
            } else if let Some((inner, end)) = long_bracket(rest) {
                let token = Token::Text { start: self.at + inner.start, value: &rest[inner] };
                self.at += end;
                return Some(token);
            } else if first.is_alphanumeric() || first == '_' {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                self.at += end;
                return Some(Token::Name(&rest[..end]));
            } else {
                self.at += first.len_utf8();
                return Some(Token::Symbol(first));
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Token<'a> {
        let start = self.at + 1;
        let mut escaped = false;
        let end = self.text[start..].char_indices().find(|(_, c)| {
            let ends = !escaped && (*c == quote || *c == '\n');
            escaped = !escaped && *c == '\\';
            ends
        });
        let end = end.map_or(self.text.len(), |(at, _)| start + at);
        self.at = (end + 1).min(self.text.len());
        Token::Text { start, value: &self.text[start..end] }
    }
}

/// `[[…]]` or `[=[…]=]` at the beginning: what is inside, and where it ends.
fn long_bracket(text: &str) -> Option<(std::ops::Range<usize>, usize)> {
    let level = text.strip_prefix('[')?.bytes().take_while(|byte| *byte == b'=').count();
    text[1 + level..].strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    let start = level + 2;
    let end = text[start..].find(&close).map_or(text.len(), |at| start + at);
    Some((start..end, (end + close.len()).min(text.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        required(text).into_iter().map(|(_, _, name)| name).collect()
    }

    #[test]
    fn finds_what_is_required() {
        assert_eq!(names("local a = require('a')\nlocal b = require \"b\" local c = require([[c]])"), ["a", "b", "c"]);
    }

    #[test]
    fn comments_and_texts_require_nothing() {
        assert_eq!(
            names("-- require('a')\n--[[ require('b') ]] local x = \"require('c')\" require(x) f('d')"),
            [""; 0]
        );
    }

    #[test]
    fn knows_line_and_column() {
        assert_eq!(required("\n  require('json')"), [(1, 11, "json".to_owned())]);
    }
}
