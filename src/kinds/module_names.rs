//! Names in `modules:`, and which of them a kind of code may use.

use std::marker::PhantomData;

use serde_json::json;

use crate::{
    diag::{Code, Diagnostic, closest},
    function,
    source::Span,
    yaml::{DecodeCx, Field, Node, Plain, Schema},
};

/// One name in `modules:`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModuleName {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// Where code runs, and so what it may use.
pub(crate) trait Place: Clone + std::fmt::Debug + PartialEq + 'static {
    /// What is wrong with naming this module there, if something is.
    fn check(module: &ModuleName) -> Option<Diagnostic>;
}

/// In a run of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InWorkflow;

/// In a call of a function.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InFunction;

/// In either: who imports a library decides what it may use.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Anywhere;

impl Place for InWorkflow {
    fn check(module: &ModuleName) -> Option<Diagnostic> {
        WORKFLOW.check(module)
    }
}

impl Place for InFunction {
    /// The program is compiled with its profile, which knows.
    fn check(_: &ModuleName) -> Option<Diagnostic> {
        None
    }
}

impl Place for Anywhere {
    fn check(_: &ModuleName) -> Option<Diagnostic> {
        None
    }
}

/// `modules:`: what code may `require`, beside its imports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Modules<P: Place> {
    pub(crate) names: Vec<ModuleName>,
    place: PhantomData<P>,
}

impl<P: Place> Field for Modules<P> {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let Some(items) = node.as_list() else {
            cx.wrong_type(node, "a list of modules");
            return None;
        };
        let names: Vec<Option<ModuleName>> = items.iter().map(|item| module_name::<P>(item, cx)).collect();
        Some(Self { names: names.into_iter().collect::<Option<_>>()?, place: PhantomData })
    }

    fn absent() -> Option<Self> {
        Some(Self { names: Vec::new(), place: PhantomData })
    }

    fn schema() -> Schema {
        Schema::list(Schema::new(json!({"type": "string", "minLength": 1})))
    }

    fn type_name() -> String {
        "list of module names".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

fn module_name<P: Place>(node: &Node, cx: &mut DecodeCx<'_>) -> Option<ModuleName> {
    let scalar = node.as_scalar().filter(|scalar| !scalar.is_null() && scalar.plain() == Plain::Text);
    let Some(name) = scalar.map(|scalar| &*scalar.text) else {
        cx.wrong_type(node, "a module's name");
        return None;
    };
    if name.contains(':') {
        let headline = format!("`{name}` is an entry's id, and a module's name is wanted");
        let diagnostic = Diagnostic::error(Code::BadValue, node.span, headline);
        cx.report(diagnostic.help("write entries under `imports`, each with a name of your choice"));
        return None;
    }
    if name.is_empty() {
        cx.bad_value(node.span, "a module's name cannot be empty");
        return None;
    }
    let module = ModuleName { name: name.to_owned(), span: node.span };
    match P::check(&module) {
        Some(diagnostic) => {
            cx.report(diagnostic);
            None
        }
        None => Some(module),
    }
}

/// Modules that code of one sort may `require`, and those it may not.
pub(crate) struct ModuleTable {
    /// As messages call the sort: `workflow`, `function`.
    pub(crate) profile: &'static str,
    pub(crate) modules: &'static [&'static str],
    /// Name, reason, way out.
    pub(crate) refused: &'static [(&'static str, &'static str, &'static str)],
}

impl ModuleTable {
    /// What is wrong with naming this module, if something is.
    pub(crate) fn check(&self, module: &ModuleName) -> Option<Diagnostic> {
        let (name, span) = (module.name.as_str(), module.span);
        if self.modules.contains(&name) {
            return None;
        }
        let profile = self.profile;
        if let Some((_, reason, way_out)) = self.refused.iter().find(|(refused, ..)| *refused == name) {
            let headline = format!("a {profile} cannot use the module `{name}`: {reason}");
            return Some(Diagnostic::error(Code::ForbiddenModule, span, headline).help(*way_out));
        }
        let diagnostic =
            Diagnostic::error(Code::UnknownModule, span, format!("no module for a {profile} is called `{name}`"))
                .label("unknown module");
        Some(match closest(name, self.modules.iter().copied()) {
            Some(close) => {
                diagnostic.help(format!("a module with a similar name exists: `{close}`")).patch(span, close)
            }
            None => diagnostic.help(format!("`metonic explain {profile}.lua` lists the modules")),
        })
    }
}

const NOT_THE_SAME: &str = "on replay it would not give the same again";
const IN_A_FUNCTION: &str = "call it in a `function.lua`, and call that with `funcs.call`";

/// What a workflow may use.
pub(crate) const WORKFLOW: ModuleTable = ModuleTable {
    profile: "workflow",
    modules: &[
        "base64", "channel", "crypto", "ctx", "errors", "funcs", "hash", "json", "logger", "os", "payload", "process",
        "text", "time", "uuid", "workflow", "yaml",
    ],
    refused: &[
        ("activity", "it is about the attempt of an activity", "use it in a `function.lua`"),
        ("env", NOT_THE_SAME, "read it in a `function.lua`, or pass it as an argument"),
        ("exec", NOT_THE_SAME, IN_A_FUNCTION),
        ("fs", NOT_THE_SAME, IN_A_FUNCTION),
        ("http", NOT_THE_SAME, IN_A_FUNCTION),
        ("http_client", NOT_THE_SAME, IN_A_FUNCTION),
        ("metrics", NOT_THE_SAME, IN_A_FUNCTION),
        ("sql", NOT_THE_SAME, IN_A_FUNCTION),
        ("store", NOT_THE_SAME, IN_A_FUNCTION),
        ("system", NOT_THE_SAME, IN_A_FUNCTION),
        ("registry", NOT_THE_SAME, IN_A_FUNCTION),
    ],
};

/// Reports a module that neither workflows nor functions have.
pub(super) fn unknown_everywhere(module: &ModuleName) -> Option<Diagnostic> {
    let profile = &function::PROFILE;
    let known = || {
        profile.modules.iter().chain(profile.globals).map(|known| known.name).chain(WORKFLOW.modules.iter().copied())
    };
    let refused = profile.refused.iter().chain(WORKFLOW.refused).map(|(name, ..)| *name);
    let name = module.name.as_str();
    if known().chain(refused).any(|known| known == name) {
        return None;
    }
    let diagnostic = Diagnostic::error(Code::UnknownModule, module.span, format!("there is no module called `{name}`"));
    Some(match closest(name, known()) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")).patch(module.span, close),
        None => diagnostic.help("to use another entry's code, name it in `imports:`"),
    })
}
