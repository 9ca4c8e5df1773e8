//! What each name of a text stands for: a module, a function of the text, a value.

use std::{collections::BTreeMap, ops::Range};

use crate::lua::tree::{Block, Expression, ExpressionKind, Function, Item, Key, LinkKind, Statement, StatementKind};

/// Modules that are there without `require`, and whose functions do more than compute.
const GLOBAL_MODULES: [&str; 3] = ["channel", "coroutine", "process"];

/// Something that was declared under a name.
#[derive(Debug, Default)]
pub(super) struct Binding<'t> {
    pub(super) made: Option<Made<'t>>,
    pub(super) function: Option<&'t Function>,
    pub(super) table: Option<&'t [Item]>,
    /// How often its value is asked for.
    pub(super) reads: usize,
    is_set: bool,
}

/// What a value comes from: a module itself, or a function of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Made<'t> {
    pub(super) module: &'t str,
    /// The function that gave the value; nothing for the module itself.
    pub(super) by: Option<&'t str>,
}

pub(super) type BindingId = usize;

/// The names of one text.
pub(super) struct Names<'t> {
    pub(super) text: &'t str,
    bindings: Vec<Binding<'t>>,
    /// By the place of a name.
    uses: BTreeMap<usize, BindingId>,
    /// `function library.name()`: nothing if there are two of them.
    members: BTreeMap<(BindingId, &'t str), Option<&'t Function>>,
}

impl<'t> Names<'t> {
    pub(super) fn of(text: &'t str, tree: &'t Block, is_import: &dyn Fn(&str) -> bool) -> Self {
        #[cfg(test)]
        crate::lua::testing::count(|counted| counted.looks += 1);
        let names = Self { text, bindings: Vec::new(), uses: BTreeMap::new(), members: BTreeMap::new() };
        let mut scoping = Scoping { names, scopes: Vec::new(), is_import };
        scoping.block(tree);
        scoping.names
    }

