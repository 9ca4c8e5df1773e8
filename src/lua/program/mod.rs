//! The code of one workflow or function: its chunk, its libraries, its method; immutable.
//!
//! Each text is compiled once; the bytecode never leaves the process, and none is ever read from
//! outside. Lines that Lua reports are lines of the author's file: a text that stands inside a YAML
//! file is compiled with as many empty lines before it as the file has.

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
    diag::{Code, Diagnostic, Diagnostics},
    entry::EntryId,
    lua::{Frame, ProblemKind, Profile, problems, sandbox},
    source::{Digest, Source, SourceId, SourceMap, Span, Spanned},
};

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
    hash: Digest,
    profile: &'static Profile,
    sources: Arc<SourceMap>,
}

/// One compiled text.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) id: EntryId,
    /// What Lua calls it in messages: the file's path.
    pub(crate) name: String,
    pub(crate) bytecode: Vec<u8>,
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
    /// Compiles and checks. Every problem of every text is reported.
    pub(crate) fn compile(source: &ProgramSource, sources: &SourceMap) -> Result<Arc<Self>, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let texts = || std::iter::once(&source.main).chain(&source.libraries);
        let mut chunks = Vec::new();
        for module in texts() {
            requires::check_modules(module, source.profile, &mut diagnostics);
            requires::check_text(module, source.profile, sources, &mut diagnostics);
            match compile(module, sources) {
                Ok(chunk) => {
                    chunks.push(chunk);
                    if source.profile.deterministic {
                        check_determinism(module, sources, &mut diagnostics);
                    }
                }
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        if diagnostics.has_errors() {
            if let Some(missing) = missing_method(source, sources) {
                diagnostics.push(missing);
            }
            return Err(diagnostics);
        }
        let program = Self::of(source, chunks, sources);
        probe::probe(&program, &source.method).map_err(|diagnostic| Diagnostics::from(*diagnostic))?;
        Ok(program)
    }

    fn of(source: &ProgramSource, chunks: Vec<Chunk>, sources: &SourceMap) -> Arc<Self> {
        Arc::new(Self {
            chunks,
            method: source.method.value.clone(),
            main: OnceLock::new(),
            hash: hash(source),
            profile: source.profile,
            sources: Arc::new(sources.clone()),
        })
    }

    /// Of everything that can change what it does.
    pub(crate) fn hash(&self) -> Digest {
        self.hash
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

/// Reports what a deterministic program may not say.
fn check_determinism(module: &ModuleSource, sources: &SourceMap, diagnostics: &mut Diagnostics) {
    for problem in problems(&module.text) {
        let text = &module.text[problem.span.clone()];
        let span = module.span(problem.span.clone(), sources);
        let diagnostic = Diagnostic::error(code_of(problem.kind), span, problem.kind.headline(text));
        let diagnostic = module.with_line_at(diagnostic.help(problem.kind.help(text)), problem.span.start, sources);
        // What is replaced has to be what is shown.
        diagnostics.push(match problem.kind.replacement(text).filter(|_| module.origin.whole.is_none()) {
            Some(better) => diagnostic.patch(span, better),
            None => diagnostic,
        });
    }
}

fn code_of(kind: ProblemKind) -> Code {
    match kind {
        ProblemKind::NativeIteration => Code::NativeIteration,
        ProblemKind::ReservedName => Code::ReservedName,
        ProblemKind::PowerAssignment | ProblemKind::Collector => Code::LuaError,
        ProblemKind::Unreadable => Code::LuaSyntax,
    }
}

/// The text as it is compiled: its lines are those of the author's file.
fn padded(module: &ModuleSource) -> String {
    let before = if module.origin.whole.is_none() { module.origin.first_line.saturating_sub(1) } else { 0 };
    format!("{}{}", "\n".repeat(before), module.text)
}

fn name_of(module: &ModuleSource, source: &Source) -> String {
    if module.origin.whole.is_none() { source.path.to_string() } else { module.id.to_string() }
}

/// What is wrong with a text alone, whatever is made of it; nothing is said of what it requires.
pub(crate) fn check_text(module: &ModuleSource, profile: Option<&Profile>, sources: &SourceMap) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    match compile(module, sources) {
        Ok(_) if profile.is_some_and(|profile| profile.deterministic) => {
            check_determinism(module, sources, &mut diagnostics);
        }
        Ok(_) => {}
        Err(diagnostic) => diagnostics.push(*diagnostic),
    }
    diagnostics
}

/// What is wrong with a text and with what it requires itself: that of a program of which not all is
/// there. What it requires without naming it is told if `is_all` that it names is known.
pub(crate) fn check_module(module: &ModuleSource, is_all: bool, profile: &Profile, sources: &SourceMap) -> Diagnostics {
    let mut diagnostics = check_text(module, Some(profile), sources);
    requires::check_modules(module, profile, &mut diagnostics);
    if is_all {
        requires::check_text(module, profile, sources, &mut diagnostics);
    }
    diagnostics
}

/// That the code has no function of the method's name, if its own text is good and only something else of the
/// program is wrong. A text that asks for what is wrong ends there, and nothing is known.
pub(crate) fn missing_method(source: &ProgramSource, sources: &SourceMap) -> Option<Diagnostic> {
    // A text that is not known is empty.
    let is_good = |module: &ModuleSource| {
        !module.text.is_empty() && !check_text(module, Some(source.profile), sources).has_errors()
    };
    if !is_good(&source.main) {
        return None;
    }
    let libraries = source.libraries.iter().filter(|library| is_good(library));
    let chunks = std::iter::once(&source.main).chain(libraries).filter_map(|module| compile(module, sources).ok());
    let program = Program::of(source, chunks.collect(), sources);
    let wrong = probe::probe(&program, &source.method).err()?;
    (wrong.code == Code::MissingMethod).then_some(*wrong)
}

fn compile(module: &ModuleSource, sources: &SourceMap) -> Result<Chunk, Box<Diagnostic>> {
    let source = Arc::clone(sources.get(module.origin.source));
    let name = name_of(module, &source);
    let bytecode = sandbox::compile(&padded(module))
        .map_err(|error| Box::new(syntax::diagnostic(&error, module, &source, &name)))?;
    Ok(Chunk {
        id: module.id.clone(),
        name,
        bytecode,
        modules: module.modules.iter().map(|module| module.value.clone()).collect(),
        imports: module.imports.clone(),
        origin: module.origin,
        text: Arc::clone(&module.text),
        source,
    })
}

fn place(source: &Source, origin: TextOrigin, name: &str, line: usize) -> CodePlace {
    let range = origin.whole.map_or_else(|| source.line_range(line), Span::range);
    let text = &source.text[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    let end = range.start + text.trim_end().len();
    CodePlace { span: Span::new(origin.source, start, end.max(start)), text: format!("{name}:{line}") }
}

fn hash(source: &ProgramSource) -> Digest {
    let mut parts: Vec<String> = vec![source.profile.name.to_owned(), source.method.value.clone()];
    for module in std::iter::once(&source.main).chain(&source.libraries) {
        parts.extend([module.id.to_string(), module.text.to_string(), module.modules.len().to_string()]);
        parts.extend(module.modules.iter().map(|module| module.value.clone()));
        parts.extend(module.imports.iter().flat_map(|(alias, id)| [alias.clone(), id.to_string()]));
    }
    Digest::of_parts(parts.iter().map(String::as_bytes))
}
