//! One run's, or one call's, world inside a VM: an environment of its own for the main text and for
//! each library, and instances of the libraries that nobody shares.

use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Table, Value as LuaValue};

use crate::{
    lua::{LuaError, TaskId, Tasks, Vm, sandbox::ours},
    value::{Failure, failure_kind},
};

const MAIN: &str = include_str!("../../lua/prelude/main.lua");

/// The kind of the error that host functions raise while code is only being checked.
const NOT_RUNNING: &str = "NotRunning";

/// One run's world. It lives as long as a coroutine of it does.
#[derive(Debug)]
pub(crate) struct Realm {
    main: Function,
}

impl Realm {
    /// A new world; nothing of the program has been run in it yet.
    pub(crate) fn open(vm: &Vm) -> mlua::Result<Self> {
        Ok(Self { main: vm.new_realm().call(0)? })
    }

    /// Puts the program's function in line, as a coroutine of `tasks`: the text is run first, for
    /// the function it returns.
    pub(crate) fn start(&self, vm: &Vm, tasks: &Tasks, arguments: MultiValue) -> mlua::Result<TaskId> {
        let lua = vm.lua();
        let mut values = (&self.main, vm.program().method()).into_lua_multi(lua)?;
        values.extend(arguments);
        tasks.spawn(lua, vm.call_main().clone(), values)
    }
}

/// What a host function raises when no run or call is there to serve: its name says which.
pub(crate) fn not_running(function: &str) -> mlua::Error {
    crate::lua::raise(Failure::new(NOT_RUNNING, format!("{function} works only while a workflow or function runs")))
}

/// Whether an error says that code asked for its run while it was only being checked.
pub(super) fn is_not_running(error: &LuaError) -> bool {
    matches!(&error.origin, crate::lua::Origin::Author(failure) if failure.kind == NOT_RUNNING)
}

pub(super) fn call_main(lua: &Lua) -> mlua::Result<Function> {
    let missing = lua.create_function(|_, (exported, method): (LuaValue, String)| missing(&exported, &method))?;
    ours(lua, MAIN)?.call(missing)
}

fn missing(exported: &LuaValue, method: &str) -> mlua::Result<LuaValue> {
    let (headline, help) = describe_missing(exported, method)?;
    Err(crate::lua::raise(Failure {
        retryable: Some(false),
        ..Failure::new(failure_kind::LUA_ERROR, format!("{headline}; {help}"))
    }))
}

/// What is wrong with what the text returned, and what to do.
pub(super) fn describe_missing(exported: &LuaValue, method: &str) -> mlua::Result<(String, String)> {
    let LuaValue::Table(table) = exported else {
        return Ok((
            format!("the code returns {}", crate::lua::arguments::type_name(exported)),
            format!("let it return a function, or a table with the function `{method}`"),
        ));
    };
    let names = function_names(table)?;
    let help = match names.as_slice() {
        [] => format!("add `{method}` to the table that the code returns"),
        names => format!("it has {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    Ok((format!("the code returns no function called `{method}`"), help))
}

/// The functions in a table, by name.
pub(super) fn function_names(table: &Table) -> mlua::Result<Vec<String>> {
    let mut names = Vec::new();
    table.for_each(|name: LuaValue, value: LuaValue| {
        if let (LuaValue::String(name), LuaValue::Function(_)) = (name, value) {
            names.push(name.to_string_lossy());
        }
        Ok(())
    })?;
    names.sort_unstable();
    Ok(names)
}
