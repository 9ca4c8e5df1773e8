//! Knows every text that was read, and every place in it.
//!
//! A text is added once and never changes; what changes on disk becomes a new text of a new map.
//! Ids are handed out in the order of adding, so they are the same for the same project.

mod concealed;
mod concern;
mod files;
mod named;
mod span;
#[cfg(test)]
#[cfg(unix)]
mod testing;
mod walk;

use std::{
    borrow::Cow,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use concealed::Concealed;

pub(crate) use files::{FileError, Files, clean};
pub(crate) use named::Modes;
pub(crate) use span::{SourceId, Span, Spanned};

/// SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::of_parts([bytes])
    }

    /// Of several parts; their borders count, so `["ab", "c"]` differs from `["a", "bc"]`.
    pub(crate) fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first twelve hexadecimal digits: enough for people to tell two apart.
    pub(crate) fn short(&self) -> String {
        self.0[..6].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.short())
    }
}

/// One text, as it was read. Debug output does not show it: it may hold credentials.
pub(crate) struct Source {
    /// Relative to the project, with `/`; what diagnostics print.
    pub(crate) path: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) digest: Digest,
    line_starts: Vec<u32>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{:?}", self.path, self.digest)
    }
}

/// All texts of one load of a project.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceMap {
    sources: Vec<Arc<Source>>,
    /// Places that may hold secrets, for diagnostics.
    concealed: Concealed,
}

impl SourceMap {
    /// Adds a text. The same path with the same text gives the same id.
    pub(crate) fn add(&mut self, path: &str, text: impl Into<Arc<str>>) -> SourceId {
        let text = text.into();
        if let Some(at) = self.sources.iter().position(|s| &*s.path == path && s.text == text) {
            return SourceId(id_of(at));
        }
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| id_of(at + 1)));
        let digest = Digest::of(text.as_bytes());
        self.sources.push(Arc::new(Source { path: path.into(), text, digest, line_starts }));
        SourceId(id_of(self.sources.len() - 1))
    }

    /// The same texts, with `folder` before each path: for who stands outside the project.
    pub(crate) fn seen_from_outside(&self, folder: &Path) -> Self {
        let folder: PathBuf = folder.components().filter(|part| *part != Component::CurDir).collect();
        let seen = |source: &Arc<Source>| {
            let Source { path, text, digest, line_starts } = &**source;
            let path = folder.join(&**path).to_string_lossy().as_ref().into();
            Arc::new(Source { path, text: Arc::clone(text), digest: *digest, line_starts: line_starts.clone() })
        };
        Self { sources: self.sources.iter().map(seen).collect(), concealed: self.concealed.clone() }
    }

    pub(crate) fn get(&self, id: SourceId) -> &Arc<Source> {
        self.sources.get(id.0 as usize).expect("a source id comes from its own map")
    }

    /// The text at a span.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.get(span.source).text.get(span.range()).unwrap_or_default()
    }

    /// From here on no diagnostic shows what stands at a place.
    pub(crate) fn conceal(&mut self, span: Span) {
        self.concealed.add(span);
    }

    /// Whether a place has something in it that no diagnostic shows.
    pub(crate) fn is_concealed(&self, span: Span) -> bool {
        self.concealed.inside(span).next().is_some()
    }

    /// The text at a span, with a star for each byte that no diagnostic shows: places stay the same.
    pub(crate) fn shown(&self, span: Span) -> Cow<'_, str> {
        let text = self.slice(span);
        if !self.is_concealed(span) {
            return Cow::Borrowed(text);
        }
        let mut shown = text.as_bytes().to_vec();
        for hidden in self.concealed.inside(span) {
            let inside = (hidden.start - span.start) as usize..(hidden.end - span.start) as usize;
            let bytes = shown.get_mut(inside).unwrap_or_default();
            bytes.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b'*');
        }
        Cow::Owned(String::from_utf8_lossy(&shown).into_owned())
    }

    /// The place of a span's beginning.
    pub(crate) fn place(&self, span: Span) -> Place {
        self.get(span.source).place(span.start as usize)
    }
}

/// A place as people count: lines and columns begin at 1, a column is a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Source {
    /// The line of a byte, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        self.line_starts.partition_point(|start| *start as usize <= at)
    }

    pub(crate) fn place(&self, at: usize) -> Place {
        let at = at.min(self.text.len());
        let line = self.line(at);
        let start = self.line_starts[line - 1] as usize;
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count()) + 1;
        Place { line, column }
    }

    /// The bytes of a line, counted from 1, without its line break; empty past the end.
    pub(crate) fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let Some(start) = line.checked_sub(1).and_then(|at| self.line_starts.get(at)) else {
            return self.text.len()..self.text.len();
        };
        let end = self.line_starts.get(line).map_or(self.text.len(), |next| *next as usize - 1);
        let start = *start as usize;
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }
}

fn id_of(at: usize) -> u32 {
    u32::try_from(at).expect("texts are limited to far less than 4 GiB when they are read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let mut map = SourceMap::default();
        let id = map.add("a.yaml", "é: 1\r\nb: 2\n");
        let source = map.get(id);
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(2), Place { line: 1, column: 2 });
        assert_eq!(source.place(7), Place { line: 2, column: 1 });
        assert_eq!(&source.text[source.line_range(1)], "é: 1");
        assert_eq!(&source.text[source.line_range(2)], "b: 2");
        assert_eq!(source.line_range(9), 12..12);
    }

    #[test]
    fn what_is_concealed_is_shown_as_stars_of_the_same_length() {
        let mut map = SourceMap::default();
        let id = map.add("a.yaml", "key: |\n  sésame\n  open\nb: 2\n");
        map.conceal(Span::new(id, 9, 23));
        assert_eq!(map.shown(Span::new(id, 5, 25)), "|\n  *******\n******\nb");
        assert_eq!(map.shown(Span::new(id, 24, 28)), "b: 2");
    }

    #[test]
    fn the_same_text_is_added_once() {
        let mut map = SourceMap::default();
        assert_eq!(map.add("a", "x"), map.add("a", "x"));
        assert_ne!(map.add("a", "x"), map.add("a", "y"));
    }

    #[test]
    fn a_digest_sees_the_borders_of_its_parts() {
        assert_ne!(Digest::of_parts([b"ab".as_slice(), b"c"]), Digest::of_parts([b"a".as_slice(), b"bc"]));
    }
}
