use indexmap::IndexMap;
use mlua::MultiValue;

use super::*;
use crate::{
    diag::{Code, Diagnostics},
    lua::{Realm, Step, Tasks, Vm, testing::DETERMINISTIC, to_lua},
    value::Value,
};

fn id(text: &str) -> EntryId {
    EntryId::parse(text, None).unwrap()
}

/// A main text with `modules` and `imports`, and libraries by id.
struct Project {
    sources: SourceMap,
    source: ProgramSource,
}

impl Project {
    fn new(text: &str) -> Self {
        let mut sources = SourceMap::default();
        let main = module(&mut sources, "app:main", text);
        let span = Span::new(main.origin.source, 0, 0);
        let source = ProgramSource {
            main,
            libraries: Vec::new(),
            method: Spanned::new("main".to_owned(), span),
            profile: &DETERMINISTIC,
        };
        Self { sources, source }
    }

    fn module(mut self, name: &str) -> Self {
        let span = Span::new(self.source.main.origin.source, 0, 0);
        self.source.main.modules.push(Spanned::new(name.to_owned(), span));
        self
    }

    fn library(mut self, alias: &str, text: &str) -> Self {
        let library = module(&mut self.sources, &format!("app:{alias}"), text);
        for present in std::iter::once(&mut self.source.main).chain(&mut self.source.libraries) {
            present.imports.insert(alias.to_owned(), library.id.clone());
        }
        self.source.libraries.push(library);
        self
    }

    fn compile(&self) -> Result<Arc<Program>, Diagnostics> {
        Compiler::default().compile(&self.source, &Arc::new(self.sources.clone()))
    }

    fn problem(&self) -> (Code, String, String) {
        let diagnostics = self.compile().unwrap_err();
        let first = diagnostics.iter().next().unwrap().clone();
        let at = first.primary.unwrap().span;
        (first.code, first.headline, self.sources.slice(at).to_owned())
    }

    fn run(&self) -> Result<String, String> {
        Runs::new(self).run()
    }
}

fn module(sources: &mut SourceMap, id_text: &str, text: &str) -> ModuleSource {
    let id = id(id_text);
    let source = sources.add(&format!("{}.lua", id.name()), text);
    ModuleSource {
        id,
        text: text.into(),
        origin: TextOrigin::file(source),
        modules: Vec::new(),
        imports: IndexMap::new(),
    }
}

/// Many runs in one VM.
struct Runs(Vm);

impl Runs {
    fn new(project: &Project) -> Self {
        Self(Vm::open(&project.compile().unwrap()).unwrap())
    }

