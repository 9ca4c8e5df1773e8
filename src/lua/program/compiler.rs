//! Compiles programs, one after the other, and remembers what they have in common.
//!
//! A text is compiled and read once, however many programs it is a part of, and the texts of one profile
//! are tried in one state. So a project of thousands of entries is checked about as fast as its texts
//! are read. It lasts as long as a load of a project: what it remembers is never forgotten.

use std::{
    cell::OnceCell,
    collections::{HashMap, hash_map::Entry},
    ops::Range,
    rc::Rc,
    sync::Arc,
};

use super::{
    Chunk, ModuleSource, Program, ProgramSource,
    probe::{Trials, broken},
    requires, syntax,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    lua::{ProblemKind, Profile, problems, sandbox, syntax::Problem},
    source::{Source, SourceMap, Spanned},
};

/// Compiles and checks programs.
#[derive(Debug, Default)]
pub(crate) struct Compiler {
    /// By the text and the number of lines that stand before it.
    texts: HashMap<(usize, Arc<str>), Rc<Reading>>,
    trials: Vec<Trials>,
}

/// What is known of one text, whoever's it is.
#[derive(Debug)]
struct Reading {
    bytecode: mlua::Result<Arc<[u8]>>,
    problems: OnceCell<Vec<Problem>>,
    required: OnceCell<Vec<Range<usize>>>,
}

