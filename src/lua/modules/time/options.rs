//! The options of a wait, and of what else `time` is asked to do later.

use mlua::{Table, Value as LuaValue};

use crate::lua::arguments;

/// `{summary = "…"}`: what the server shows beside a workflow's timer. A function's timers are
/// shown nowhere; it takes the option so that code can be shared.
pub(crate) fn summary(function: &str, options: &LuaValue) -> mlua::Result<Option<String>> {
    if *options == LuaValue::Nil {
        return Ok(None);
    }
    let options = arguments::table(function, "options", options)?;
    arguments::only_keys(function, &options, &["summary"])?;
    summary_in(function, &options)
}

/// The field `summary` of options that may have others.
pub(crate) fn summary_in(function: &str, options: &Table) -> mlua::Result<Option<String>> {
    match options.raw_get::<LuaValue>("summary")? {
        LuaValue::Nil => Ok(None),
        summary => match arguments::text(function, "summary", &summary)? {
            empty if empty.is_empty() => Err(arguments::misuse(function, "`summary` is empty")),
            summary => Ok(Some(summary)),
        },
    }
}
