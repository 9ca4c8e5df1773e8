//! Whether everything that a text names in `modules:` and in `require` is there.

use std::ops::Range;

use super::ModuleSource;
use crate::{
    diag::{Code, Diagnostic, Diagnostics, closest},
    lua::{
        Profile, other_name,
        syntax::{Kind, words},
    },
    source::{SourceMap, Spanned},
};

/// Reports modules that are unknown or forbidden.
pub(super) fn check_modules(module: &ModuleSource, profile: &Profile, diagnostics: &mut Diagnostics) {
    for name in &module.modules {
        if let Some(problem) = problem_with(name, profile) {
            diagnostics.push(problem);
        }
    }
}

/// Reports `require`s of what is not declared; `required` is what [`required`] found in the text.
pub(super) fn check_text(
    module: &ModuleSource,
    required: &[Range<usize>],
    profile: &Profile,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) {
    for range in required {
        let start = range.start;
        let name = Spanned::new(module.text[range.clone()].to_owned(), module.span(range.clone(), sources));
        let declared = module.modules.iter().any(|module| module.value == name.value)
            || module.imports.contains_key(&name.value)
            || profile.globals.iter().any(|module| module.name == name.value);
        if !declared {
            diagnostics.push(module.with_line_at(undeclared(&name, module, profile), start, sources));
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
    if let Some(close) = other_name(&name.value).or_else(|| closest(name, known())) {
        return Some(diagnostic.did_you_mean(close).patch_text(name.span, close));
    }
    let mut all: Vec<_> = profile.modules.iter().map(|module| format!("`{}`", module.name)).collect();
    all.sort_unstable();
    Some(diagnostic.help(format!("a {} may name {}", profile.name, all.join(", "))))
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

/// Where the literals stand that are required. A text that does not lex is the compiler's to
/// complain of; a name that is only made is looked up when it is there.
pub(super) fn required(text: &str) -> Vec<Range<usize>> {
    let words = words(text).unwrap_or_default();
    let word = |at: usize| words.get(at).map(|token| &text[token.span.clone()]);
    let mut found = Vec::new();
    for (at, token) in words.iter().enumerate() {
        if token.kind != Kind::Word || word(at) != Some("require") {
            continue;
        }
        let opened = (at + 1..words.len()).take_while(|at| word(*at) == Some("(")).count();
        let name = at + 1 + opened;
        let Some(literal) = words.get(name).filter(|token| token.kind == Kind::Text) else { continue };
        // Each bracket closes right behind the name, but for the call's own, which may hold more.
        let own = name + opened.max(1);
        let closes = (name + 1..own).all(|at| word(at) == Some(")"));
        if opened == 0 || (closes && matches!(word(own), Some(")" | ","))) {
            let quoted = &text[literal.span.clone()];
            let inner = without_quotes(quoted);
            let start = literal.span.start + quoted.find(inner).unwrap_or(0);
            found.push(start..start + inner.len());
        }
    }
    found
}

fn without_quotes(word: &str) -> &str {
    let inner = word.trim_start_matches('[').trim_start_matches('=').trim_start_matches('[');
    if inner.len() < word.len() {
        return inner.trim_end_matches(']').trim_end_matches('=').trim_end_matches(']');
    }
    word.get(1..word.len() - 1).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        required(text).into_iter().map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn finds_what_is_required() {
        assert_eq!(names("local a = require('a')\nlocal b = require \"b\" local c = require([[c]])"), ["a", "b", "c"]);
    }

    #[test]
    fn a_name_that_is_put_together_is_no_literal() {
        assert_eq!(
            names(
                "require('a' .. 'b') require(('c')) require 'd' .. 'e' require('f' or x) require(('h') .. 'i') require('g'"
            ),
            ["c", "d"]
        );
    }

    #[test]
    fn comments_and_texts_require_nothing() {
        assert_eq!(
            names("-- require('a')\n--[[ require('b') ]] local x = \"require('c')\" require(x) f('d')"),
            [""; 0]
        );
    }
}
