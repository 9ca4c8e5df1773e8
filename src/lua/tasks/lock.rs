//! What a function can reach, locked while it runs: its globals, the fields of every table, and the
//! variables that it or what it calls has captured.
//!
//! The engine itself refuses to set a field of a locked table, at the line that tries. It has no lock
//! for a captured variable: those are compared afterwards, and set back. And it writes in locked tables
//! itself, when they are only read. Of what it keeps so, later code can see one thing: where the end of a
//! list was found last, which decides what `#` of a list with holes gives. That is set back, too. What else
//! Luau 0.740 keeps does not show:
//! - which methods a metatable lacks, and those of a frozen one (`tmcache`, the cells before its array):
//!   every write to it takes them back;
//! - the free places of a hash part (`lastfree`): only inserting moves them, and a locked table refuses it;
//! - the place of a key that an instruction found last, which is compared, and what a path of globals led to
//!   when the code was loaded, which is given up with an environment's `safeenv`;
//! - the closure among a function's constants, which is shared in the environment alone that the text was
//!   loaded in: each run has its own;
//! - texts, which are one if they are equal.
//!
//! The collector marks keys whose value is nil. One that comes again may then take another place, and its
//! table grow earlier: that moves the end of a list with holes that has text keys, too. Nothing can
//! hinder it; the guide says what to write.

use std::{collections::HashSet, ffi::c_void};

use metonic_doors::{End, Ends, capture_name, captured, put_back};
use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};

use crate::lua::{Frame, Meter, require, sandbox};

/// What is locked. Lists of the engine's, since there may be many of each.
pub(super) struct Locked {
    tables: Table,
    /// The environments among them.
    environments: Table,
    /// Each a list: a function, and what it had captured.
    functions: Table,
    /// The lists among the tables, and among those that were locked for ever.
    lists: Table,
    /// Of each list, where its end was found last.
    found: Vec<End>,
    ends: Ends,
}

/// A captured variable that was set.
pub(super) struct Changed {
    pub(super) variable: String,
    /// The function that captured it.
    pub(super) function: Frame,
}

/// How far from the functions a lock goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Everything,
    /// As many steps as do not come past so many values: for what is called again and again. What is
    /// locked does not depend on the order in which a table is walked through.
    Near(usize),
}

/// Locks what `roots` can reach. What that takes is the host's own work (see [`Meter::uncounted`]): it
/// grows with the run's state, and not with what the code does that is called then.
pub(super) fn lock<'a>(lua: &Lua, roots: impl IntoIterator<Item = &'a LuaValue>, reach: Reach) -> mlua::Result<Locked> {
    Meter::uncounted(lua, || {
        let list = || lua.create_table();
        let mut locked = Locked {
            tables: list()?,
            environments: list()?,
            functions: list()?,
            lists: list()?,
            found: Vec::new(),
            ends: Ends::new(lua)?,
        };
        let mut walk = Walk {
            seen: HashSet::new(),
            found: list()?,
            reach,
            is_full: false,
            of_require: require::captured_by_all(lua)?,
            fallback: sandbox::environment_mark(lua)?,
        };
        let walked = roots.into_iter().try_for_each(|value| walk.add(value)).and_then(|()| walk.run(lua, &mut locked));
        match walked {
            Ok(()) => Ok(locked),
            Err(problem) => {
                locked.open_tables()?;
                Err(problem)
            }
        }
    })
}

impl Locked {
    /// Unlocks, and sets back what was set: the first of it.
    pub(super) fn unlock(&self, lua: &Lua) -> mlua::Result<Option<Changed>> {
        Meter::uncounted(lua, || {
            self.lists.for_each(|at: usize, list: Table| {
                if let Some(end) = self.found.get(at - 1) {
                    self.ends.put_back(&list, *end);
                }
                Ok(())
            })?;
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
        })
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

/// The way from value to value, one step from all that was found before the next.
struct Walk {
    seen: HashSet<*const c_void>,
    /// Tables and functions, to be looked at in this order.
    found: Table,
    reach: Reach,
    /// What is found now is too far away.
    is_full: bool,
    of_require: Function,
    /// The metatable of all environments.
    fallback: Table,
}

impl Walk {
    fn add(&mut self, value: &LuaValue) -> mlua::Result<()> {
        let pointer = match value {
            LuaValue::Table(table) => table.to_pointer(),
            LuaValue::Function(function) => function.to_pointer(),
            _ => return Ok(()),
        };
        if self.is_full || !self.seen.insert(pointer) {
            return Ok(());
        }
        self.is_full = matches!(self.reach, Reach::Near(most) if self.seen.len() > most);
        self.found.raw_push(value)
    }

    fn run(&mut self, lua: &Lua, locked: &mut Locked) -> mlua::Result<()> {
        let mut at = 0;
        loop {
            let step_ends = self.found.raw_len();
            // The last step was one too many: some of what it found is in no list.
            if at == step_ends || self.is_full {
                return Ok(());
            }
            while at < step_ends {
                at += 1;
                match self.found.raw_get(at)? {
                    LuaValue::Table(table) => self.enter_table(&table, locked)?,
                    LuaValue::Function(function) => self.enter_function(lua, &function, locked)?,
                    _ => {}
                }
            }
        }
    }

    fn enter_table(&mut self, table: &Table, locked: &mut Locked) -> mlua::Result<()> {
        if let Some(end) = locked.ends.of(table) {
            locked.lists.raw_push(table)?;
            locked.found.push(end);
        }
        if !table.is_readonly() {
            locked.tables.raw_push(table)?;
            table.set_readonly(true);
        }
        match table.metatable() {
            // The library, which nobody can change.
            Some(metatable) if metatable == self.fallback => locked.environments.raw_push(table)?,
            Some(metatable) => self.add(&LuaValue::Table(metatable))?,
            None => {}
        }
        let walked = table.for_each(|key: LuaValue, value: LuaValue| {
            self.add(&key)?;
            self.add(&value)?;
            if self.is_full { Err(mlua::Error::runtime("far enough")) } else { Ok(()) }
        });
        if self.is_full { Ok(()) } else { walked }
    }

    /// Functions of the library share what they have captured with every run of the state; of those,
    /// only a `require` knows something of this run alone.
    fn enter_function(&mut self, lua: &Lua, function: &Function, locked: &Locked) -> mlua::Result<()> {
        let Some(environment) = function.environment() else {
            return Ok(());
        };
        let values = captured(lua, function)?;
        if environment.metatable().as_ref() == Some(&self.fallback) {
            self.add(&LuaValue::Table(environment))?;
            if !values.is_empty() {
                let function = LuaValue::Function(function.clone());
                let kept = lua.create_sequence_from(std::iter::once(&function).chain(&values))?;
                locked.functions.raw_push(kept)?;
            }
        } else if !values.iter().any(|value| value.as_function() == Some(&self.of_require)) {
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
        is_caught: false,
    }
}
