//! What Lua code may ask of a point in time.

use mlua::{AnyUserData, UserData, UserDataFields, UserDataMethods, UserDataRef, Value as LuaValue};

use crate::{
    lua::{Answer, arguments, to_lua},
    value::{Failure, Value},
};

use super::{RFC3339, RFC3339_NANO, format::format, moment::Moment, span::TimeSpan, whole, written, zone::Zone};

impl Moment {
    /// As RFC 3339 writes it, in the moment's own zone.
    pub(crate) fn rfc3339(&self) -> String {
        format(self, RFC3339)
    }

    /// The same, with the parts of a second that there are.
    pub(crate) fn rfc3339_nano(&self) -> String {
        format(self, RFC3339_NANO)
    }
}

impl UserData for Moment {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "Time");
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("add", |lua, this, d: LuaValue| {
            let span = TimeSpan::of(lua, "Time:add", "duration", &d)?;
            Ok(Answer::from(span.and_then(|span| this.plus(span.0))))
        });
        methods.add_method("sub", |_, this, other: LuaValue| {
            Ok(TimeSpan(this.since(&moment("Time:sub", "earlier", &other)?)))
        });
        methods.add_method("add_date", |lua, this, (years, months, days): (LuaValue, LuaValue, LuaValue)| {
            let part = |name: &str, value: &LuaValue| whole(lua, "Time:add_date", name, value);
            let (years, months, days) = (part("years", &years)?, part("months", &months)?, part("days", &days)?);
            Ok(Answer::from(this.plus_date(years, months, days)))
        });
        methods.add_method("after", |_, this, other: LuaValue| Ok(*this > moment("Time:after", "other", &other)?));
        methods.add_method("before", |_, this, other: LuaValue| Ok(*this < moment("Time:before", "other", &other)?));
        methods.add_method("equal", |_, this, other: LuaValue| Ok(*this == moment("Time:equal", "other", &other)?));
        methods.add_method("format", |_, this, layout: LuaValue| {
            Ok(format(this, &written("Time:format", "layout", &layout)?))
        });
        methods.add_method("format_rfc3339", |_, this, ()| Ok(this.rfc3339()));
        methods.add_method("unix", |lua, this, ()| to_lua(lua, &Value::Int(this.seconds())));
        methods.add_method("unix_nano", |lua, this, ()| match i64::try_from(this.nanos()) {
            Ok(nanos) => to_lua(lua, &Value::Int(nanos)).map(Answer::Value),
            Err(_) => Ok(Answer::Failure(Failure::invalid("the time lies too far away to be counted in nanoseconds"))),
        });
        methods.add_method("date", |_, this, ()| {
            let parts = this.parts();
            Ok((parts.year, parts.month, parts.day))
        });
        methods.add_method("clock", |_, this, ()| {
            let parts = this.parts();
            Ok((parts.hour, parts.minute, parts.second))
        });
        methods.add_method("year", |_, this, ()| Ok(this.parts().year));
        methods.add_method("month", |_, this, ()| Ok(this.parts().month));
        methods.add_method("day", |_, this, ()| Ok(this.parts().day));
        methods.add_method("hour", |_, this, ()| Ok(this.parts().hour));
        methods.add_method("minute", |_, this, ()| Ok(this.parts().minute));
        methods.add_method("second", |_, this, ()| Ok(this.parts().second));
        methods.add_method("nanosecond", |_, this, ()| Ok(this.parts().nanos));
        methods.add_method("weekday", |_, this, ()| Ok(this.parts().weekday));
        methods.add_method("year_day", |_, this, ()| Ok(this.parts().year_day));
        methods.add_method("is_zero", |_, this, ()| Ok(this.is_zero()));
        methods.add_method("utc", |_, this, ()| Ok(this.in_zone(Zone::utc())));
        methods.add_method("in_local", |_, this, ()| Ok(this.in_zone(Zone::utc())));
        methods.add_method("in_location", |_, this, zone: LuaValue| {
            Ok(this.in_zone(super::location("Time:in_location", &zone)?))
        });
        methods.add_method("location", |_, this, ()| Ok(this.zone.clone()));
        methods.add_method("round", |_, this, step: LuaValue| {
            Ok(Answer::from(this.round(step_of("Time:round", &step)?.0)))
        });
        methods.add_method("truncate", |_, this, step: LuaValue| {
            Ok(Answer::from(this.truncate(step_of("Time:truncate", &step)?.0)))
        });
        methods.add_meta_method("__tostring", |_, this, ()| Ok(format(this, RFC3339_NANO)));
        methods.add_meta_method("__eq", |_, this, other: UserDataRef<Self>| Ok(*this == *other));
        methods.add_meta_method("__lt", |_, this, other: UserDataRef<Self>| Ok(*this < *other));
        methods.add_meta_method("__le", |_, this, other: UserDataRef<Self>| Ok(*this <= *other));
    }
}

/// An argument that has to be a Time.
pub(crate) fn moment(function: &str, argument: &str, value: &LuaValue) -> mlua::Result<Moment> {
    match value.as_userdata().map(AnyUserData::borrow::<Moment>) {
        Some(Ok(moment)) => Ok(moment.clone()),
        _ => Err(arguments::wrong_type(function, argument, "a Time", value)),
    }
}

/// An argument that has to be a Duration.
fn step_of(function: &str, value: &LuaValue) -> mlua::Result<TimeSpan> {
    match value.as_userdata().map(AnyUserData::borrow::<TimeSpan>) {
        Some(Ok(step)) => Ok(*step),
        _ => Err(arguments::misuse(
            function,
            format!(
                "`step` must be a Duration, got {}; make one with `time.parse_duration`",
                arguments::type_name(value)
            ),
        )),
    }
}
