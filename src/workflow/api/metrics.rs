//! `metrics` in a workflow: what is counted is not counted again on replay.
//!
//! What a call returns follows from its arguments alone. Whether there is room for one more set of
//! labels does not, and a replay would see another answer: that is told to the log.

use mlua::{Lua, Table};

use crate::{
    lua::{Effect, Module, metrics::table},
    telemetry::Measure,
    value::Failure,
    workflow::state::RunState,
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
    let state = RunState::reading(lua, function)?;
    if !state.replaying.get() {
        state.options.metrics.take_silently(measure);
    }
    Ok(Ok(()))
}
