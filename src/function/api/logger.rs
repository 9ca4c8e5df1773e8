//! `logger` in a function: a line says which attempt of which activity it comes from.

use mlua::{Lua, Table};

use crate::{
    function::call::Call,
    lua::{
        Effect, Module,
        logger::{LogLevel, LogLine, table},
    },
    value::Value,
};

pub(crate) struct Logger;

impl Module for Logger {
    const NAME: &'static str = "logger";
    const EFFECT: Effect = Effect::Observing;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        table(lua, write)
    }
}

/// One event of `tracing`; a macro, because the level of one is fixed where it stands.
macro_rules! event {
    ($level:ident, $call:expr, $line:expr, $fields:expr) => {
        tracing::$level!(
            target: "lua",
            function = %$call.entry.id,
            workflow_id = %$call.task.workflow_id,
            run_id = %$call.task.run_id,
            activity_id = %$call.task.activity_id,
            attempt = $call.task.attempt,
            logger = $line.name,
            fields = $fields,
            "{}",
            $line.message
        )
    };
}

fn write(lua: &Lua, line: &LogLine<'_>) -> mlua::Result<()> {
    let call = Call::current(lua, "logger")?;
    let fields = (!line.fields.is_empty()).then(|| Value::Map(line.fields.clone()).to_json());
    let fields = fields.as_deref();
    match line.level {
        LogLevel::Debug => event!(debug, call, line, fields),
        LogLevel::Info => event!(info, call, line, fields),
        LogLevel::Warn => event!(warn, call, line, fields),
        LogLevel::Error => event!(error, call, line, fields),
    }
    Ok(())
}
