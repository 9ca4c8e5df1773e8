//! The part of a text that is shown with a diagnostic: the lines around a place, or a part of a line
//! that is long.
//!
//! However long a text is, what is shown of it for one diagnostic is not: a file may have thousands of
//! mistakes on one line.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Snippet};

use super::Label;
use crate::{
    source::{Source, SourceId, SourceMap, Span},
    value::mask,
};

/// How much of a text is shown around a place, in lines.
const AROUND: usize = 2;
/// Places further apart than this, in bytes, are shown by themselves.
const MOST_TOGETHER: usize = 32 * 1024;
/// A longer line is cut, in bytes.
const LONGEST_LINE: usize = 2 * 1024;
/// What is shown of a long line before and after the beginning of a place, in bytes.
const BEFORE: usize = 40;
const AFTER: usize = 80;
/// How much more of a long line is looked at for a secret that reaches into what is shown.
const LONGEST_SECRET: usize = 8 * 1024;

const CUT: &str = "...";

/// What is shown of the places of a diagnostic.
#[derive(Default)]
pub(super) struct Labelled<'a> {
    pub(super) snippets: Vec<Snippet<'a, Annotation<'a>>>,
    pub(super) told: Vec<Told>,
}

/// A place in a part of a line as it is drawn, and as it is: who draws a snippet counts from where that
/// begins.
pub(super) struct Told {
    drawn: String,
    right: String,
}

impl Told {
    /// Writes the place as it is into what was drawn.
    pub(super) fn mend(&self, text: String) -> String {
        let ends = |end: usize| !text[end..].starts_with(|next: char| next.is_ascii_digit());
        let found = text.match_indices(&self.drawn).map(|(at, drawn)| at..at + drawn.len()).find(|at| ends(at.end));
        match found {
            Some(at) => format!("{}{}{}", &text[..at.start], self.right, &text[at.end..]),
            None => text,
        }
    }
}

/// One snippet for each text that has a label; the text of the primary label comes first. Labels that
/// are far apart have one each.
pub(super) fn labelled<'a>(primary: &'a Label, others: &'a [Label], sources: &'a SourceMap) -> Labelled<'a> {
    let mut ids = vec![primary.span.source];
    for other in others {
        if !ids.contains(&other.span.source) {
            ids.push(other.span.source);
        }
    }
    let mut labelled = Labelled::default();
    for id in ids {
        let labels: Vec<(&Label, AnnotationKind)> = std::iter::once((primary, AnnotationKind::Primary))
            .chain(others.iter().map(|other| (other, AnnotationKind::Context)))
            .filter(|(label, _)| label.span.source == id)
            .collect();
        if let Some(view) = View::together(sources, &labels) {
            labelled.snippets.push(view.annotated(&labels));
            continue;
        }
        for label in &labels {
            let view = View::of(sources, label.0.span);
            labelled.snippets.push(view.annotated(std::slice::from_ref(label)));
            labelled.told.extend(view.told(label.0.span));
        }
    }
    labelled
}

/// The part of a text that is shown.
pub(super) struct View<'a> {
    sources: &'a SourceMap,
    source: &'a Source,
    id: SourceId,
    /// The first line, counted from 1.
    line: usize,
    range: Range<usize>,
    /// Whether the range is a part of a line.
    is_part: bool,
}

impl<'a> View<'a> {
    /// What is shown for one place.
    pub(super) fn of(sources: &'a SourceMap, span: Span) -> Self {
        Self::lines(sources, [span]).unwrap_or_else(|| {
            let source = sources.get(span.source);
            let start = (span.start as usize).min(source.text.len());
            let line = source.line(start);
            let whole = source.line_range(line);
            if whole.len() <= LONGEST_LINE {
                return Self { sources, source, id: span.source, line, range: whole, is_part: false };
            }
            let begin = boundary(&source.text, start.saturating_sub(BEFORE).max(whole.start));
            let end = boundary(&source.text, (start + AFTER).min(whole.end));
            Self { sources, source, id: span.source, line, range: begin..end.max(start), is_part: true }
        })
    }

    /// The lines around the places of some labels; nothing if that is too much.
    fn together(sources: &'a SourceMap, labels: &[(&Label, AnnotationKind)]) -> Option<Self> {
        Self::lines(sources, labels.iter().map(|(label, _)| label.span))
    }

    fn lines(sources: &'a SourceMap, spans: impl IntoIterator<Item = Span>) -> Option<Self> {
        let (mut first, mut last) = (usize::MAX, 1);
        let mut shown = None;
        let mut is_long = false;
        for span in spans {
            let source = sources.get(span.source);
            let (begin, end) = (source.line(span.start as usize), source.line(span.end as usize));
            is_long |= [begin, end].into_iter().any(|line| source.line_range(line).len() > LONGEST_LINE);
            first = first.min(begin);
            last = last.max(end);
            shown = Some((source, span.source));
        }
        let (source, id) = shown?;
        let line = first.saturating_sub(AROUND).max(1);
        let range = source.line_range(line).start..source.line_range(last + AROUND).end;
        (!is_long && range.len() <= MOST_TOGETHER).then_some(Self { sources, source, id, line, range, is_part: false })
    }

    fn annotated(&self, labels: &[(&'a Label, AnnotationKind)]) -> Snippet<'a, Annotation<'a>> {
        self.snippet().annotations(labels.iter().map(|(label, kind)| {
            let annotation = kind.span(self.range(label.span));
            if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
        }))
    }

    pub(super) fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        Snippet::source(self.text()).line_start(self.line).path(&*self.source.path)
    }

    fn text(&self) -> String {
        let (before, after) = self.cut();
        format!("{before}{}{after}", self.shown(self.range.clone()))
    }

    fn told(&self, span: Span) -> Option<Told> {
        let place = self.source.place(span.start as usize);
        let before = self.text().get(..self.range(span).start).map_or(0, |before| before.chars().count());
        let told = |column: usize| format!("{}:{}:{column}", self.source.path, place.line);
        self.is_part.then(|| Told { drawn: told(before + 1), right: told(place.column) })
    }

    /// A place inside the shown part; one line of it, if it has many.
    pub(super) fn range(&self, span: Span) -> Range<usize> {
        let text = &self.source.text;
        let (start, end) = (span.start as usize, (span.end as usize).min(text.len()).min(self.range.end));
        let start = start.min(end);
        let line_end = text[start..end].find('\n').map_or(end, |at| start + at);
        let before = self.cut().0.len();
        start + before - self.range.start..line_end + before - self.range.start
    }

    /// What says that the line goes on, on both sides.
    fn cut(&self) -> (&'static str, &'static str) {
        let line = self.source.line_range(self.line);
        let sign = |is_cut: bool| if self.is_part && is_cut { CUT } else { "" };
        (sign(self.range.start > line.start), sign(self.range.end < line.end))
    }

    /// Some bytes without what is a secret, each of its bytes a star.
    fn shown(&self, range: Range<usize>) -> String {
        let line = if self.is_part { self.source.line_range(self.line) } else { range.clone() };
        let text = &self.source.text;
        let begin = boundary(text, range.start.saturating_sub(LONGEST_SECRET).max(line.start));
        let end = boundary(text, (range.end + LONGEST_SECRET).min(line.end));
        let shown = self.sources.shown(Span::new(self.id, begin, end));
        mask(&shown).get(range.start - begin..range.end - begin).unwrap_or_default().to_owned()
    }
}

/// The nearest place at or before `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