    /// What the program's function returns, as text, or the error that it raises.
    fn run(&self) -> Result<String, String> {
        let lua = self.0.lua();
        let tasks = std::rc::Rc::new(Tasks::default());
        Tasks::enter(lua, &tasks);
        let argument = to_lua(lua, &Value::Int(1)).unwrap();
        Realm::open(&self.0).unwrap().start(&self.0, &tasks, MultiValue::from_vec(vec![argument])).unwrap();
        let (_, step) = tasks.step(lua).unwrap().unwrap();
        match step {
            Step::Returned(values) => Ok(values.iter().map(|value| value.to_string().unwrap()).collect()),
            Step::Raised(error) => Err(error.located()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_text_returns_a_function_or_a_table_that_has_it() {
    assert_eq!(Project::new("return function(n) return n + 1 end").run(), Ok("2".to_owned()));
    assert_eq!(Project::new("return { main = function(n) return n + 2 end }").run(), Ok("3".to_owned()));
}

#[test]
fn the_method_has_to_be_there() {
    let (code, headline, _) = Project::new("return { mian = function() end }").problem();
    assert_eq!((code, headline.as_str()), (Code::MissingMethod, "the code returns no function called `main`"));
}

#[test]
fn a_syntax_error_points_at_the_word() {
    let (code, headline, at) = Project::new("local a = 1\nif a > 10 the\nend").problem();
    assert_eq!(code, Code::LuaSyntax);
    assert_eq!(headline, "expected `then` when parsing if statement, got `the`");
    assert_eq!(at, "the");
}

#[test]
fn an_inline_text_has_the_lines_of_its_file() {
    let yaml = "entries:\n  - source: |\n      local x = nil\n      return x.y\n";
    let mut sources = SourceMap::default();
    let source = sources.add("_index.yaml", yaml);
    let main = ModuleSource {
        id: id("app:main"),
        text: "local x = nil\nreturn x.y\n".into(),
        origin: TextOrigin { source, first_line: 3, indent: 6, whole: None },
        modules: Vec::new(),
        imports: IndexMap::new(),
    };
    let method = Spanned::new("main".to_owned(), Span::new(source, 0, 0));
    let program = ProgramSource { main, libraries: Vec::new(), method, profile: &DETERMINISTIC };
    let diagnostics = Compiler::default().compile(&program, &Arc::new(sources.clone())).unwrap_err();
    let label = diagnostics.iter().next().unwrap().primary.clone().unwrap();
    assert_eq!((sources.slice(label.span), label.span.start, label.text.as_str()), ("x", 56, "this is nil"));
}

#[test]
fn a_part_of_an_inline_text_is_found_in_its_file() {
    let yaml = "entries:\n  - source: |\n      return function(x)\n        return x + 1\n      end\n";
    let mut sources = SourceMap::default();
    let source = sources.add("_index.yaml", yaml);
    let main = ModuleSource {
        id: id("app:main"),
        text: "return function(x)\n  return x + 1\nend\n".into(),
        origin: TextOrigin { source, first_line: 3, indent: 6, whole: None },
        modules: Vec::new(),
        imports: IndexMap::new(),
    };
    let method = Spanned::new("main".to_owned(), Span::new(source, 0, 0));
    let source = ProgramSource { main, libraries: Vec::new(), method, profile: &DETERMINISTIC };
    let program = Compiler::default().compile(&source, &Arc::new(sources.clone())).unwrap();
    let code = program.code("_index.yaml", 4).unwrap();
    let at = code.line.start + code.text[code.line.clone()].find("x + 1").unwrap();
    assert_eq!(program.sources().slice(code.span(at..at + 5)), "x + 1");
}

#[test]
fn what_is_required_has_to_be_declared() {
    let (code, headline, at) = Project::new("local t = require('tme')\nreturn function() end").problem();
    assert_eq!(code, Code::UnknownModule);
    assert_eq!(headline, "`tme` is neither in `modules:` nor in `imports:` of `app:main`");
    assert_eq!(at, "tme");
}

#[test]
fn an_unknown_module_is_refused() {
    let (code, headline, _) = Project::new("return function() end").module("jsno").problem();
    assert_eq!((code, headline.as_str()), (Code::UnknownModule, "there is no module called `jsno`"));
}

#[test]
fn a_path_is_not_a_module() {
    let project = Project::new("return function() local name = './main' return require(name) end");
    let expected = "main.lua:1: require: `./main` is neither in `modules:` nor in `imports:` of `app:main`";
    assert_eq!(project.run(), Err(expected.to_owned()));
}

#[test]
fn a_global_of_one_run_is_not_there_in_another() {
    let runs =
        Runs::new(&Project::new("counter = (counter or 0) + 1\nreturn function() return counter, _G.counter end"));
    assert_eq!((runs.run(), runs.run()), (Ok("11".to_owned()), Ok("11".to_owned())));
}

#[test]
fn each_run_has_its_own_instance_of_a_library() {
    let main = "local lib = require('lib')\nreturn function() lib.count = lib.count + 1 return lib.count, lib.up() end";
    let lib = "local ups = 0 return { count = 0, up = function() ups = ups + 1 return ups end }";
    let runs = Runs::new(&Project::new(main).library("lib", lib));
    assert_eq!((runs.run(), runs.run()), (Ok("11".to_owned()), Ok("11".to_owned())));
}

#[test]
fn a_library_has_an_environment_of_its_own() {
    let main = "name = 'main' local lib = require('lib') return function() return name, lib(), leaked end";
    let lib = "name = 'lib' leaked = 1 return function() return name end";
    assert_eq!(Project::new(main).library("lib", lib).run(), Ok("mainlibnil".to_owned()));
}

#[test]
fn texts_that_require_each_other_are_told_so() {
    let project = Project::new("return require('a')").library("a", "return require('b')").library("b", "return 1");
    let mut project = project;
    project.source.libraries[1] = ModuleSource {
        text: "return require('a')".into(),
        imports: project.source.libraries[0].imports.clone(),
        ..project.source.libraries[1].clone()
    };
    project.source.libraries[1].imports.insert("a".to_owned(), id("app:a"));
    let (code, headline, _) = project.problem();
    assert_eq!(code, Code::LuaError);
    assert_eq!(headline, "`a` is still being loaded: two texts require each other, or its first load failed");
}

#[test]
fn a_coroutine_of_the_project_runs_to_its_end() {
    let project = Project::new(
        "return function(n) local f = coroutine.wrap(function(a) return coroutine.yield(a) end) f(n) return f(7) end",
    );
    assert_eq!(project.run(), Ok("7".to_owned()));
}

#[test]
fn the_hash_sees_every_part() {
    let hash = |project: Project| project.compile().unwrap().hash();
    let plain = || Project::new("return function() end");
    assert_eq!(hash(plain()), hash(plain()));
    assert_ne!(hash(plain()), hash(plain().module("json")));
    assert_ne!(hash(plain()), hash(plain().library("lib", "return 1")));
    assert_ne!(hash(plain()), hash(Project::new("return function() return 1 end")));
}

/// The same compiler for one program after the other.
fn compile_in_turn(texts: &[&str]) -> Vec<Result<(), String>> {
    let mut compiler = Compiler::default();
    let compile = |text: &&str| {
        let project = Project::new(text);
        let verdict = compiler.compile(&project.source, &Arc::new(project.sources)).map(drop);
        verdict.map_err(|diagnostics| diagnostics.headlines())
    };
    texts.iter().map(compile).collect()
}

#[test]
fn what_one_program_does_while_it_is_checked_no_other_sees() {
    let spoils = "leaked = 1 _G.more = 2 math.random() tostring({}) math.randomseed(7)\n\
                  pcall(function() string.leaked = 1 end) pcall(function() json.leaked = 1 end)\n\
                  coroutine.wrap(function() coroutine.yield() end)()\nreturn function() end";
    let tells = "error(`{leaked} {more} {string.leaked} {json.leaked} {math.random()} {tostring({})}`)";
    assert_eq!(compile_in_turn(&[spoils, tells]).pop(), compile_in_turn(&[tells]).pop());
}

#[test]
fn each_program_has_its_own_limits_while_it_is_checked() {
    let hold =
        |mib: u32| format!("local t = {{}} for i = 1, {mib} do t[i] = ('x'):rep(2^20) .. i end return function() end");
    let (fits, does_not) = (hold(50), hold(80));
    let turns = "for i = 1, 7e6 do end return function() end";
    let memory = Err("the code needs too much memory before its function is called".to_owned());
    assert_eq!(
        compile_in_turn(&[&fits, &does_not, &fits, &does_not, turns, turns]),
        [Ok(()), memory.clone(), Ok(()), memory, Ok(()), Ok(())]
    );
}

#[test]
fn a_table_that_never_tells_its_method_is_given_up() {
    let text = "return setmetatable({}, {__index = function() while true do end end})";
    assert_eq!(compile_in_turn(&[text]), [Err("the code runs too long before its function is called".to_owned())]);
}
