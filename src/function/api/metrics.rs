//! `metrics` in a function: what cannot be kept is told to who measures it.

use mlua::{Lua, Table};

use crate::{
    function::call::Call,
    lua::{Effect, Module, metrics::table},
    telemetry::Measure,
    value::Failure,
};

pub(crate) struct Metrics;

impl Module for Metrics {
    const NAME: &'static str = "metrics";
    const EFFECT: Effect = Effect::Observing;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        table(lua, take)
    }
}

fn take(lua: &Lua, function: &str, measure: Measure) -> mlua::Result<Result<(), Failure>> {
    let taken = Call::current(lua, function)?.world.metrics.take(measure);
    Ok(taken.map_err(|error| Failure::invalid(error.to_string())))
}
