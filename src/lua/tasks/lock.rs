//! What a function can reach, locked while it runs: its globals, the fields of every table, and the
//! variables that it or what it calls has captured.
//!
//! The engine itself refuses to set a field of a locked table, at the line that tries. It has no lock
//! for a captured variable: those are compared afterwards, and set back.

use std::{collections::HashSet, ffi::c_void};

use metonic_doors::{capture_name, captured, put_back};
use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};

use crate::lua::{Frame, require, sandbox};

/// What is locked. Lists of the engine's, since there may be many of each.
pub(super) struct Locked {
    tables: Table,
    /// The environments among them.
    environments: Table,
    /// Each a list: a function, and what it had captured.
    functions: Table,
}

/// A captured variable that was set.
pub(super) struct Changed {
    pub(super) variable: String,
    /// The function that captured it.
    pub(super) function: Frame,
}

/// Locks what `function` and `shared` can reach.
pub(super) fn lock(lua: &Lua, function: &Function, shared: &MultiValue) -> mlua::Result<Locked> {
    let locked =
        Locked { tables: lua.create_table()?, environments: lua.create_table()?, functions: lua.create_table()? };
    let mut walk = Walk { seen: HashSet::new(), found: lua.create_table()? };
    let walked = std::iter::once(&LuaValue::Function(function.clone()))
        .chain(shared)
        .try_for_each(|value| walk.add(value))
        .and_then(|()| walk.run(lua, &locked));
    match walked {
        Ok(()) => Ok(locked),
        Err(problem) => {
            locked.open_tables()?;
            Err(problem)
        }
    }
}

impl Locked {
    /// Unlocks, and sets back what was set: the first of it.
    pub(super) fn unlock(&self, lua: &Lua) -> mlua::Result<Option<Changed>> {
        self.open_tables()?;
        let mut first = None;
        self.functions.for_each(|_: LuaValue, kept: Table| {
            let function: Function = kept.raw_get(1)?;
            let now = captured(lua, &function)?;
            let before: MultiValue = (2..2 + now.len()).map(|at| kept.raw_get(at)).collect::<mlua::Result<_>>()?;
            let Some(at) = before.iter().zip(&now).position(|(before, now)| !is_same(before, now)) else {
                return Ok(());
            };
            if first.is_none() {
                let variable = capture_name(lua, &function, at)?;
                first = Some(Changed { variable, function: frame_of(&function) });
            }
            put_back(lua, &function, before)
        })?;
        Ok(first)
    }

    fn open_tables(&self) -> mlua::Result<()> {
        self.tables.for_each(|_: LuaValue, table: Table| {
            table.set_readonly(false);
            Ok(())
        })?;
        // Unlocking takes the fast way away, too.
        self.environments.for_each(|_: LuaValue, environment: Table| {
            environment.set_safeenv(true);
            Ok(())
        })
    }
}

/// The way from value to value.
struct Walk {
    seen: HashSet<*const c_void>,
    /// Tables and functions, to be looked at in this order.
    found: Table,
}

impl Walk {
    fn add(&mut self, value: &LuaValue) -> mlua::Result<()> {
        let is_new = match value {
            LuaValue::Table(table) => self.seen.insert(table.to_pointer()),
            LuaValue::Function(function) => self.seen.insert(function.to_pointer()),
            _ => false,
        };
        if is_new { self.found.raw_push(value) } else { Ok(()) }
    }

    fn run(&mut self, lua: &Lua, locked: &Locked) -> mlua::Result<()> {
        let of_require = require::captured_by_all(lua)?;
        let mut at = 1;
        loop {
            match self.found.raw_get(at)? {
                LuaValue::Table(table) => self.enter_table(&table, locked)?,
                LuaValue::Function(function) => self.enter_function(lua, &function, &of_require, locked)?,
                _ => return Ok(()),
            }
            at += 1;
        }
    }

    fn enter_table(&mut self, table: &Table, locked: &Locked) -> mlua::Result<()> {
        if !table.is_readonly() {
            locked.tables.raw_push(table)?;
            table.set_readonly(true);
        }
        if let Some(metatable) = table.metatable() {
            self.add(&LuaValue::Table(metatable))?;
        }
        table.for_each(|key: LuaValue, value: LuaValue| {
            self.add(&key)?;
            self.add(&value)
        })
    }

    /// Functions of the library share what they have captured with every run of the state; of those,
    /// only a `require` knows something of this run alone.
    fn enter_function(
        &mut self,
        lua: &Lua,
        function: &Function,
        of_require: &Function,
        locked: &Locked,
    ) -> mlua::Result<()> {
        let Some(environment) = function.environment() else {
            return Ok(());
        };
        let values = captured(lua, function)?;
        if sandbox::is_environment(lua, &environment)? {
            if self.seen.insert(environment.to_pointer()) {
                locked.environments.raw_push(&environment)?;
                self.found.raw_push(&environment)?;
            }
            if !values.is_empty() {
                let kept = lua.create_sequence_from(values.iter().cloned())?;
                kept.raw_insert(1, function)?;
                locked.functions.raw_push(kept)?;
            }
        } else if !values.iter().any(|value| value.as_function() == Some(of_require)) {
            return Ok(());
        }
        values.iter().try_for_each(|value| self.add(value))
    }
}

/// The same value; a number to the last bit.
fn is_same(one: &LuaValue, other: &LuaValue) -> bool {
    match (one, other) {
        (LuaValue::Number(one), LuaValue::Number(other)) => one.to_bits() == other.to_bits(),
        // mlua compares no errors, and no code can make one that is another's.
        (LuaValue::Error(_), LuaValue::Error(_)) => true,
        (one, other) => one == other,
    }
}

fn frame_of(function: &Function) -> Frame {
    let info = function.info();
    let chunk = info.source.unwrap_or_default();
    Frame {
        chunk: chunk.strip_prefix('=').unwrap_or(&chunk).to_owned(),
        line: info.line_defined.unwrap_or_default(),
        function: info.name,
    }
}
