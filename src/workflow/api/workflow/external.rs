//! Runs that somebody else started: they can be signalled, and asked to end.

use mlua::{
    IntoLua, Lua, MultiValue, Table, UserDataFields as _, UserDataMethods as _, UserDataRef, Value as LuaValue,
};

use crate::{
    lua::{Answer, arguments},
    workflow::{
        Relative, SignalTarget,
        api::requests::{self, Confirmation},
    },
};

/// `workflow.external(id)`
struct External(Relative);

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    workflow.raw_set("external", lua.create_function(external)?)?;
    let signal = requests::sends(lua, SIGNAL, lua.create_function(signal)?)?;
    let cancel = requests::sends(lua, CANCEL, lua.create_function(cancel)?)?;
    let post = lua.create_function(post)?;
    lua.register_userdata_type::<External>(|registry| {
        registry.add_field("signal", signal);
        registry.add_field("post", post);
        registry.add_field("cancel", cancel);
        registry.add_method("workflow_id", |_, this, ()| Ok(this.0.workflow_id.clone()));
        registry
            .add_method("run_id", |_, this, ()| Ok(Some(this.0.run_id.clone()).filter(|run_id| !run_id.is_empty())));
    })
}

/// `workflow.external(id, run_id?, {namespace =}?)`
fn external(_: &Lua, (id, run_id, options): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<External> {
    const NAME: &str = "workflow.external";
    let workflow_id = arguments::text(NAME, "id", &id)?;
    if workflow_id.is_empty() {
        return Err(arguments::misuse(NAME, "`id` is empty"));
    }
    let run_id = if run_id == LuaValue::Nil { String::new() } else { arguments::text(NAME, "run_id", &run_id)? };
    let mut namespace = String::new();
    if options != LuaValue::Nil {
        let options = arguments::table(NAME, "options", &options)?;
        arguments::only_keys(NAME, &options, &["namespace"])?;
        namespace = arguments::text(NAME, "namespace", &options.raw_get("namespace")?)?;
    }
    Ok(External(Relative { namespace, workflow_id, run_id }))
}

const SIGNAL: &str = "external:signal";

/// `external:signal(name, …)`
fn signal(lua: &Lua, (this, signal, values): (LuaValue, LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    let target = SignalTarget::Workflow(external_of(SIGNAL, &this)?.0.clone());
    requests::signal(lua, (SIGNAL, Confirmation::Awaited), target, &signal, &values)
}

/// `external:post(name, …)`: does not wait.
fn post(lua: &Lua, (this, signal, values): (LuaValue, LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "external:post";
    let target = SignalTarget::Workflow(external_of(NAME, &this)?.0.clone());
    requests::signal(lua, (NAME, Confirmation::Ignored), target, &signal, &values)
}

const CANCEL: &str = "external:cancel";

/// `external:cancel(reason?, {wait = true}?)`
fn cancel(lua: &Lua, (this, reason, options): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    let target = external_of(CANCEL, &this)?.0.clone();
    requests::cancel(lua, (CANCEL, Confirmation::of(CANCEL, &options)?), target, &reason)
}

fn external_of(function: &str, this: &LuaValue) -> mlua::Result<UserDataRef<External>> {
    let external = this.as_userdata().and_then(|data| data.borrow().ok());
    external.ok_or_else(|| arguments::misuse(function, "call it with a colon, on what `workflow.external` gave"))
}

impl IntoLua for External {
    fn into_lua(self, lua: &Lua) -> mlua::Result<LuaValue> {
        lua.create_any_userdata(self).map(LuaValue::UserData)
    }
}