impl Compiler {
    /// Compiles and checks. Every problem of every text is reported.
    pub(crate) fn compile(
        &mut self,
        source: &ProgramSource,
        sources: &Arc<SourceMap>,
    ) -> Result<Arc<Program>, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let texts = || std::iter::once(&source.main).chain(&source.libraries);
        let mut chunks = Vec::new();
        for module in texts() {
            requires::check_modules(module, source.profile, &mut diagnostics);
            self.check_requires(module, source.profile, sources, &mut diagnostics);
            match self.chunk(module, sources) {
                Ok(chunk) => {
                    chunks.push(chunk);
                    if source.profile.deterministic {
                        self.check_determinism(module, sources, &mut diagnostics);
                    }
                }
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        if diagnostics.has_errors() {
            if let Some(missing) = self.missing_method(source, sources) {
                diagnostics.push(missing);
            }
            return Err(diagnostics);
        }
        let program = Program::of(source, chunks, sources);
        self.probe(&program, &source.method).map_err(|diagnostic| Diagnostics::from(*diagnostic))?;
        Ok(program)
    }

    /// What is wrong with a text alone, whatever is made of it; nothing is said of what it requires.
    pub(crate) fn check_text(
        &mut self,
        module: &ModuleSource,
        profile: Option<&Profile>,
        sources: &SourceMap,
    ) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        match self.chunk(module, sources) {
            Ok(_) if profile.is_some_and(|profile| profile.deterministic) => {
                self.check_determinism(module, sources, &mut diagnostics);
            }
            Ok(_) => {}
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
        diagnostics
    }

    /// What is wrong with a text and with what it requires itself: that of a program of which not all is
    /// there. What it requires without naming it is told if `is_all` that it names is known.
    pub(crate) fn check_module(
        &mut self,
        module: &ModuleSource,
        is_all: bool,
        profile: &Profile,
        sources: &SourceMap,
    ) -> Diagnostics {
        let mut diagnostics = self.check_text(module, Some(profile), sources);
        requires::check_modules(module, profile, &mut diagnostics);
        if is_all {
            self.check_requires(module, profile, sources, &mut diagnostics);
        }
        diagnostics
    }

    /// That the code has no function of the method's name, if its own text is good and only something else
    /// of the program is wrong. A text that asks for what is wrong ends there, and nothing is known.
    pub(crate) fn missing_method(&mut self, source: &ProgramSource, sources: &Arc<SourceMap>) -> Option<Diagnostic> {
        // A text that is not known is empty.
        let is_good = |compiler: &mut Self, module: &ModuleSource| {
            !module.text.is_empty() && !compiler.check_text(module, Some(source.profile), sources).has_errors()
        };
        if !is_good(self, &source.main) {
            return None;
        }
        let mut chunks = Vec::new();
        for module in std::iter::once(&source.main).chain(&source.libraries) {
            if is_good(self, module) {
                chunks.extend(self.chunk(module, sources));
            }
        }
        let program = Program::of(source, chunks, sources);
        let wrong = self.probe(&program, &source.method).err()?;
        (wrong.code == Code::MissingMethod).then_some(*wrong)
    }

    /// What is known of a text: its lines are compiled as those of the author's file.
    fn read(&mut self, module: &ModuleSource) -> Rc<Reading> {
        let is_shown = module.origin.whole.is_none();
        let before = if is_shown { module.origin.first_line.saturating_sub(1) } else { 0 };
        match self.texts.entry((before, Arc::clone(&module.text))) {
            Entry::Occupied(known) => Rc::clone(known.get()),
            Entry::Vacant(unknown) => {
                let compiled = sandbox::compile(&format!("{}{}", "\n".repeat(before), module.text));
                Rc::clone(unknown.insert(Rc::new(Reading {
                    bytecode: compiled.map(Arc::from),
                    problems: OnceCell::new(),
                    required: OnceCell::new(),
                })))
            }
        }
    }

    fn chunk(&mut self, module: &ModuleSource, sources: &SourceMap) -> Result<Chunk, Box<Diagnostic>> {
        let source = Arc::clone(sources.get(module.origin.source));
        let name = name_of(module, &source);
        match &self.read(module).bytecode {
            Ok(bytecode) => Ok(Chunk {
                id: module.id.clone(),
                name,
                bytecode: Arc::clone(bytecode),
                modules: module.modules.iter().map(|module| module.value.clone()).collect(),
                imports: module.imports.clone(),
                origin: module.origin,
                text: Arc::clone(&module.text),
                source,
            }),
            Err(error) => Err(Box::new(syntax::diagnostic(error, module, &source, &name))),
        }
    }

    /// Runs the program's text, in a state that others of its profile were tried in.
    fn probe(&mut self, program: &Arc<Program>, method: &Spanned<String>) -> Result<(), Box<Diagnostic>> {
        let at = match self.trials.iter().position(|trials| trials.are_of(program.profile)) {
            Some(at) => at,
            None => {
                let trials = Trials::open(program.profile).map_err(|error| broken(program, &error, method))?;
                self.trials.push(trials);
                self.trials.len() - 1
            }
        };
        let tried = self.trials[at].run(program, method);
        if self.trials[at].are_over() {
            self.trials.remove(at);
        }
        tried
    }

    /// Reports what a program of `profile` requires without naming it.
    fn check_requires(
        &mut self,
        module: &ModuleSource,
        profile: &Profile,
        sources: &SourceMap,
        diagnostics: &mut Diagnostics,
    ) {
        let reading = self.read(module);
        let required = reading.required.get_or_init(|| requires::required(&module.text));
        requires::check_text(module, required, profile, sources, diagnostics);
    }

    /// Reports what a deterministic program may not say.
    fn check_determinism(&mut self, module: &ModuleSource, sources: &SourceMap, diagnostics: &mut Diagnostics) {
        for problem in self.read(module).problems.get_or_init(|| problems(&module.text)) {
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
}

fn code_of(kind: ProblemKind) -> Code {
    match kind {
        ProblemKind::NativeIteration => Code::NativeIteration,
        ProblemKind::ReservedName => Code::ReservedName,
        ProblemKind::PowerAssignment | ProblemKind::Collector => Code::LuaError,
        ProblemKind::Unreadable | ProblemKind::TooDeep => Code::LuaSyntax,
    }
}

fn name_of(module: &ModuleSource, source: &Source) -> String {
    if module.origin.whole.is_none() { source.path.to_string() } else { module.id.to_string() }
}
