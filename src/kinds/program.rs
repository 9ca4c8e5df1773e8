//! The program of one entry: its code and everything that it imports, as `lua` compiles it.

use std::sync::Arc;

use super::{
    code::{Code, libraries, lua_fields},
    lua_fields::{LuaFields, name_clashes, usual_method},
    module_names::{Modules, unknown_everywhere},
};
use crate::{
    diag::Diagnostics,
    lua::{Compiler, Profile, Program, ProgramSource},
    registry::{CheckCx, Entry, Registry, Unfit},
    source::{Span, Spanned},
    yaml::Node,
};

/// What the program of `entry` is made of. Nothing if it is no Lua entry, or if something that it
/// imports, however far away, was not loaded; that was reported then.
pub(crate) fn program_source(entry: &Entry, registry: &Registry, profile: &'static Profile) -> Option<ProgramSource> {
    let lua = lua_fields(entry)?;
    let code = Code::of(entry, lua, &registry.sources);
    let libraries = libraries(&code, registry, &[]);
    libraries.is_all.then(|| ProgramSource {
        main: code.module,
        libraries: libraries.modules(),
        method: method(entry, lua),
        profile,
    })
}

/// Compiles the program of `entry` and reports what is wrong with it; whether nothing is.
pub(super) fn check_program(entry: &Entry, profile: &'static Profile, cx: &mut CheckCx<'_>) -> bool {
    let Some(lua) = lua_fields(entry) else { return true };
    let code = Code::of(entry, lua, &cx.registry.sources);
    check_code(code, Some(method(entry, lua)), profile, cx)
}

/// Reports what is wrong with the code of a library, whoever imports it.
pub(super) fn check_library(entry: &Entry, lua: &LuaFields, cx: &mut CheckCx<'_>) {
    let code = Code::of(entry, lua, &cx.registry.sources);
    check_text_of(&code, cx);
}

/// Reports what is wrong with the code of an entry whose other fields are wrong.
pub(super) fn check_unfit_code(entry: &Unfit, profile: Option<&'static Profile>, cx: &mut CheckCx<'_>) {
    if let (Some(modules), Some(imports)) = (entry.field::<Modules>("modules"), entry.field("imports")) {
        cx.diagnostics.extend(name_clashes(&modules.names, &imports));
    }
    let code = Code::of_unfit(entry, &cx.registry.sources);
    let Some(profile) = profile else { return check_text_of(&code, cx) };
    let name = entry.field::<Option<String>>("method").map(|name| name.unwrap_or_else(usual_method));
    let method = name.map(|name| Spanned::new(name, place_of_method(&entry.body, entry.span)));
    check_code(code, method, profile, cx);
}

/// Reports what is wrong with a program, as far as it is known; whether nothing is.
fn check_code(code: Code, method: Option<Spanned<String>>, profile: &'static Profile, cx: &mut CheckCx<'_>) -> bool {
    let libraries = libraries(&code, cx.registry, cx.unfit);
    let registry = cx.registry;
    let sources = &registry.sources;
    let is_whole = libraries.is_all && method.is_some();
    let mut wrong = Diagnostics::default();
    if !is_whole {
        for Code { module, names_all } in std::iter::once(&code).chain(&libraries.found) {
            wrong.extend(cx.compiler.check_module(module, *names_all, profile, sources));
        }
    }
    if let Some(method) = method {
        let source = ProgramSource { main: code.module, libraries: libraries.modules(), method, profile };
        if is_whole {
            wrong.extend(cx.compiler.compile(&source, sources).err().unwrap_or_default());
        } else if let Some(missing) = cx.compiler.missing_method(&source, sources) {
            wrong.push(missing);
        }
    }
    let is_good = !wrong.has_errors();
    cx.diagnostics.extend(wrong);
    is_good
}

fn check_text_of(code: &Code, cx: &mut CheckCx<'_>) {
    for unknown in code.module.modules.iter().filter_map(unknown_everywhere) {
        cx.diagnostics.push(unknown);
    }
    cx.diagnostics.extend(cx.compiler.check_text(&code.module, None, &cx.registry.sources));
}

/// Compiles the program of an entry of a registry without errors.
pub(super) fn compile(
    entry: &Entry,
    registry: &Registry,
    profile: &'static Profile,
    compiler: &mut Compiler,
) -> Result<Arc<Program>, Diagnostics> {
    let source = program_source(entry, registry, profile).expect("every import of a good registry is loaded");
    compiler.compile(&source, &registry.sources)
}

/// The method, and where it was written.
fn method(entry: &Entry, lua: &LuaFields) -> Spanned<String> {
    Spanned::new(lua.method.clone(), place_of_method(&entry.body, entry.span))
}

