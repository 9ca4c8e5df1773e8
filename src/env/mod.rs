//! Finds values that live outside the files of entries.
//!
//! A *variable* is a name that entries and code use; a *storage* is where values are kept. Values
//! are read when they are asked for, never while a project is loaded. An empty value counts as none.

mod dotenv;
mod error;
mod storage;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use indexmap::IndexMap;

use crate::{
    diag::{Suggestions, closest},
    entry::EntryId,
    source::Files,
};

pub(crate) use error::EnvError;
pub(crate) use storage::{FileStorage, Storage};

/// Variables with their storages. Debug output shows names and no values.
pub(crate) struct Env {
    variables: IndexMap<EntryId, Variable>,
    storages: BTreeMap<EntryId, Storage>,
    files: Files,
    system: Arc<BTreeMap<String, String>>,
    suggestions: Suggestions,
}

/// One `env.variable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) id: EntryId,
    /// The public name, unique in the project.
    pub(crate) name: Option<String>,
    pub(crate) storage: EntryId,
    pub(crate) default: Option<String>,
    pub(crate) readonly: bool,
}

impl Variable {
    /// What the value is called in its storage.
    fn key(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.id.to_string())
    }

    /// What people call it.
    pub(crate) fn title(&self) -> String {
        self.key()
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).entries(self.storages.keys()).finish()
    }
}

impl Env {
    /// Without variables. `system` is the environment of the process.
    pub(crate) fn new(files: Files, system: Arc<BTreeMap<String, String>>) -> Self {
        Self {
            variables: IndexMap::new(),
            storages: BTreeMap::new(),
            files,
            system,
            suggestions: Suggestions::default(),
        }
    }

    pub(crate) fn add_storage(&mut self, id: EntryId, storage: Storage) {
        self.storages.insert(id, storage);
    }

    /// Adds a variable; if its public name is taken, the one that has it comes back.
    pub(crate) fn add_variable(&mut self, variable: Variable) -> Result<(), EntryId> {
        let same = |other: &&Variable| variable.name.is_some() && other.name == variable.name;
        if let Some(other) = self.variables.values().find(same) {
            return Err(other.id.clone());
        }
        self.variables.insert(variable.id.clone(), variable);
        Ok(())
    }

    /// Shares what the memory storages of an older load hold; services of both may be running.
    pub(crate) fn keep_memory_of(&self, older: &Env) {
        for (id, storage) in &self.storages {
            if let (Storage::Memory(own), Some(Storage::Memory(held))) = (storage, older.storages.get(id)) {
                own.store(held.load_full());
            }
        }
    }

    /// The variable that `name` means: a public name, an id, or the name of an entry of `namespace`.
    pub(crate) fn find(&self, name: &str, namespace: Option<&str>) -> Option<&Variable> {
        self.variables
            .values()
            .find(|variable| variable.name.as_deref() == Some(name))
            .or_else(|| self.variables.get(&EntryId::parse(name, None).ok()?))
            .or_else(|| self.variables.get(&EntryId::parse(name, Some(namespace?)).ok()?))
    }

    /// The variable that was perhaps meant.
    pub(crate) fn closest(&self, name: &str) -> Option<String> {
        self.suggestions.of(|| {
            let titles: Vec<String> = self.variables.values().map(Variable::title).collect();
            closest(name, titles.iter().map(String::as_str)).map(str::to_owned)
        })
    }

    /// Reads a variable by its full name.
    pub(crate) fn get(&self, name: &str) -> Result<String, EnvError> {
        self.get_from(name, None)
    }

    /// Reads a variable; `namespace` completes a bare name.
    pub(crate) fn get_from(&self, name: &str, namespace: Option<&str>) -> Result<String, EnvError> {
        let variable = self.find(name, namespace).ok_or_else(|| EnvError::UnknownVariable(name.to_owned()))?;
        let stored = self.read(&variable.storage, &variable.key(), 0, &mut BTreeSet::new())?;
        stored
            .or_else(|| variable.default.clone().filter(|default| !default.is_empty()))
            .ok_or_else(|| EnvError::Unset(variable.title()))
    }

