//! Whose memory is whose: Luau counts the bytes of each of 256 categories, and this chooses one and reads it.
//!
//! What a thread makes is of the thread's category, and so is a thread that it makes; what is made grows and is
//! freed in its own.

use mlua::{Lua, Result, ffi};

/// From now on what is made while no coroutine runs, or by the one that runs, is of this category. It is 0 at
/// first.
pub fn set_category(lua: &Lua, category: u8) -> Result<()> {
    // SAFETY: it notes a number in the thread, and there is a category for each number of eight bits. The stack
    // stays empty.
    unsafe { lua.exec_raw((), |state| ffi::lua_setmemcat(state, category.into())) }
}

/// How many bytes there are of a category, garbage and all.
pub fn bytes_of(lua: &Lua, category: u8) -> Result<usize> {
    let mut bytes = 0;
    // SAFETY: it reads a number, of which there is one for each number of eight bits. The stack stays empty.
    unsafe { lua.exec_raw::<()>((), |state| bytes = ffi::lua_totalbytes(state, category.into()))? };
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use mlua::{Function, Lua, Thread, Value};

    use super::{bytes_of, set_category};

    const LARGE: usize = 1_000_000;

    #[test]
    fn what_is_made_counts_for_its_category_until_it_is_freed() {
        let lua = Lua::new();
        let make: Function = lua.load("return buffer.create(...)").into_function().expect("a function");
        let mut kept = Vec::new();
        for category in [7, 255] {
            set_category(&lua, category).expect("set");
            kept.push(make.call::<Value>(LARGE).expect("a buffer"));
            set_category(&lua, 0).expect("set");
        }
        let of = |category| bytes_of(&lua, category).expect("bytes") / LARGE;
        assert_eq!((of(0), of(7), of(255), of(8)), (0, 1, 1, 0));
        kept.remove(0);
        lua.gc_collect().expect("a collection");
        assert_eq!((of(7), of(255)), (0, 1));
    }

    #[test]
    fn a_coroutine_stays_of_the_category_in_which_it_was_made() {
        let lua = Lua::new();
        let code = "
            local kept
            return coroutine.create(function(size)
                coroutine.wrap(function() kept = buffer.create(size) end)()
                coroutine.yield()
                return kept
            end)";
        let make: Function = lua.load(code).into_function().expect("a function");
        set_category(&lua, 3).expect("set");
        let thread: Thread = make.call(()).expect("a coroutine");
        set_category(&lua, 4).expect("set");
        let () = thread.resume(LARGE).expect("a step");
        let of = |category| bytes_of(&lua, category).expect("bytes") / LARGE;
        assert_eq!((of(3), of(4)), (1, 0));
    }

    #[test]
    fn what_grows_counts_for_the_category_in_which_it_was_made() {
        let lua = Lua::new();
        let table = lua.create_table().expect("a table");
        let fill: Function =
            lua.load("local table = ... for n = 1, 100000 do table[n] = n end").into_function().expect("a function");
        set_category(&lua, 9).expect("set");
        let () = fill.call(&table).expect("a call");
        let of = |category| bytes_of(&lua, category).expect("bytes") / LARGE;
        assert!(of(0) >= 1 && of(9) == 0);
    }
}
