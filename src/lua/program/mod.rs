//! The code of one workflow or function: its chunk, its libraries, its method; immutable.
//!
//! Each text is compiled once; the bytecode never leaves the process, and none is ever read from
//! outside. Lines that Lua reports are lines of the author's file: a text that stands inside a YAML
//! file is compiled with as many empty lines before it as the file has.

mod compiler;
mod probe;
mod requires;
mod syntax;
#[cfg(test)]
mod tests;

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use indexmap::IndexMap;

use crate::{
    diag::Diagnostic,
    entry::EntryId,
    lua::{Frame, Profile},
    source::{Digest, Source, SourceId, SourceMap, Span, Spanned},
};

pub(crate) use compiler::Compiler;

/// What a program is made of.
#[derive(Clone, Debug)]
pub(crate) struct ProgramSource {
    pub(crate) main: ModuleSource,
    /// Everything that is imported, by whomever, each once.
    pub(crate) libraries: Vec<ModuleSource>,
    /// The function to call, if the code returns a table; and where that was written.
    pub(crate) method: Spanned<String>,
    pub(crate) profile: &'static Profile,
}

/// One Lua text and what it may `require`.
#[derive(Clone, Debug)]
pub(crate) struct ModuleSource {
    pub(crate) id: EntryId,
    pub(crate) text: Arc<str>,
    pub(crate) origin: TextOrigin,
    pub(crate) modules: Vec<Spanned<String>>,
    /// By the name that the text calls it.
    pub(crate) imports: IndexMap<String, EntryId>,
}

/// Where a Lua text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextOrigin {
    pub(crate) source: SourceId,
    /// The line of the source that the text's first line stands on, from 1.
    pub(crate) first_line: usize,
    /// How many bytes stand before each line of the text.
    pub(crate) indent: usize,
    /// All of the text, if its lines are not lines of the source: it was folded, or quoted.
    pub(crate) whole: Option<Span>,
}

impl TextOrigin {
    /// The text is the whole file.
    pub(crate) fn file(source: SourceId) -> Self {
        Self { source, first_line: 1, indent: 0, whole: None }
    }

    /// Where some bytes of `text` stand in the author's file.
    fn span(&self, text: &str, range: Range<usize>, source: &Source) -> Span {
        if let Some(whole) = self.whole {
            return whole;
        }
        let place = |at: usize| {
            let before = &text[..at];
            let column = at - before.rfind('\n').map_or(0, |line_break| line_break + 1);
            let line = source.line_range(self.first_line + before.matches('\n').count());
            (line.start + self.indent + column).min(line.end)
        };
        Span::new(self.source, place(range.start), place(range.end))
    }
}

impl ModuleSource {
    /// Where some bytes of the text stand in the author's file.
    pub(crate) fn span(&self, range: Range<usize>, sources: &SourceMap) -> Span {
        self.origin.span(&self.text, range, sources.get(self.origin.source))
    }

    /// Adds a line of the text to what is wrong with it, where the author's file does not show it.
    pub(crate) fn with_line(&self, diagnostic: Diagnostic, line: usize, source: &Source) -> Diagnostic {
        let Some(whole) = self.origin.whole else { return diagnostic };
        let is_seen = !self.text.trim_end().contains('\n') && !source.text[whole.range()].contains('\n');
        let Some(text) = self.text.lines().nth(line.saturating_sub(1)).filter(|_| !is_seen) else { return diagnostic };
        let mut shown: String = text.trim().chars().take(MOST_SHOWN).collect();
        if shown.len() < text.trim().len() {
            shown.push('…');
        }
        diagnostic.note(format!("line {line} of the code: `{shown}`"))
    }

    /// [`Self::with_line`], by a place in the text.
    pub(crate) fn with_line_at(&self, diagnostic: Diagnostic, at: usize, sources: &SourceMap) -> Diagnostic {
        let line = self.text[..at].matches('\n').count() + 1;
        self.with_line(diagnostic, line, sources.get(self.origin.source))
    }
}

/// How much of a line of code a note shows, in characters.
const MOST_SHOWN: usize = 100;

