//! Diagnostics as a terminal shows them: the text, underlined, with what is wrong beside it.

use std::path::Path;

use annotate_snippets::{Group, Level, Origin, Patch, Renderer, normalize_untrusted_str, renderer::DecorStyle};

use super::{
    Blame, Diagnostic, Diagnostics, Severity,
    shell::folder_argument,
    view::{Labelled, View, labelled},
};
use crate::{source::SourceMap, value::redact};

/// What the reader's terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) unicode: bool,
    pub(crate) color: bool,
}

impl Look {
    /// Letters and signs of ASCII only, without colours.
    pub(crate) const ASCII: Self = Self { unicode: false, color: false };

    fn renderer(self) -> Renderer {
        let renderer = if self.color { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(if self.unicode { DecorStyle::Unicode } else { DecorStyle::Ascii })
    }
}

/// All diagnostics, an empty line between two.
pub(crate) fn render_all(diagnostics: &Diagnostics, sources: &SourceMap, look: Look) -> String {
    diagnostics.iter().map(|diagnostic| render(diagnostic, sources, look) + "\n\n").collect()
}

/// How much is wrong.
pub(crate) fn summary(diagnostics: &Diagnostics, files: usize, entries: usize, look: Look) -> String {
    let (errors, warnings) = (diagnostics.count(Severity::Error), diagnostics.count(Severity::Warning));
    let mark = match (errors, look.unicode) {
        (0, true) => "✓",
        (0, false) => "ok",
        (_, true) => "✗",
        (_, false) => "FAIL",
    };
    format!(
        "{mark} {}, {} in {} ({})",
        counted(errors, "error", "errors"),
        counted(warnings, "warning", "warnings"),
        counted(files, "file", "files"),
        counted(entries, "entry", "entries"),
    )
}

/// What tells more of it, for the end of that line, of the project in `folder`.
pub(crate) fn more(diagnostics: &Diagnostics, folder: &Path) -> String {
    let Some(first) = diagnostics.iter().next() else { return String::new() };
    let fixable = diagnostics.iter().any(|diagnostic| diagnostic.patch.is_some());
    let fix =
        if fixable { format!("   fix: metonic check --fix{}", folder_argument("", folder)) } else { String::new() };
    format!("   more: metonic explain {}{fix}", first.code.slug())
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// One diagnostic, without a line break at its end.
pub(crate) fn render(diagnostic: &Diagnostic, sources: &SourceMap, look: Look) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.headline.as_str()).id(diagnostic.code.slug());
    // A file of which nothing was read is named, and no place in it.
    let unread = diagnostic.primary.as_ref().map(|primary| sources.get(primary.span.source));
    let unread = unread.filter(|source| source.text.is_empty() && diagnostic.others.is_empty());
    let labels = diagnostic.primary.as_ref().filter(|_| unread.is_none());
    let labels = labels.map(|primary| labelled(primary, &diagnostic.others, sources));
    let Labelled { snippets, told } = labels.unwrap_or_default();
    let mut group = match unread {
        Some(source) => Group::with_title(title).element(Origin::path(&*source.path)),
        None if snippets.is_empty() => Group::with_title(title),
        None => title.elements(snippets),
    };
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(normalize_untrusted_str(note)));
    }
    if diagnostic.blame == Blame::Runtime {
        let version = env!("CARGO_PKG_VERSION");
        group = group.element(Level::NOTE.message(format!("this is a fault of metonic {version}; report it")));
    }
    let help = diagnostic.help.as_deref().map(normalize_untrusted_str);
    let mut groups = Vec::new();
    // A fix of what is not shown would show it.
    let patch = diagnostic.patch.as_ref().filter(|patch| !sources.is_concealed(patch.span));
    match (patch, help) {
        (Some(patch), help) => {
            groups.push(group);
            let view = View::of(sources, patch.span);
            let snippet = view.snippet().patch(Patch::new(view.range(patch.span), patch.replacement.as_str()));
            groups.push(Level::HELP.secondary_title(help.unwrap_or_else(|| "write this".to_owned())).element(snippet));
        }
        (None, Some(help)) => groups.push(group.element(Level::HELP.message(help))),
        (None, None) => groups.push(group),
    }
    let drawn = told.iter().fold(look.renderer().render(&groups), |drawn, told| told.mend(drawn));
    redact(&drawn).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Code, source::Span};

    fn sources() -> (SourceMap, crate::source::SourceId) {
        let mut sources = SourceMap::default();
        let id = sources.add("app/_index.yaml", "namespace: app\nentries:\n  - name: w\n    client: app:temporl\n");
        (sources, id)
    }

    fn example() -> (SourceMap, Diagnostic) {
        let (sources, id) = sources();
        let diagnostic =
            Diagnostic::error(Code::UnknownReference, Span::new(id, 48, 59), "no entry is called `app:temporl`")
                .label("nothing registered under this id")
                .also(Span::new(id, 34, 35), "by this entry")
                .did_you_mean("app:temporal")
                .patch(Span::new(id, 48, 59), "app:temporal");
        (sources, diagnostic)
    }

    #[test]
    fn a_diagnostic_shows_the_text_and_the_fix() {
        let (sources, diagnostic) = example();
        insta::assert_snapshot!(render(&diagnostic, &sources, Look { unicode: true, color: false }), @r"
        error[unknown-reference]: no entry is called `app:temporl`
          ╭▸ app/_index.yaml:4:13
          │
        3 │   - name: w
          │           ─ by this entry
        4 │     client: app:temporl
          │             ━━━━━━━━━━━ nothing registered under this id
          ╰╴
        help: did you mean `app:temporal`?
          ╭╴
        4 │     client: app:temporal
          ╰╴                      +
        ");
    }

    #[test]
    fn it_needs_nothing_but_ascii() {
        let (sources, diagnostic) = example();
        insta::assert_snapshot!(render(&diagnostic, &sources, Look::ASCII), @r"
        error[unknown-reference]: no entry is called `app:temporl`
         --> app/_index.yaml:4:13
          |
        3 |   - name: w
          |           - by this entry
        4 |     client: app:temporl
          |             ^^^^^^^^^^^ nothing registered under this id
          |
        help: did you mean `app:temporal`?
          |
        4 |     client: app:temporal
          |                       +
        ");
    }

    #[test]
    fn a_credential_in_the_text_is_not_shown() {
        let mut sources = SourceMap::default();
        let id = sources.add("a.yaml", "api_key: hunter2hunter2\n");
        let _ = crate::value::Secret::new("hunter2hunter2");
        let diagnostic = Diagnostic::error(Code::BadValue, Span::new(id, 0, 7), "no");
        assert!(!render(&diagnostic, &sources, Look::ASCII).contains("hunter2"));
    }

    #[test]
    fn a_file_of_which_nothing_was_read_is_named_and_no_place_in_it() {
        let mut sources = SourceMap::default();
        let id = sources.add("a.yaml", "");
        let diagnostic = Diagnostic::error(Code::BadEncoding, Span::new(id, 0, 0), "not UTF-8");
        insta::assert_snapshot!(render(&diagnostic, &sources, Look::ASCII), @r"
        error[bad-encoding]: not UTF-8
        --> a.yaml
        ");
    }

    #[test]
    fn far_apart_places_are_shown_by_themselves() {
        let mut sources = SourceMap::default();
        let text = format!("a: 1\n{}b: 2\n", "# nothing\n".repeat(10_000));
        let end = text.len();
        let id = sources.add("a.yaml", text);
        let diagnostic = Diagnostic::error(Code::BadValue, Span::new(id, end - 5, end - 4), "no")
            .label("this")
            .also(Span::new(id, 0, 1), "and this");
        insta::assert_snapshot!(render(&diagnostic, &sources, Look::ASCII), @r"
        error[bad-value]: no
             --> a.yaml:10002:1
              |
        10002 | b: 2
              | ^ this
              |
             ::: a.yaml:1:1
              |
            1 | a: 1
              | - and this
        ");
    }

    #[test]
    fn of_a_long_line_a_part_is_shown() {
        let mut sources = SourceMap::default();
        let (before, after) = ("K: [1], ".repeat(50_000), "L: [2], ".repeat(50_000));
        let text = format!("namespace: app\nvalues: {{{before}K: wrong, {after}}}\n");
        let at = text.find("wrong").unwrap();
        let id = sources.add("a.yaml", text);
        let span = Span::new(id, at, at + 5);
        let diagnostic =
            Diagnostic::error(Code::BadValue, span, "no").label("this").help("write this").patch(span, "right");
        insta::assert_snapshot!(render(&diagnostic, &sources, Look::ASCII), @r"
        error[bad-value]: no
         --> a.yaml:2:400013
          |
        2 | ...[1], K: [1], K: [1], K: [1], K: [1], K: wrong, L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L...
          |                                            ^^^^^ this
          |
        help: write this
          |
        2 - ...[1], K: [1], K: [1], K: [1], K: [1], K: wrong, L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L...
        2 + ...[1], K: [1], K: [1], K: [1], K: [1], K: right, L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L: [2], L...
          |
        ");
        let colored = render(&diagnostic, &sources, Look { unicode: true, color: true });
        assert!(colored.contains("a.yaml:2:400013"), "{colored}");
    }

    #[test]
    fn the_summary_counts() {
        let (_, diagnostic) = example();
        let look = Look { unicode: true, color: false };
        assert_eq!(summary(&diagnostic.into(), 1, 14, look), "✗ 1 error, 0 warnings in 1 file (14 entries)");
        assert_eq!(summary(&Diagnostics::default(), 2, 1, Look::ASCII), "ok 0 errors, 0 warnings in 2 files (1 entry)");
    }
}
