//! Other runs as processes: started, waited for, asked to end.
//!
//! Every child that `spawn` and its kin start reports its end as an event, as in Wippy; a linked one
//! that fails is reported as a broken link first, if the run traps links.

use mlua::{Lua, LuaString, MultiValue, Table, Value as LuaValue};

use super::{current, spawner};
use crate::{
    lua::{Answer, arguments, waits},
    value::{Failure, failure_kind},
    workflow::{
        Relative,
        api::{
            launch::{self, How, Setup},
            requests::{self, Confirmation},
            workflow::upgrade,
        },
        children::{self, Bond, Given},
        pid::ProcessId,
    },
};

/// The functions that start a child: their name, what the caller gets, and what it has with it then.
pub(super) const STARTS: [(&str, Option<Given>, Option<Bond>); 5] = [
    ("exec", None, None),
    ("spawn", Some(Given::ProcessId), Some(Bond::Monitored)),
    ("spawn_monitored", Some(Given::ProcessId), Some(Bond::Monitored)),
    ("spawn_linked", Some(Given::ProcessId), Some(Bond::Linked)),
    ("spawn_linked_monitored", Some(Given::ProcessId), Some(Bond::Linked)),
];

/// What needs a process that outlives its own steps, and what to do in its place.
const REFUSED: [(&str, &str); 4] = [
    ("monitor", "start it from here: a child always reports its end on `process.events()`"),
    ("unmonitor", "a child always reports its end; do not listen to `process.events()` if you do not care"),
    ("link", "start it from here with `process.spawn_linked`"),
    ("unlink", "without `trap_links` a link has no effect"),
];

const REGISTRY: [&str; 3] = ["register", "lookup", "unregister"];

pub(super) fn install(lua: &Lua, process: &Table) -> mlua::Result<()> {
    for (start, given, reported) in STARTS {
        let name = format!("process.{start}");
        let of_start = name.clone();
        let begin = lua.create_function(move |lua, (id, host, values): (LuaValue, LuaValue, MultiValue)| {
            start_on(lua, &of_start, &Setup::default(), (given, reported), &id, &host, &values)
        })?;
        process.raw_set(start, waits(lua, &name, begin)?)?;
    }
    let ask = |lua: &Lua, (to, reason, options): (LuaValue, LuaValue, LuaValue)| {
        ask_to_end(lua, "process.cancel", &to, &reason, &options)
    };
    process.raw_set("cancel", requests::sends(lua, "process.cancel", lua.create_function(ask)?)?)?;
    let ask = |lua: &Lua, (to, options): (LuaValue, LuaValue)| {
        ask_to_end(lua, "process.terminate", &to, &LuaValue::Nil, &options)
    };
    process.raw_set("terminate", requests::sends(lua, "process.terminate", lua.create_function(ask)?)?)?;
    process.raw_set("upgrade", upgrade(lua)?)?;
    process.raw_set("get_options", lua.create_function(get_options)?)?;
    process.raw_set("set_options", lua.create_function(set_options)?)?;
    for (name, instead) in REFUSED {
        process.raw_set(name, refused(lua, format!("process.{name} is not possible in a workflow; {instead}"))?)?;
    }
    let registry = lua.create_table()?;
    for name in REGISTRY {
        let message = format!(
            "process.registry.{name} is not possible in a workflow: names can change between a run and its replay; \
             pass the process id as an argument"
        );
        registry.raw_set(name, refused(lua, message)?)?;
    }
    process.raw_set("registry", registry)?;
    spawner::install(lua, process)
}

/// Starts a child as a process.
pub(super) fn start_on(
    lua: &Lua,
    name: &str,
    setup: &Setup,
    (given, reported): (Option<Given>, Option<Bond>),
    id: &LuaValue,
    host: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Answer<bool>> {
    let host = match host {
        LuaValue::Nil => return Err(arguments::misuse(name, "`host` is missing: a worker's id, or a queue")),
        host => arguments::text(name, "host", host)?,
    };
    launch::start(lua, How { name, setup, host: Some(&host), given, reported }, id, values)
}

/// `process.cancel(pid, reason?, {wait = true}?)` and `process.terminate(pid, {wait = true}?)`: both
/// are a request.
fn ask_to_end(
    lua: &Lua,
    name: &str,
    to: &LuaValue,
    reason: &LuaValue,
    options: &LuaValue,
) -> mlua::Result<Answer<bool>> {
    let to = arguments::text(name, "pid", to)?;
    let confirmation = Confirmation::of(name, options)?;
    match ProcessId::parse(&to) {
        Some(ProcessId::Workflow { workflow_id, .. }) => {
            if children::goes_on(&*current(lua, name)?, &workflow_id) == Some(false) {
                let message = format!("the child `{workflow_id}` has ended");
                let failure = Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) };
                return Ok(Answer::Failure(failure));
            }
            let target = Relative { namespace: String::new(), workflow_id, run_id: String::new() };
            requests::cancel(lua, (name, confirmation), target, reason)
        }
        _ => Ok(Answer::Failure(Failure::invalid(format!(
            "{name}: `{to}` is no process id of a workflow, which looks like `{{client@worker|workflow id}}`"
        )))),
    }
}

/// `process.get_options()`
fn get_options(lua: &Lua, (): ()) -> mlua::Result<Table> {
    let options = lua.create_table()?;
    options.raw_set("trap_links", current(lua, "process.get_options")?.traps_links.get())?;
    Ok(options)
}

/// `process.set_options{trap_links = bool}`
fn set_options(lua: &Lua, options: LuaValue) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "process.set_options";
    let state = current(lua, NAME)?;
    let options = arguments::table(NAME, "options", &options)?;
    let mut unknown: Vec<String> = Vec::new();
    options.for_each(|key: LuaValue, _: LuaValue| {
        let key = key.as_string().map_or_else(|| arguments::type_name(&key).to_owned(), LuaString::to_string_lossy);
        unknown.extend(Some(key).filter(|key| key != "trap_links"));
        Ok(())
    })?;
    unknown.sort_unstable();
    if let Some(key) = unknown.first() {
        let message = format!("option {key} is not supported in a workflow; there is `trap_links`");
        return Ok(Answer::Failure(Failure::invalid(message)));
    }
    match options.raw_get("trap_links")? {
        LuaValue::Nil => {}
        traps => state.traps_links.set(arguments::flag(NAME, "trap_links", &traps)?),
    }
    Ok(Answer::Value(true))
}

fn refused(lua: &Lua, message: String) -> mlua::Result<mlua::Function> {
    lua.create_function(move |_, _: MultiValue| Ok(Answer::<bool>::Failure(Failure::invalid(message.clone()))))
}
