//! How far a run is, as it says itself.

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    lua::{arguments, from_lua},
    value::{Map, Value},
    workflow::state::RunState,
};

const NAME: &str = "workflow.progress";

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    workflow.raw_set("progress", lua.create_function(progress)?)
}

/// `workflow.progress(done, total, text?)`: what the query `progress` answers from now on
fn progress(lua: &Lua, (done, total, text): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<()> {
    let state = RunState::current(lua, NAME)?;
    let part = amount("done", &done)?;
    let all = amount("total", &total)?;
    let mut shown = Map::from_iter([
        ("done".to_owned(), from_lua(lua, &done).unwrap_or_default()),
        ("total".to_owned(), from_lua(lua, &total).unwrap_or_default()),
        ("percent".to_owned(), Value::Int(percent(part, all))),
    ]);
    if text != LuaValue::Nil {
        shown.insert("text".to_owned(), Value::Text(arguments::text(NAME, "text", &text)?));
    }
    state.handlers(|handlers| handlers.progress = Some(Value::Map(shown)));
    Ok(())
}

fn amount(argument: &str, value: &LuaValue) -> mlua::Result<f64> {
    let amount = arguments::number(NAME, argument, value)?;
    if amount.is_finite() && amount >= 0.0 {
        return Ok(amount);
    }
    Err(arguments::misuse(NAME, format!("`{argument}` must be a number that is not negative, got {amount}")))
}

/// Whole percents, rounded down: 100 is said only when all is done.
fn percent(done: f64, total: f64) -> i64 {
    if done >= total {
        return 100;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is below 100")]
    let percent = (done / total * 100.0).floor() as i64;
    percent.min(99)
}
