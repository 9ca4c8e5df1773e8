//! Which bytes of which text no diagnostic shows.
//!
//! Ranges of one text are kept in order and never overlap, so that a look at a few bytes costs little,
//! however much of the text is hidden.

use std::{collections::BTreeMap, ops::Range};

use super::{SourceId, Span};

#[derive(Clone, Debug, Default)]
pub(super) struct Concealed(BTreeMap<SourceId, Vec<Range<u32>>>);

impl Concealed {
    pub(super) fn add(&mut self, span: Span) {
        let hidden = self.0.entry(span.source).or_default();
        let first = hidden.partition_point(|range| range.end < span.start);
        let end = hidden.partition_point(|range| range.start <= span.end).max(first);
        let start = hidden[first..end].first().map_or(span.start, |range| range.start.min(span.start));
        let stop = hidden[first..end].last().map_or(span.end, |range| range.end.max(span.end));
        hidden.splice(first..end, std::iter::once(start..stop));
    }

    /// What is hidden of a span, in order.
    pub(super) fn inside(&self, span: Span) -> impl Iterator<Item = Range<u32>> {
        let hidden = self.0.get(&span.source).map(Vec::as_slice).unwrap_or_default();
        let first = hidden.partition_point(|range| range.end <= span.start);
        let overlapping = hidden[first..].iter().take_while(move |range| range.start < span.end);
        overlapping
            .map(move |range| range.start.max(span.start)..range.end.min(span.end))
            .filter(|range| !range.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_meet_become_one() {
        let id = SourceId(0);
        let mut concealed = Concealed::default();
        for (start, end) in [(10, 12), (2, 4), (20, 30), (3, 9), (9, 10), (22, 25)] {
            concealed.add(Span::new(id, start, end));
        }
        let hidden = |start, end| concealed.inside(Span::new(id, start, end)).collect::<Vec<_>>();
        assert_eq!(hidden(0, 40), [2..12, 20..30]);
        assert_eq!(hidden(11, 21), [11..12, 20..21]);
        assert_eq!(hidden(12, 20), []);
        assert_eq!(concealed.inside(Span::new(SourceId(1), 0, 40)).count(), 0);
    }
}
