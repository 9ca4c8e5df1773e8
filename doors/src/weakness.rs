//! The key that makes a table weak: one of the host's own in place of `__mode`.
//!
//! What a weak table still holds shows when the collector ran. The engine looks for `__mode` each time it
//! comes by a metatable, so code could set the key whenever it likes, and take it away before anybody looks.

use std::ffi::c_void;

use mlua::{Error, Lua, Result, ffi};

/// The names of the first methods of a metatable, in the order in which a state keeps them.
const METHODS: [&str; 7] = ["__index", "__newindex", "__mode", "__namecall", "__call", "__iter", "__len"];
/// The place of `__mode` among them.
const MODE: usize = 2;
/// How many words of a state are looked through: it is twice as long.
const WORDS: usize = 384;
/// Where mlua keeps what lies beside userdata: a table that it makes weak itself, if there is none.
const USER_VALUES: &str = "__mlua_uservalues";

/// From here on the key `key` of a metatable makes tables weak, and `__mode` is a key like any other. To be
/// called once, before there is a weak table; `key` must be one that no code can guess. An error if the
/// engine keeps its names in another way.
pub fn weaken_by(lua: &Lua, key: &str) -> Result<()> {
    let change = |state| {
        // SAFETY: the stack holds the key and has room for one value more, which is asked for. The names of
        // methods are texts that each state keeps for ever, and equal texts are one: what is on the stack
        // has the address of what the state keeps, and may leave the stack again. The main thread and
        // what all threads share are one block of memory, of which `replace` reads the beginning. The
        // key is kept by the registry for as long as the state lives, as the name was by the state.
        unsafe {
            ffi::luaL_checkstack(state, 1, std::ptr::null());
            let names = METHODS.map(|name| {
                ffi::lua_pushlstring(state, name.as_ptr().cast(), name.len());
                let address = ffi::lua_topointer(state, -1);
                ffi::lua_settop(state, 1);
                address
            });
            let key = ffi::lua_topointer(state, 1);
            ffi::lua_ref(state, 1);
            let replaced = replace(ffi::lua_mainthread(state).cast(), names, key);
            ffi::lua_settop(state, 0);
            ffi::lua_pushboolean(state, replaced.into());
        }
    };
    // SAFETY: `change` runs in protected mode and leaves on its stack what is to be returned.
    let replaced: bool = unsafe { lua.exec_raw(key, change) }?;
    if !replaced {
        return Err(Error::runtime("Luau keeps the names of its methods in a way that metonic does not know"));
    }
    let (beside_userdata, weak) = (lua.create_table()?, lua.create_table()?);
    weak.raw_set(key, "k")?;
    beside_userdata.set_metatable(Some(weak))?;
    lua.set_named_registry_value(USER_VALUES, beside_userdata)
}

/// Puts `key` where the name `__mode` stands among the others; whether it was found.
///
/// # Safety
/// `words` has to begin a block of at least [`WORDS`] words that only this thread uses.
unsafe fn replace(words: *mut *const c_void, names: [*const c_void; METHODS.len()], key: *const c_void) -> bool {
    for at in 0..=WORDS - names.len() {
        // SAFETY: the last word is within the block. Some of what is read may be padding, or no address: it
        // is compared and never followed.
        let found = (0..names.len()).all(|name| unsafe { words.add(at + name).read_volatile() } == names[name]);
        if found {
            // SAFETY: the word is one of those just read, and holds the address of a text, as `key` is.
            unsafe { words.add(at + MODE).write_volatile(key) };
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use mlua::{AnyUserData, Lua, Table, UserData, Value};

    use super::weaken_by;

    fn hidden() -> Lua {
        let lua = Lua::new();
        weaken_by(&lua, "hidden").expect("a state");
        lua
    }

    /// How many of a hundred values that nobody else has are left in a table with this metatable.
    fn left(lua: &Lua, metatable: &str) -> usize {
        let code = format!("local t = setmetatable({{}}, {metatable}) for n = 1, 100 do t[n] = {{}} end return t");
        let table: Table = lua.load(code).eval().expect("a table");
        lua.gc_collect().expect("a collection");
        table.pairs::<Value, Value>().count()
    }

    #[test]
    fn the_key_makes_a_table_weak_and_the_common_one_does_not() {
        let lua = hidden();
        assert_eq!(left(&lua, "{hidden = 'v'}"), 0);
        assert_eq!(left(&lua, "{__mode = 'v'}"), 100);
        assert_eq!(left(&lua, "table.freeze({__mode = 'v'})"), 100);
        assert_eq!(left(&lua, "table.freeze({hidden = 'v'})"), 0);
        assert_eq!(left(&Lua::new(), "{__mode = 'v'}"), 0);
    }

    #[test]
    fn the_other_methods_are_called_as_before() {
        let lua = hidden();
        let code = "
            local m = {__call = function() return 1 end, __len = function() return 2 end, __unm = function() return 3 end}
            m.__index, m.__iter = {x = 4}, function() return next, {5} end
            local set
            m.__newindex = function(_, _, value) set = value end
            local t = setmetatable({}, m)
            t.y = 6
            local iterated
            for _, value in t do iterated = value end
            return table.concat({t(), #t, -t, t.x, iterated, set}, ' ')";
        assert_eq!(lua.load(code).eval::<String>().expect("a text"), "1 2 3 4 5 6");
    }

    #[test]
    fn the_key_outlives_collections_and_is_found_once() {
        let lua = hidden();
        for _ in 0..3 {
            lua.gc_collect().expect("a collection");
            let texts = "local t = {} for n = 1, 10000 do t[n] = `text {n}` end";
            lua.load(texts).exec().expect("many texts");
        }
        assert_eq!(left(&lua, "{['hid' .. 'den'] = 'k'}"), 100);
        assert_eq!(left(&lua, "{['hid' .. 'den'] = 'v'}"), 0);
        assert!(weaken_by(&lua, "again").is_err());
        assert_eq!(left(&lua, "{hidden = 'v'}"), 0);
    }

    #[test]
    fn states_have_keys_of_their_own() {
        let (one, other) = (hidden(), Lua::new());
        weaken_by(&other, "another").expect("a state");
        assert_eq!((left(&one, "{another = 'v'}"), left(&other, "{another = 'v'}")), (100, 0));
    }

    struct Counted(Rc<Cell<u32>>);

    impl UserData for Counted {}

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    /// mlua's own table for it is weak, too: with the key.
    #[test]
    fn what_lies_beside_userdata_goes_with_it() {
        let (lua, dropped) = (hidden(), Rc::new(Cell::new(0)));
        for _ in 0..50 {
            let data = lua.create_userdata(Counted(Rc::clone(&dropped))).expect("userdata");
            let beside = lua.create_table().expect("a table");
            data.set_user_value(&beside).expect("beside");
            assert_eq!(data.user_value::<Table>().expect("a table"), beside);
        }
        let kept: AnyUserData = lua.create_userdata(Counted(Rc::clone(&dropped))).expect("userdata");
        kept.set_user_value("beside").expect("beside");
        lua.gc_collect().expect("a collection");
        lua.gc_collect().expect("a collection");
        assert_eq!((dropped.get(), kept.user_value::<String>().expect("a text").as_str()), (50, "beside"));
    }
}
