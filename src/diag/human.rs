//! Diagnostics as a terminal shows them: the text, underlined, with what is wrong beside it.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet, normalize_untrusted_str, renderer::DecorStyle,
};

use super::{Blame, Diagnostic, Diagnostics, Label, Severity};
use crate::{
    source::{Source, SourceId, SourceMap, Span},
    value::{mask, redact},
};

/// How much of a text is shown around a place, in lines.
const AROUND: usize = 2;

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

/// The last line of a check.
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
    let mut group = match &diagnostic.primary {
        Some(primary) => title.elements(snippets(primary, &diagnostic.others, sources)),
        None => Group::with_title(title),
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
            let view = View::of(sources, [patch.span]);
            let snippet = view.snippet().patch(Patch::new(view.range(patch.span), patch.replacement.as_str()));
            groups.push(Level::HELP.secondary_title(help.unwrap_or_else(|| "write this".to_owned())).element(snippet));
        }
        (None, Some(help)) => groups.push(group.element(Level::HELP.message(help))),
        (None, None) => groups.push(group),
    }
    redact(&look.renderer().render(&groups)).into_owned()
}

/// One snippet for each text that has a label; the text of the primary label comes first.
fn snippets<'a>(primary: &'a Label, others: &'a [Label], sources: &'a SourceMap) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut ids = vec![primary.span.source];
    for other in others {
        if !ids.contains(&other.span.source) {
            ids.push(other.span.source);
        }
    }
    ids.into_iter()
        .map(|id| {
            let labels: Vec<(&Label, AnnotationKind)> = std::iter::once((primary, AnnotationKind::Primary))
                .chain(others.iter().map(|other| (other, AnnotationKind::Context)))
                .filter(|(label, _)| label.span.source == id)
                .collect();
            let view = View::of(sources, labels.iter().map(|(label, _)| label.span));
            let annotations: Vec<Annotation<'_>> = labels
                .into_iter()
                .map(|(label, kind)| {
                    let annotation = kind.span(view.range(label.span));
                    if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
                })
                .collect();
            view.snippet().annotations(annotations)
        })
        .collect()
}

/// The part of a text that is shown.
struct View<'a> {
    sources: &'a SourceMap,
    source: &'a Source,
    id: SourceId,
    /// The first line, counted from 1.
    line: usize,
    range: Range<usize>,
}

impl<'a> View<'a> {
    /// The lines around some places of one text.
    fn of(sources: &'a SourceMap, spans: impl IntoIterator<Item = Span>) -> Self {
        let (mut first, mut last) = (usize::MAX, 1);
        let mut shown = None;
        for span in spans {
            let source = sources.get(span.source);
            first = first.min(source.place(span.start as usize).line);
            last = last.max(source.place(span.end as usize).line);
            shown = Some((source, span.source));
        }
        let (source, id) = shown.expect("a view shows at least one place");
        let line = first.saturating_sub(AROUND).max(1);
        let range = source.line_range(line).start..source.line_range(last + AROUND).end;
        Self { sources, source, id, line, range }
    }

    fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        let text = self.sources.shown(Span::new(self.id, self.range.start, self.range.end));
        Snippet::source(mask(&text).into_owned()).line_start(self.line).path(&*self.source.path)
    }

    /// A place inside the shown part; one line of it, if it has many.
    fn range(&self, span: Span) -> Range<usize> {
        let text = &self.source.text;
        let (start, end) = (span.start as usize, (span.end as usize).min(text.len()));
        let start = start.min(end);
        let line_end = text[start..end].find('\n').map_or(end, |at| start + at);
        start - self.range.start..line_end - self.range.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    fn sources() -> (SourceMap, crate::source::SourceId) {
        let mut sources = SourceMap::default();
        let id = sources.add("app/_index.yaml", "namespace: app\nentries:\n  - name: w\n    client: app:temporl\n");
        (sources, id)
    }

    fn example() -> (SourceMap, Diagnostic) {
        let (sources, id) = sources();
        let diagnostic =
            Diagnostic::error(Code::UnknownReference, Span::new(id, 48, 59), "no entry is called `app:temporl`")
                .label("referenced here")
                .also(Span::new(id, 34, 35), "by this entry")
                .help("an entry with a similar name exists: `app:temporal`")
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
          │             ━━━━━━━━━━━ referenced here
          ╰╴
        help: an entry with a similar name exists: `app:temporal`
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
          |             ^^^^^^^^^^^ referenced here
          |
        help: an entry with a similar name exists: `app:temporal`
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
    fn an_empty_text_can_be_pointed_at() {
        let mut sources = SourceMap::default();
        let id = sources.add("a.yaml", "");
        let diagnostic = Diagnostic::error(Code::BadEncoding, Span::new(id, 0, 0), "not UTF-8");
        assert!(render(&diagnostic, &sources, Look::ASCII).contains("a.yaml:1:1"));
    }

    #[test]
    fn the_summary_counts() {
        let (_, diagnostic) = example();
        let look = Look { unicode: true, color: false };
        assert_eq!(summary(&diagnostic.into(), 1, 14, look), "✗ 1 error, 0 warnings in 1 file (14 entries)");
        assert_eq!(summary(&Diagnostics::default(), 2, 1, Look::ASCII), "ok 0 errors, 0 warnings in 2 files (1 entry)");
    }
}
