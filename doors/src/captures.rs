//! The variables that a function has captured: read, and set to what they were.

use mlua::{Function, Lua, MultiValue, Result, Value, ffi};

/// What `function` has captured, in the engine's order; nothing for a function of the host's or of
/// the engine's own. Values alone: who else captured the same variable does not show.
pub fn captured(lua: &Lua, function: &Function) -> Result<MultiValue> {
    let read = |state| {
        // SAFETY: the stack is the block's own and holds one value, the function. Each call asks for
        // room for what it pushes, and `lua_getupvalue` pushes nothing when it returns null. Nothing
        // with a destructor is held here if the engine raises for want of memory.
        unsafe {
            if ffi::lua_iscfunction(state, 1) != 0 {
                return ffi::lua_settop(state, 0);
            }
            let mut count = 0;
            loop {
                ffi::luaL_checkstack(state, 1, std::ptr::null());
                if ffi::lua_getupvalue(state, 1, count + 1).is_null() {
                    break;
                }
                count += 1;
            }
            ffi::lua_remove(state, 1);
        }
    };
    // SAFETY: `read` runs in protected mode and leaves on its stack what is to be returned.
    unsafe { lua.exec_raw(function, read) }
}

/// What the variable is called whose value [`captured`] gives at `index`, from 0; empty if there is
/// none, or if the code was compiled without names.
pub fn capture_name(lua: &Lua, function: &Function, index: usize) -> Result<String> {
    let Some(number) = index.checked_add(1).and_then(|number| i32::try_from(number).ok()) else {
        return Ok(String::new());
    };
    let name = |state| {
        // SAFETY: as in `captured`. The name, which ends with a zero, belongs to the function, which is
        // on the stack until it was copied.
        unsafe {
            ffi::luaL_checkstack(state, 2, std::ptr::null());
            let name = ffi::lua_getupvalue(state, 1, number);
            if name.is_null() {
                ffi::lua_pushnil(state);
            } else {
                ffi::lua_pushstring(state, name);
            }
            ffi::lua_replace(state, 1);
            ffi::lua_settop(state, 1);
        }
    };
    // SAFETY: `name` runs in protected mode and leaves on its stack what is to be returned.
    unsafe { lua.exec_raw::<Option<String>>(function, name) }.map(Option::unwrap_or_default)
}

/// Sets what `function` has captured to `values`, which [`captured`] gave: whoever captured the same
/// variables sees it. All garbage is collected before.
pub fn put_back(lua: &Lua, function: &Function, mut values: MultiValue) -> Result<()> {
    values.push_front(Value::Function(function.clone()));
    let write = |state| {
        // SAFETY: the stack is the block's own and holds the function and the values. A collection
        // runs to its end first, because `lua_setupvalue` tells the collector about the function and
        // not about a variable that others have captured, too: between two collections there is
        // nothing to be told. A call pops one value; one that takes none returns null, and the rest
        // is taken off the stack at the end.
        unsafe {
            ffi::lua_gc(state, ffi::LUA_GCCOLLECT, 0);
            let mut last = ffi::lua_gettop(state) - 1;
            while last > 0 && !ffi::lua_setupvalue(state, 1, last).is_null() {
                last -= 1;
            }
            ffi::lua_settop(state, 0);
        }
    };
    // SAFETY: `write` runs in protected mode and leaves its stack empty.
    unsafe { lua.exec_raw(values, write) }
}

#[cfg(test)]
mod tests {
    use mlua::{Function, Lua, MultiValue, Value};

    use super::{capture_name, captured, put_back};

    fn numbers(values: &MultiValue) -> Vec<f64> {
        values.iter().map(|value| value.to_string().expect("a number").parse().expect("a number")).collect()
    }

    #[test]
    fn shows_what_a_function_has_captured() {
        let lua = Lua::new();
        let function: Function =
            lua.load("local a, b = math.abs(1), 2 return function() b += a return b end").eval().expect("a function");
        assert_eq!(numbers(&captured(&lua, &function).expect("values")), [2.0, 1.0]);
        let _: f64 = function.call(()).expect("a call");
        assert_eq!(numbers(&captured(&lua, &function).expect("values")), [3.0, 1.0]);
    }

    #[test]
    fn names_what_a_function_has_captured() {
        let lua = Lua::new();
        let compiler = mlua::chunk::Compiler::new().set_debug_level(2);
        let code = "local one, two = 1, 2 return function() one += 0 two += 0 end";
        let function: Function = lua.load(code).set_compiler(compiler).eval().expect("a function");
        let name = |index| capture_name(&lua, &function, index).expect("a name");
        assert_eq!([name(0), name(1), name(2), name(usize::MAX)], ["one", "two", "", ""]);
        let print: Function = lua.globals().get("print").expect("print");
        assert_eq!(capture_name(&lua, &print, 0).expect("a name"), "");
    }

