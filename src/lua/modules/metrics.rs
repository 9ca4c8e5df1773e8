//! `metrics`, of which each profile gives the end: where a measure goes, and what is said of one
//! that is not kept.

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    lua::{Answer, arguments},
    telemetry::{Change, Measure},
    value::Failure,
};

/// Takes what the named function of the module was told.
pub(crate) type MetricSink = fn(&Lua, &str, Measure) -> mlua::Result<Result<(), Failure>>;

type ChangeBy = fn(f64) -> Change;

/// The functions that take a value, and those that know theirs.
const WITH_VALUE: [(&str, ChangeBy); 3] =
    [("counter_add", Change::Count), ("gauge_set", Change::Set), ("histogram", Change::Observe)];
const BY_ONE: [(&str, Change); 3] =
    [("counter_inc", Change::Count(1.0)), ("gauge_dec", Change::Move(-1.0)), ("gauge_inc", Change::Move(1.0))];

/// The module's table; every measure goes to `sink`.
pub(crate) fn table(lua: &Lua, sink: MetricSink) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for (name, change) in WITH_VALUE {
        let measure = move |lua: &Lua, (metric, value, labels): (LuaValue, LuaValue, LuaValue)| {
            let function = format!("metrics.{name}");
            let metric = arguments::text(&function, "name", &metric)?;
            let value = arguments::number(&function, "value", &value)?;
            take(lua, sink, &function, metric, change(value), &labels)
        };
        table.raw_set(name, lua.create_function(measure)?)?;
    }
    for (name, change) in BY_ONE {
        let measure = move |lua: &Lua, (metric, labels): (LuaValue, LuaValue)| {
            let function = format!("metrics.{name}");
            let metric = arguments::text(&function, "name", &metric)?;
            take(lua, sink, &function, metric, change, &labels)
        };
        table.raw_set(name, lua.create_function(measure)?)?;
    }
    Ok(table)
}

fn take(
    lua: &Lua,
    sink: MetricSink,
    function: &str,
    metric: String,
    change: Change,
    labels: &LuaValue,
) -> mlua::Result<Answer<bool>> {
    let taken = match Measure::new(metric, change, read(lua, function, labels)?) {
        Ok(measure) => sink(lua, function, measure)?,
        Err(error) => Err(Failure::invalid(error.to_string())),
    };
    Ok(taken.map(|()| true).into())
}

/// Labels, sorted, so that of several that are wrong always the same one is told.
fn read(lua: &Lua, function: &str, labels: &LuaValue) -> mlua::Result<Vec<(String, String)>> {
    if *labels == LuaValue::Nil {
        return Ok(Vec::new());
    }
    let mut read = Vec::new();
    arguments::table(function, "labels", labels)?.for_each(|name: LuaValue, value: LuaValue| {
        let LuaValue::String(name) = name else {
            return Err(arguments::misuse(function, "the name of each label must be a string"));
        };
        read.push((name.to_string_lossy(), value));
        Ok(())
    })?;
    read.sort_by(|(one, _), (other, _)| one.cmp(other));
    let texts = read.into_iter().map(|(name, value)| match &value {
        LuaValue::String(text) => Ok((name, text.to_string_lossy())),
        LuaValue::Boolean(value) => Ok((name, value.to_string())),
        LuaValue::Integer(_) | LuaValue::Number(_) => {
            let text = lua.coerce_string(value)?.map(|text| text.to_string_lossy());
            Ok((name, text.unwrap_or_default()))
        }
        other => Err(arguments::misuse(
            function,
            format!("label `{name}` must be a string, a number or a boolean, got {}", arguments::type_name(other)),
        )),
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lua::{
        sandbox::environment,
        testing::{self, load},
    };

    fn remember(lua: &Lua, function: &str, measure: Measure) -> mlua::Result<Result<(), Failure>> {
        let told = lua.named_registry_value::<Option<String>>("told")?.unwrap_or_default();
        let (name, change, labels) = measure.into_parts();
        lua.set_named_registry_value("told", format!("{told}{function} {name} {change:?} {labels:?}\n"))?;
        Ok(Ok(()))
    }

    fn run(code: &str) -> mlua::Result<String> {
        let lua = testing::lua();
        let environment = environment(&lua)?;
        environment.raw_set("metrics", table(&lua, remember)?)?;
        load(&lua, "app:main", code, environment)?.call::<()>(())?;
        lua.named_registry_value::<Option<String>>("told").map(Option::unwrap_or_default)
    }

    #[test]
    fn each_function_has_its_change_and_labels_become_text() {
        let code = r#"
            assert(metrics.counter_inc("a") == true)
            metrics.counter_add("a", 2.5, { z = true, b = 7, c = "x" })
            metrics.gauge_set("g", -1)
            metrics.gauge_inc("g", {})
            metrics.gauge_dec("g")
            metrics.histogram("h", 0.25)
        "#;
        insta::assert_snapshot!(run(code).unwrap(), @r#"
        metrics.counter_inc a Count(1.0) []
        metrics.counter_add a Count(2.5) [("b", "7"), ("c", "x"), ("z", "true")]
        metrics.gauge_set g Set(-1.0) []
        metrics.gauge_inc g Move(1.0) []
        metrics.gauge_dec g Move(-1.0) []
        metrics.histogram h Observe(0.25) []
        "#);
    }

    #[test]
    fn what_prometheus_cannot_read_is_an_error_that_is_returned() {
        let code = r#"
            local taken, err = metrics.counter_inc("orders.created")
            assert(taken == nil and err:kind() == "Invalid")
            assert(string.find(err:message(), "as in `orders_created`", 1, true), err:message())
        "#;
        assert_eq!(run(code).unwrap(), "");
    }

    #[test]
    fn misuse_is_raised() {
        for (code, expected) in [
            ("metrics.counter_inc(7)", "metrics.counter_inc: `name` must be a string, got a number"),
            (r#"metrics.counter_add("a")"#, "metrics.counter_add: `value` must be a number, got nil"),
            (r#"metrics.counter_inc("a", "b")"#, "metrics.counter_inc: `labels` must be a table, got a string"),
            (r#"metrics.counter_inc("a", { "b" })"#, "metrics.counter_inc: the name of each label must be a string"),
            (
                r#"metrics.gauge_set("a", 1, { d = {}, c = print, b = "x" })"#,
                "metrics.gauge_set: label `c` must be a string, a number or a boolean, got a function",
            ),
        ] {
            let error = run(code).unwrap_err().to_string();
            assert!(error.contains(expected), "{code}: {error}");
        }
    }
}