    /// The text of a name.
    pub(super) fn word(&self, span: &Range<usize>) -> &'t str {
        &self.text[span.clone()]
    }

    /// What a name stands for; nothing for a global.
    pub(super) fn binding(&self, name: &Range<usize>) -> Option<&Binding<'t>> {
        self.uses.get(&name.start).map(|id| &self.bindings[*id])
    }

    pub(super) fn id(&self, name: &Range<usize>) -> Option<BindingId> {
        self.uses.get(&name.start).copied()
    }

    /// `library.name`, if the text says what that is.
    pub(super) fn member(&self, library: BindingId, name: &str) -> Option<&'t Function> {
        let members: &BTreeMap<(BindingId, &str), Option<&'t Function>> = &self.members;
        *members.get(&(library, name))?
    }

    /// Everything that some table of the text has under a name; nothing if none has it.
    pub(super) fn members(&self, name: &str) -> Option<Vec<Option<&'t Function>>> {
        let all = self.members.iter().filter(|((_, called), _)| *called == name).map(|(_, function)| *function);
        let all: Vec<_> = all.collect();
        (!all.is_empty()).then_some(all)
    }

    /// The function that a value is, if the text says which.
    pub(super) fn function(&self, value: &'t Expression) -> Option<&'t Function> {
        match &value.kind {
            ExpressionKind::Function(function) => Some(function),
            ExpressionKind::Name => self.binding(&value.span)?.function,
            ExpressionKind::Group(inner) => self.function(inner),
            ExpressionKind::Chain { head, links } => match links.as_slice() {
                [link] => match &link.kind {
                    LinkKind::Field(name) => self.member(self.id(&head.span)?, self.word(name)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// The module that the first part of a chain comes from.
    pub(super) fn made(&self, head: &Expression) -> Option<Made<'t>> {
        let ExpressionKind::Name = head.kind else { return None };
        match self.binding(&head.span) {
            Some(binding) => binding.made,
            None => {
                let word = self.word(&head.span);
                GLOBAL_MODULES.contains(&word).then_some(Made { module: word, by: None })
            }
        }
    }
}

/// Goes through a text with the names that can be seen at each place.
struct Scoping<'t, 'i> {
    names: Names<'t>,
    scopes: Vec<BTreeMap<&'t str, BindingId>>,
    is_import: &'i dyn Fn(&str) -> bool,
}

impl<'t> Scoping<'t, '_> {
    fn block(&mut self, block: &'t Block) {
        self.scopes.push(BTreeMap::new());
        self.statements(block);
        self.scopes.pop();
    }

    fn statements(&mut self, block: &'t Block) {
        for statement in &block.0 {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'t Statement) {
        match &statement.kind {
            StatementKind::Local { names, values } => {
                self.expressions(values);
                for (at, name) in names.iter().enumerate() {
                    let binding = self.described(values.get(at));
                    self.declare(name, binding);
                }
            }
            StatementKind::Assign { targets, values } => {
                self.expressions(values);
                for (at, target) in targets.iter().enumerate() {
                    self.assign(target, values.get(at));
                }
            }
            StatementKind::Call(call) => self.expression(call),
            StatementKind::Do(body) => self.block(body),
            StatementKind::While { condition, body } => {
                self.expression(condition);
                self.block(body);
            }
            StatementKind::Repeat { body, condition } => {
                self.scopes.push(BTreeMap::new());
                self.statements(body);
                self.expression(condition);
                self.scopes.pop();
            }
            StatementKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    self.expression(condition);
                    self.block(body);
                }
                if let Some(body) = otherwise {
                    self.block(body);
                }
            }
            StatementKind::Count { name, bounds, body } => {
                self.expressions(bounds);
                self.inside(std::slice::from_ref(name), body);
            }
            StatementKind::Each { names, values, body } => {
                self.expressions(values);
                self.inside(names, body);
            }
            StatementKind::Function { path, function } => self.named_function(path, function),
            StatementKind::LocalFunction { name, function } => {
                self.declare(name, Binding { function: Some(function), is_set: true, ..Binding::default() });
                self.inside(&function.parameters, &function.body);
            }
            StatementKind::Return(values) => self.expressions(values),
            StatementKind::Break | StatementKind::Continue | StatementKind::Type => {}
        }
    }

    fn named_function(&mut self, path: &'t [Range<usize>], function: &'t Function) {
        let owner = path.first().and_then(|first| self.look_up(first));
        match (path, owner) {
            ([_], Some(owner)) => self.set(owner, Some(function)),
            ([_, name], Some(owner)) => self.set_member(owner, self.names.word(name), Some(function)),
            _ => {}
        }
        // `self` may be there; a name too many harms nobody.
        self.inside(&function.parameters, &function.body);
    }

    /// A body with names of its own.
    fn inside(&mut self, names: &'t [Range<usize>], body: &'t Block) {
        self.scopes.push(BTreeMap::new());
        for name in names {
            self.declare(name, Binding::default());
        }
        self.statements(body);
        self.scopes.pop();
    }

    fn declare(&mut self, name: &Range<usize>, binding: Binding<'t>) {
        let id = self.names.bindings.len();
        let table = binding.table;
        self.names.bindings.push(binding);
        self.names.uses.insert(name.start, id);
        let word = self.names.word(name);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(word, id);
        }
        for item in table.unwrap_or_default() {
            if let Key::Name(key) = &item.key {
                let function = self.names.function(&item.value);
                self.set_member(id, self.names.word(key), function);
            }
        }
    }

    /// The binding of a name that is used here.
    fn look_up(&mut self, name: &Range<usize>) -> Option<BindingId> {
        let word = self.names.word(name);
        let id = self.scopes.iter().rev().find_map(|scope| scope.get(word).copied())?;
        self.names.uses.insert(name.start, id);
        Some(id)
    }

    /// What a value says of the name that it is given.
    fn described(&self, value: Option<&'t Expression>) -> Binding<'t> {
        let Some(value) = value else { return Binding::default() };
        let table = match &value.kind {
            ExpressionKind::Table(items) => Some(items.as_slice()),
            _ => None,
        };
        Binding { made: self.made(value), function: self.names.function(value), table, is_set: true, reads: 0 }
    }

    fn made(&self, value: &'t Expression) -> Option<Made<'t>> {
        let ExpressionKind::Chain { head, links } = &value.kind else { return None };
        let last = links.last()?;
        if head.is_name() && self.names.word(&head.span) == "require" && self.names.id(&head.span).is_none() {
            let [only] = links.as_slice() else { return None };
            let LinkKind::Call(arguments) = &only.kind else { return None };
            let [Expression { kind: ExpressionKind::Text, span }] = arguments.as_slice() else { return None };
            let module = self.names.word(span).trim_matches(['"', '\'', '`']);
            return (!(self.is_import)(module)).then_some(Made { module, by: None });
        }
        let made = self.names.made(head)?;
        let before = links.len().checked_sub(2).map(|at| &links[at].kind);
        let by = match (&last.kind, before) {
            (LinkKind::Method(name, _), _) | (LinkKind::Call(_), Some(LinkKind::Field(name))) => self.names.word(name),
            _ => return None,
        };
        Some(Made { module: made.module, by: Some(by) })
    }

    fn assign(&mut self, target: &'t Expression, value: Option<&'t Expression>) {
        match &target.kind {
            ExpressionKind::Name => {
                if let Some(id) = self.look_up(&target.span) {
                    let function = value.and_then(|value| self.names.function(value));
                    self.set(id, function);
                }
            }
            ExpressionKind::Chain { head, links } => {
                self.expression(target);
                if let ([link], true) = (links.as_slice(), head.is_name())
                    && let (LinkKind::Field(name), Some(id)) = (&link.kind, self.names.id(&head.span))
                {
                    let function = value.and_then(|value| self.names.function(value));
                    self.set_member(id, self.names.word(name), function);
                }
            }
            _ => self.expression(target),
        }
    }

    /// A name is given a value after its declaration. Given two, nobody knows which it has.
    fn set(&mut self, id: BindingId, function: Option<&'t Function>) {
        let binding = &mut self.names.bindings[id];
        binding.function = function.filter(|_| !binding.is_set);
        binding.made = None;
        binding.table = None;
        binding.is_set = true;
    }

    fn set_member(&mut self, owner: BindingId, name: &'t str, function: Option<&'t Function>) {
        let known = &mut self.names.members;
        let function = function.filter(|_| !known.contains_key(&(owner, name)));
        known.insert((owner, name), function);
    }

    fn expressions(&mut self, expressions: &'t [Expression]) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &'t Expression) {
        match &expression.kind {
            ExpressionKind::Name => {
                if let Some(id) = self.look_up(&expression.span) {
                    self.names.bindings[id].reads += 1;
                }
            }
            ExpressionKind::Function(function) => self.inside(&function.parameters, &function.body),
            ExpressionKind::Table(items) => {
                for item in items {
                    if let Key::Expression(key) = &item.key {
                        self.expression(key);
                    }
                    self.expression(&item.value);
                }
            }
            ExpressionKind::Chain { head, links } => {
                self.expression(head);
                for link in links {
                    match &link.kind {
                        LinkKind::Field(_) => {}
                        LinkKind::Index(key) => self.expression(key),
                        LinkKind::Call(arguments) | LinkKind::Method(_, arguments) => self.expressions(arguments),
                    }
                }
            }
            ExpressionKind::Operation { operands: parts, .. }
            | ExpressionKind::Choice(parts)
            | ExpressionKind::Template(parts) => self.expressions(parts),
            ExpressionKind::Group(inner) => self.expression(inner),
            _ => {}
        }
    }
}