    #[test]
    fn shows_a_variable_of_a_coroutine_that_waits() {
        let lua = Lua::new();
        let code = "
            local look
            local thread = coroutine.create(function()
                local n = 1
                look = function() n += 0 return n end
                coroutine.yield()
                n = 2
                coroutine.yield()
                return n
            end)
            coroutine.resume(thread)
            return look, thread";
        let (look, thread): (Function, mlua::Thread) = lua.load(code).eval().expect("both");
        assert_eq!(numbers(&captured(&lua, &look).expect("values")), [1.0]);
        let () = thread.resume(()).expect("a step");
        assert_eq!(numbers(&captured(&lua, &look).expect("values")), [2.0]);
        put_back(&lua, &look, MultiValue::from_iter([Value::Number(7.0)])).expect("set");
        assert_eq!(thread.resume::<i64>(()).expect("the end"), 7);
    }

    #[test]
    fn has_nothing_to_show_of_other_functions() {
        let lua = Lua::new();
        let own = lua.create_function(|_, ()| Ok(())).expect("a function");
        let plain: Function = lua.load("return function() end").eval().expect("a function");
        let library: Function = lua.globals().get("print").expect("print");
        for function in [own, plain, library] {
            assert_eq!(captured(&lua, &function).expect("values").len(), 0);
        }
    }

    #[test]
    fn puts_back_for_everybody_who_captured_it() {
        let lua = Lua::new();
        let code = "local n, t = 0, {} return function() n += 1 t = {n} end, function() return n, t end";
        let (change, look): (Function, Function) = lua.load(code).eval().expect("both");
        let before = captured(&lua, &change).expect("values");
        let (_, table): (f64, Value) = look.call(()).expect("a look");
        let () = change.call(()).expect("a change");
        put_back(&lua, &change, before).expect("set");
        let (n, now): (i64, Value) = look.call(()).expect("a look");
        assert_eq!((n, now), (0, table));
    }

    #[test]
    fn more_and_fewer_values_than_variables_do_no_harm() {
        let lua = Lua::new();
        let function: Function =
            lua.load("local a, b = 1, 2 return function() a += 0 b += 0 return a, b end").eval().expect("a function");
        put_back(&lua, &function, MultiValue::new()).expect("nothing");
        put_back(&lua, &function, MultiValue::from_iter([Value::Number(5.0)])).expect("one");
        assert_eq!(function.call::<(i64, i64)>(()).expect("a call"), (5, 2));
        let many = (0..1_000).map(|n| Value::Number(f64::from(n)));
        put_back(&lua, &function, many.collect()).expect("many");
        assert_eq!(function.call::<(i64, i64)>(()).expect("a call"), (5, 2));
    }

    /// What is put back survives collections in every phase, though nobody else holds it.
    #[test]
    fn what_is_put_back_is_not_garbage() {
        let lua = Lua::new();
        let code = "
            local value = {'first'}
            return function(new) value = new end, function() return value[1] end, function() return value[1] end";
        let (set, look, again): (Function, Function, Function) = lua.load(code).eval().expect("all");
        for round in 0..500 {
            for _ in 0..round % 17 {
                lua.gc_step().expect("a step");
            }
            let before = captured(&lua, &set).expect("values");
            let fresh: Value = lua.load("return {'other'}").eval().expect("a table");
            let () = set.call(fresh).expect("a change");
            put_back(&lua, &set, before).expect("set");
            for _ in 0..round % 13 {
                lua.gc_step().expect("a step");
            }
            let (one, two): (String, String) = (look.call(()).expect("one"), again.call(()).expect("two"));
            assert_eq!((one.as_str(), two.as_str()), ("first", "first"));
        }
    }

    #[test]
    fn two_hundred_variables_fit() {
        let lua = Lua::new();
        let names: Vec<String> = (0..190).map(|n| format!("v{n}")).collect();
        let zeros = vec!["0"; names.len()].join(", ");
        let sums: String = names.iter().map(|name| format!("{name} += 1 ")).collect();
        let code = format!("local {} = {zeros} return function() {sums} end", names.join(", "));
        let function: Function = lua.load(code).eval().expect("a function");
        let () = function.call(()).expect("a call");
        assert_eq!(numbers(&captured(&lua, &function).expect("values")), vec![1.0; 190]);
    }
}
