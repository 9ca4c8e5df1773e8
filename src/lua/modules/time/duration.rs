//! A span of time as Lua holds it.

use std::time::Duration;

use mlua::{Lua, MetaMethod, UserData, UserDataMethods, Value};

use super::integer;
use crate::value::format_duration;

/// Nanoseconds; may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LuaDuration(pub(crate) i64);

impl LuaDuration {
    fn in_units(self, nanos: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "seconds, minutes and hours are given as doubles, as in Go")]
        let size = self.0 as f64;
        size / nanos
    }
}

impl UserData for LuaDuration {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("nanoseconds", |lua, this, ()| integer(lua, this.0.into()));
        methods.add_method("microseconds", |lua, this, ()| integer(lua, (this.0 / 1_000).into()));
        methods.add_method("milliseconds", |lua, this, ()| integer(lua, (this.0 / 1_000_000).into()));
        methods.add_method("seconds", |_, this, ()| Ok(this.in_units(1e9)));
        methods.add_method("minutes", |_, this, ()| Ok(this.in_units(6e10)));
        methods.add_method("hours", |_, this, ()| Ok(this.in_units(3.6e12)));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            let sign = if this.0 < 0 { "-" } else { "" };
            Ok(format!("{sign}{}", format_duration(Duration::from_nanos(this.0.unsigned_abs()))))
        });
        methods.add_meta_function(MetaMethod::Eq, |_, (left, right): (Value, Value)| Ok(both(&left, &right).is_some_and(|(l, r)| l == r)));
        methods.add_meta_function(MetaMethod::Lt, |_, (left, right)| compare(&left, &right).map(|(l, r)| l < r));
        methods.add_meta_function(MetaMethod::Le, |_, (left, right)| compare(&left, &right).map(|(l, r)| l <= r));
        methods.add_meta_function(MetaMethod::Add, |lua, (left, right)| sum(lua, &left, &right, i64::checked_add));
        methods.add_meta_function(MetaMethod::Sub, |lua, (left, right)| sum(lua, &left, &right, i64::checked_sub));
    }
}

fn both(left: &Value, right: &Value) -> Option<(LuaDuration, LuaDuration)> {
    let duration = |value: &Value| value.as_userdata()?.borrow::<LuaDuration>().ok().map(|duration| *duration);
    Some((duration(left)?, duration(right)?))
}

fn compare(left: &Value, right: &Value) -> mlua::Result<(LuaDuration, LuaDuration)> {
    both(left, right).ok_or_else(|| mlua::Error::runtime("a Duration is compared and added with a Duration only"))
}

fn sum(_: &Lua, left: &Value, right: &Value, with: fn(i64, i64) -> Option<i64>) -> mlua::Result<LuaDuration> {
    let (left, right) = compare(left, right)?;
    with(left.0, right.0).map(LuaDuration).ok_or_else(|| mlua::Error::runtime("the Duration is too long"))
}
