//! Names in `modules:`. What a kind of code may use is checked when its program is compiled.

use serde_json::json;

use crate::{
    diag::{Code, Diagnostic, closest},
    function,
    lua::other_name,
    registry::Unfit,
    source::{Span, Spanned},
    workflow,
    yaml::{DecodeCx, Field, Node, Plain, Schema},
};

/// One name in `modules:`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModuleName {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// `modules:`: what code may `require`, beside its imports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Modules {
    pub(crate) names: Vec<ModuleName>,
}

impl Modules {
    /// Those that an entry with errors names, as far as they are known; and whether these are all.
    pub(super) fn of_unfit(entry: &Unfit) -> (Vec<ModuleName>, bool) {
        let Some(node) = entry.body.get("modules") else {
            return (Vec::new(), entry.field::<Self>("modules").is_some());
        };
        let Some(items) = node.as_list() else { return (Vec::new(), false) };
        let read = |node: &Node| entry.read(|cx| module_name(node, cx));
        let known: Vec<ModuleName> = items.iter().filter(|item| !item.is_not_included()).filter_map(read).collect();
        let is_all = known.len() == items.len() && !entry.is_twice("modules");
        (known, is_all)
    }
}

impl Field for Modules {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let Some(items) = node.as_list() else {
            cx.wrong_type(node, "a list of modules");
            return None;
        };
        let names: Vec<Option<ModuleName>> = items.iter().map(|item| module_name(item, cx)).collect();
        Some(Self { names: names.into_iter().collect::<Option<_>>()? })
    }

    fn absent() -> Option<Self> {
        Some(Self { names: Vec::new() })
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

fn module_name(node: &Node, cx: &mut DecodeCx<'_>) -> Option<ModuleName> {
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
    Some(ModuleName { name: name.to_owned(), span: node.span })
}

/// Reports a module that neither workflows nor functions have.
pub(super) fn unknown_everywhere(module: &Spanned<String>) -> Option<Diagnostic> {
    let profiles = [&workflow::PROFILE, &function::PROFILE];
    let known =
        || profiles.iter().flat_map(|profile| profile.modules.iter().chain(profile.globals)).map(|known| known.name);
    let refused = profiles.iter().flat_map(|profile| profile.refused).map(|(name, ..)| *name);
    let name = module.value.as_str();
    if known().chain(refused).any(|known| known == name) {
        return None;
    }
    let diagnostic = Diagnostic::error(Code::UnknownModule, module.span, format!("there is no module called `{name}`"));
    Some(match other_name(name).or_else(|| closest(name, known())) {
        Some(close) => diagnostic.did_you_mean(close).patch_text(module.span, close),
        None => diagnostic.help("to use another entry's code, name it in `imports:`"),
    })
}