/// Where the method was written: at the code, if it was not.
fn place_of_method(body: &Node, span: Span) -> Span {
    let written = body.get("method").map(|node| node.span);
    let code = || body.pair("source").map(|pair| pair.key.span);
    written.or_else(code).unwrap_or(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::{self, Look, render_all},
        entry::EntryId,
        function, kinds,
        lua::testing::counted,
        registry::{self, Loaded, Project},
        source::Files,
    };

    fn load(yaml: &str, others: &[(&str, &str)]) -> Loaded {
        let files = Files::memory(others.iter().copied().chain([("app/a.yaml", yaml)]));
        registry::load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 })
    }

    /// The place of the first diagnostic.
    fn error_place(yaml: &str) -> String {
        let loaded = load(yaml, &[]);
        let text = render_all(&loaded.diagnostics, &loaded.sources, Look::ASCII);
        text.lines().find(|line| line.contains("-->")).unwrap().trim().to_owned()
    }

    #[test]
    fn a_program_has_every_import_once() {
        let yaml = "namespace: app\nentries:\n\
                    - {name: f, kind: function.lua, source: file://f.lua, method: run, imports: {a: a, b: b}}\n\
                    - {name: a, kind: library.lua, source: return 1, imports: {shared: c}}\n\
                    - {name: b, kind: library.lua, source: return 2, imports: {other: c}}\n\
                    - {name: c, kind: library.lua, source: return 3}\n";
        let registry = load(yaml, &[("app/f.lua", "return { run = function() end }")]).registry.unwrap();
        let entry = registry.get(&EntryId::new("app", "f").unwrap()).unwrap();
        let source = program_source(entry, &registry, &function::PROFILE).unwrap();
        let libraries: Vec<String> = source.libraries.iter().map(|library| library.id.to_string()).collect();
        assert_eq!(libraries, ["app:a", "app:b", "app:c"]);
        assert_eq!(registry.sources.slice(source.method.span), "run");
        assert_eq!(source.main.origin.first_line, 1);
    }

    /// Functions and workflows, half of them of one file.
    fn many(count: usize) -> (String, Vec<(String, String)>) {
        let mut yaml = "namespace: app\nentries:\n- {name: lib, kind: library.lua, source: return 1}\n".to_owned();
        let mut files = vec![("app/shared.lua".to_owned(), "return function() end".to_owned())];
        for at in 0..count {
            let kind = ["function.lua", "workflow.lua"][at / 2 % 2];
            let name = if at % 2 == 0 { "shared".to_owned() } else { format!("own{at}") };
            yaml += &format!("- {{name: e{at}, kind: {kind}, source: file://{name}.lua, imports: {{lib: lib}}}}\n");
            if at % 2 == 1 {
                files.push((format!("app/{name}.lua"), format!("local n = {at}\nreturn function() return n end")));
            }
        }
        (yaml, files)
    }

    #[test]
    fn a_load_compiles_each_text_once_and_opens_a_state_for_each_profile() {
        let (yaml, files) = many(40);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let before = counted();
        assert!(load(&yaml, &files).registry.is_some());
        let after = counted();
        // The library, the shared file, and twenty of their own.
        assert_eq!((after.states - before.states, after.texts - before.texts), (2, 22));
    }

    #[test]
    fn likely_mistakes_of_a_file_are_looked_for_once_however_many_methods_it_has() {
        let names: Vec<String> = (0..40).map(|at| format!("m{at}")).collect();
        let loops = names.iter().map(|name| format!("function M.{name}() while true do time.sleep(1) end end\n"));
        let text = format!("local time, M = require('time'), {{}}\n{}return M", loops.collect::<String>());
        let entry = |name: &String| {
            format!("- {{name: {name}, kind: workflow.lua, source: file://all.lua, method: {name}, modules: [time]}}\n")
        };
        let workflows: String = names.iter().map(entry).collect();
        let function = "- {name: f, kind: function.lua, source: file://all.lua, method: m0, modules: [time]}\n";
        let before = counted();
        let loaded = load(&format!("namespace: app\nentries:\n{workflows}{function}"), &[("app/all.lua", &text)]);
        // Each method's own mistake is told, once; the function has other rules.
        let told = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.code == diag::Code::EndlessHistory);
        assert_eq!(told.count(), 40);
        assert_eq!(counted().looks - before.looks, 2);
    }

    #[test]
    fn an_error_in_one_library_costs_no_other_entry_a_compilation() {
        let (yaml, files) = many(40);
        let yaml = format!(
            "{yaml}- {{name: broken, kind: library.lua, source: 'return ='}}\n\
                            - {{name: last, kind: function.lua, source: return 2, imports: {{a: broken, b: lib}}}}\n"
        );
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let before = counted();
        assert!(load(&yaml, &files).registry.is_none());
        assert_eq!(counted().texts - before.texts, 24);
    }

    #[test]
    fn an_error_in_a_block_is_shown_on_its_line() {
        let yaml = "namespace: app\nentries:\n  - name: f\n    kind: function.lua\n    source: |\n      \
                    local a = 1\n      local = 2\n      return function() end\n";
        assert!(error_place(yaml).starts_with("--> app/a.yaml:7:"), "{}", error_place(yaml));
    }

    #[test]
    fn empty_lines_at_the_beginning_of_a_block_count() {
        let yaml = "namespace: app\nentries:\n  - name: f\n    kind: function.lua\n    source: |  # the code\n\n\n      \
                    local = 2\n";
        assert!(error_place(yaml).starts_with("--> app/a.yaml:8:"), "{}", error_place(yaml));
    }

    #[test]
    fn an_error_in_quoted_code_is_shown_at_the_code() {
        let yaml = "namespace: app\nentries:\n  - name: f\n    kind: function.lua\n    source: \"local = 2\"\n";
        assert!(error_place(yaml).starts_with("--> app/a.yaml:5:"), "{}", error_place(yaml));
    }
}
