//! Search attributes and memo: read, set, taken away.

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    lua::{Answer, arguments, from_lua, to_lua},
    value::{Failure, Map, Value},
    workflow::{Command, SearchAttributes, api::attributes, state::RunState, upserted},
};

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    workflow.raw_set("attrs", lua.create_function(attrs)?)?;
    workflow.raw_set("search_attributes", lua.create_function(search_attributes)?)?;
    workflow.raw_set("memo", lua.create_function(memo)?)?;
    workflow.raw_set("unset", lua.create_userdata(attributes::Unset)?)
}

/// `workflow.attrs{search = {…}?, memo = {…}?}`
fn attrs(lua: &Lua, fields: LuaValue) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "workflow.attrs";
    let state = RunState::current(lua, NAME)?;
    let fields = arguments::table(NAME, "attributes", &fields)?;
    arguments::only_keys(NAME, &fields, &["search", "memo"])?;
    let (search, memo) = (fields.raw_get("search")?, fields.raw_get("memo")?);
    match (read_search(lua, &state, &search), read_memo(lua, &memo)) {
        (Err(problem), _) | (_, Err(problem)) => Ok(Answer::Failure(Failure::invalid(problem))),
        (Ok(search), Ok(memo)) if search.is_empty() && memo.is_empty() => {
            Ok(Answer::Failure(Failure::invalid("at least one of search or memo required")))
        }
        (Ok(search), Ok(memo)) => {
            set(lua, &state, search, memo);
            Ok(Answer::Value(true))
        }
    }
}

fn set(lua: &Lua, state: &RunState, search: SearchAttributes, memo: Map) {
    upserted::upsert(state, &search, &memo);
    if !search.is_empty() {
        state.command(lua, Command::UpsertSearchAttributes(search));
    }
    if !memo.is_empty() {
        state.command(lua, Command::UpsertMemo(memo));
    }
}

fn read_search(lua: &Lua, state: &RunState, search: &LuaValue) -> Result<SearchAttributes, String> {
    match search {
        LuaValue::Nil => Ok(SearchAttributes::new()),
        LuaValue::Table(table) => {
            let plain = attributes::plain(lua, "search", table)?;
            let read = attributes::read_known(&plain, |name| upserted::kind_of(state, name))?;
            let mut all = upserted::search_attributes(state);
            all.extend(read.iter().map(|(name, attribute)| (name.clone(), attribute.clone())));
            attributes::check_together(&all)?;
            Ok(read)
        }
        other => Err(format!("search must be a table, not {}", arguments::type_name(other))),
    }
}

fn read_memo(lua: &Lua, memo: &LuaValue) -> Result<Map, String> {
    match memo {
        LuaValue::Nil => Ok(Map::new()),
        LuaValue::Table(table) => attributes::fields("memo", table, |value| {
            if attributes::is_unset(value) {
                return Ok(Value::Null);
            }
            from_lua(lua, value).map_err(|problem| problem.to_string())
        }),
        other => Err(format!("memo must be a table, not {}", arguments::type_name(other))),
    }
}

/// `workflow.search_attributes()`: as they are now.
fn search_attributes(lua: &Lua, (): ()) -> mlua::Result<Table> {
    let state = RunState::reading(lua, "workflow.search_attributes")?;
    attributes::to_table(lua, &upserted::search_attributes(&state))
}

/// `workflow.memo()`: as it is now.
fn memo(lua: &Lua, (): ()) -> mlua::Result<LuaValue> {
    let state = RunState::reading(lua, "workflow.memo")?;
    to_lua(lua, &Value::Map(upserted::memo(&state)))
}