/// Compiled code, ready to be run by any number of runs.
#[derive(Debug)]
pub(crate) struct Program {
    /// The main chunk comes first.
    chunks: Vec<Chunk>,
    method: String,
    /// Where the function begins, if the text could be run to find out.
    main: OnceLock<Frame>,
    /// Once somebody asks: most programs are only checked.
    hash: OnceLock<Digest>,
    profile: &'static Profile,
    sources: Arc<SourceMap>,
}

/// One compiled text.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) id: EntryId,
    /// What Lua calls it in messages: the file's path.
    pub(crate) name: String,
    pub(crate) bytecode: Arc<[u8]>,
    pub(crate) modules: Vec<String>,
    pub(crate) imports: IndexMap<String, EntryId>,
    origin: TextOrigin,
    text: Arc<str>,
    source: Arc<Source>,
}

/// A line of a text, in that text.
#[derive(Clone, Debug)]
pub(crate) struct CodeLine<'p> {
    pub(crate) text: &'p str,
    /// The line's bytes in the text.
    pub(crate) line: Range<usize>,
    chunk: &'p Chunk,
}

impl CodeLine<'_> {
    /// Where some bytes of the text stand in the author's file.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        self.chunk.origin.span(self.text, range, &self.chunk.source)
    }
}

/// A line of the author's code.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CodePlace {
    /// The line, without the white space around it; all of a text that was folded or quoted.
    pub(crate) span: Span,
    /// As people see it: `orders.lua:12`.
    pub(crate) text: String,
}

impl Program {
    fn of(source: &ProgramSource, chunks: Vec<Chunk>, sources: &Arc<SourceMap>) -> Arc<Self> {
        Arc::new(Self {
            chunks,
            method: source.method.value.clone(),
            main: OnceLock::new(),
            hash: OnceLock::new(),
            profile: source.profile,
            sources: Arc::clone(sources),
        })
    }

    /// Of everything that can change what it does.
    pub(crate) fn hash(&self) -> Digest {
        *self.hash.get_or_init(|| hash(self))
    }

    pub(crate) fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// The function to call, if the code returns a table.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// Where that function begins, as far as is known.
    pub(crate) fn main(&self) -> Option<&Frame> {
        self.main.get()
    }

    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The texts that it was made of, among others; what its places are in.
    pub(crate) fn sources(&self) -> &Arc<SourceMap> {
        &self.sources
    }

    /// Where a line is that Lua names; nothing if it is not the author's.
    pub(crate) fn place(&self, chunk: &str, line: usize) -> Option<CodePlace> {
        self.chunks.iter().find(|candidate| candidate.name == chunk).map(|chunk| chunk.place(line))
    }

    /// The text that has a line which Lua names; nothing if its lines are not those of the author's file.
    pub(crate) fn code(&self, chunk: &str, line: usize) -> Option<CodeLine<'_>> {
        let chunk = self.chunks.iter().find(|candidate| candidate.name == chunk)?;
        let text: &str = &chunk.text;
        let row = line.checked_sub(chunk.origin.first_line).filter(|_| chunk.origin.whole.is_none())?;
        let start = text.split_inclusive('\n').take(row).map(str::len).sum();
        let length = text.get(start..)?.lines().next()?.len();
        Some(CodeLine { text, line: start..start + length, chunk })
    }
}

impl Chunk {
    fn place(&self, line: usize) -> CodePlace {
        place(&self.source, self.origin, &self.name, line)
    }
}

fn place(source: &Source, origin: TextOrigin, name: &str, line: usize) -> CodePlace {
    let range = origin.whole.map_or_else(|| source.line_range(line), Span::range);
    let text = &source.text[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    let end = range.start + text.trim_end().len();
    CodePlace { span: Span::new(origin.source, start, end.max(start)), text: format!("{name}:{line}") }
}

fn hash(program: &Program) -> Digest {
    let mut parts: Vec<String> = vec![program.profile.name.to_owned(), program.method.clone()];
    for chunk in &program.chunks {
        parts.extend([chunk.id.to_string(), chunk.text.to_string(), chunk.modules.len().to_string()]);
        parts.extend(chunk.modules.iter().cloned());
        parts.extend(chunk.imports.iter().flat_map(|(alias, id)| [alias.clone(), id.to_string()]));
    }
    Digest::of_parts(parts.iter().map(String::as_bytes))
}