    /// What is known of a variable without reading anything that changes: the value of a static
    /// storage, or the variable's default.
    pub(crate) fn known(&self, variable: &Variable) -> Option<String> {
        let stored = match self.storages.get(&variable.storage) {
            Some(Storage::Static(values)) => values.get(&variable.key()).cloned(),
            _ => None,
        };
        stored.or_else(|| variable.default.clone()).filter(|value| !value.is_empty())
    }

    /// The storage of a variable and what its value is called there, if that is the same whenever it is read.
    pub(crate) fn fixed_storage(&self, variable: &Variable) -> Option<(&EntryId, String)> {
        let (id, storage) = self.storages.get_key_value(&variable.storage)?;
        matches!(storage, Storage::Static(_)).then(|| (id, variable.key()))
    }

    /// Writes a variable; `namespace` completes a bare name.
    pub(crate) fn set(&self, name: &str, namespace: Option<&str>, value: &str) -> Result<(), EnvError> {
        let variable = self.find(name, namespace).ok_or_else(|| EnvError::UnknownVariable(name.to_owned()))?;
        if variable.readonly {
            return Err(EnvError::ReadOnlyVariable(variable.title()));
        }
        self.write(&variable.storage, &variable.key(), value)
    }

    /// Every variable that has a public name and a value. What cannot be read is left out.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        let named = self.variables.values().filter_map(|variable| variable.name.clone());
        named.filter_map(|name| self.get(&name).ok().map(|value| (name, value))).collect()
    }

    pub(crate) fn files(&self) -> &Files {
        &self.files
    }

    fn storage(&self, id: &EntryId) -> Result<&Storage, EnvError> {
        self.storages.get(id).ok_or_else(|| EnvError::UnknownStorage(id.to_string()))
    }

    /// Reads from a storage that was not yet asked for this value: routers may lead to one on many ways.
    fn read<'a>(
        &'a self,
        id: &'a EntryId,
        key: &str,
        depth: usize,
        empty: &mut BTreeSet<&'a EntryId>,
    ) -> Result<Option<String>, EnvError> {
        if empty.contains(id) {
            return Ok(None);
        }
        let value = match self.storage(id)? {
            Storage::Router(_) if depth > storage::MAX_ROUTERS => return Err(EnvError::RouterLoop(id.to_string())),
            Storage::Router(inner) => {
                let mut found = None;
                for inner in inner {
                    found = match self.read(inner, key, depth + 1, empty) {
                        Err(EnvError::FileMissing(_)) => None,
                        other => other?,
                    };
                    if found.is_some() {
                        break;
                    }
                }
                found
            }
            Storage::Os => self.system.get(key).cloned(),
            Storage::Static(values) => values.get(key).cloned(),
            Storage::Memory(held) => storage::lock(&held.load()).get(key).cloned(),
            Storage::File(file) => file.read(&self.files, key)?,
        };
        let value = value.filter(|value| !value.is_empty());
        if value.is_none() {
            empty.insert(id);
        }
        Ok(value)
    }

    fn write(&self, id: &EntryId, key: &str, value: &str) -> Result<(), EnvError> {
        let mut id = id;
        for _ in 0..=storage::MAX_ROUTERS {
            match self.storage(id)? {
                Storage::Router(inner) => id = inner.first().ok_or_else(|| EnvError::UnknownStorage(id.to_string()))?,
                Storage::Os | Storage::Static(_) => return Err(EnvError::ReadOnlyStorage(id.to_string())),
                Storage::Memory(held) => {
                    storage::lock(&held.load()).insert(key.to_owned(), value.to_owned());
                    return Ok(());
                }
                Storage::File(file) => return file.write(&self.files, key, value),
            }
        }
        Err(EnvError::RouterLoop(id.to_string()))
    }
}

#[cfg(test)]
mod tests;
