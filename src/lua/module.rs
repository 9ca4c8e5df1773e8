//! What a module that Lua code can `require` is, and what it does to determinism.

use mlua::{IntoLua, IntoLuaMulti, Lua, MultiValue, Table};

use crate::{lua::error_here, value::Failure};

/// What a module's functions touch. A profile allows some effects and refuses the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The same arguments give the same result, always.
    Pure,
    /// The result comes from the run's clock or seed, or is recorded.
    Recorded,
    /// Asks the server for something.
    Command,
    /// Says something and changes nothing; silent while replaying.
    Observing,
    /// Touches the world: only in functions.
    World,
}

/// A module that Lua code can `require`.
pub(crate) trait Module {
    const NAME: &'static str;
    const EFFECT: Effect;

    /// Makes the module's table; called once per VM, and the table is frozen after.
    fn open(lua: &Lua) -> mlua::Result<Table>;
}

/// A [`Module`] with its type erased, so that modules fit in a table.
#[derive(Clone, Copy)]
pub(crate) struct ModuleDef {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    pub(crate) open: fn(&Lua) -> mlua::Result<Table>,
}

impl ModuleDef {
    pub(crate) const fn of<M: Module>() -> Self {
        Self { name: M::NAME, effect: M::EFFECT, open: M::open }
    }
}

/// What a call that can fail returns to Lua: `value`, or `nil, err`. Misuse is raised instead.
#[expect(clippy::large_enum_variant, reason = "it is turned into Lua values as soon as it is made")]
pub(crate) enum Answer<T> {
    Value(T),
    Failure(Failure),
}

/// An answer, or what is raised.
pub(crate) type Answered<T> = mlua::Result<Answer<T>>;

impl<T> From<Result<T, Failure>> for Answer<T> {
    fn from(result: Result<T, Failure>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(failure) => Self::Failure(failure),
        }
    }
}

impl<T: IntoLua> IntoLuaMulti for Answer<T> {
    fn into_lua_multi(self, lua: &Lua) -> mlua::Result<MultiValue> {
        match self {
            Self::Value(value) => value.into_lua_multi(lua),
            Self::Failure(failure) => (mlua::Value::Nil, error_here(lua, failure)?).into_lua_multi(lua),
        }
    }
}
