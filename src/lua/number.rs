//! Integers that a double cannot hold: exact, or an error; never rounded.
//!
//! Lua's numbers are doubles. An integer beyond 2^53 comes into Lua as an `int64`: userdata that
//! prints, compares and computes exactly, and leaves Lua with all its digits. A result that fits a
//! double again is a plain number.

use mlua::{FromLua, IntoLua, Lua, MetaMethod, UserData, UserDataMethods, Value as LuaValue};

use crate::value::Value;

/// The largest integer below which every integer is a double: 2^53.
pub(crate) const LARGEST_EXACT: i128 = 1 << 53;

/// An integer of 64 bits, signed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Int64(i128);

impl Int64 {
    fn new(value: i128) -> Option<Self> {
        (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value).then_some(Self(value))
    }

    /// As the rest of the program writes it.
    pub(crate) fn to_value(self) -> Value {
        match i64::try_from(self.0) {
            Ok(value) => Value::Int(value),
            Err(_) => Value::UInt(u64::try_from(self.0).unwrap_or(u64::MAX)),
        }
    }
}

/// An integer as Lua sees it: a number if a double holds it exactly, else an `int64`.
pub(crate) fn integer_to_lua(lua: &Lua, value: i128) -> mlua::Result<LuaValue> {
    if value.abs() <= LARGEST_EXACT {
        #[expect(clippy::cast_precision_loss, reason = "just checked")]
        return Ok(LuaValue::Number(value as f64));
    }
    match Int64::new(value) {
        Some(value) => lua.create_userdata(value).map(LuaValue::UserData),
        None => Err(mlua::Error::runtime("int64: the result does not fit 64 bits")),
    }
}

/// One side of an operation: an `int64`, or a number without a fraction.
struct Operand(i128);

impl FromLua for Operand {
    fn from_lua(value: LuaValue, _: &Lua) -> mlua::Result<Self> {
        let number = match &value {
            LuaValue::UserData(data) => return Ok(Self(data.borrow::<Int64>()?.0)),
            LuaValue::Integer(number) => return Ok(Self(i128::from(*number))),
            LuaValue::Number(number) => *number,
            other => return Err(mlua::Error::runtime(format!("int64: cannot compute with a {}", other.type_name()))),
        };
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT as f64 {
            return Ok(Self(number as i128));
        }
        Err(mlua::Error::runtime(format!(
            "int64: {number} is no exact integer; convert with `tonumber(tostring(x))` to compute with rounding"
        )))
    }
}

struct Result_(i128);

impl IntoLua for Result_ {
    fn into_lua(self, lua: &Lua) -> mlua::Result<LuaValue> {
        integer_to_lua(lua, self.0)
    }
}

impl UserData for Int64 {
    fn add_fields<F: mlua::UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "int64");
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.0.to_string()));
        methods.add_meta_method(MetaMethod::Unm, |_, this, ()| Ok(Result_(-this.0)));
        methods.add_meta_function(MetaMethod::Eq, |_, (a, b): (Operand, Operand)| Ok(a.0 == b.0));
        methods.add_meta_function(MetaMethod::Lt, |_, (a, b): (Operand, Operand)| Ok(a.0 < b.0));
        methods.add_meta_function(MetaMethod::Le, |_, (a, b): (Operand, Operand)| Ok(a.0 <= b.0));
        methods.add_meta_function(MetaMethod::Concat, |_, (a, b): (LuaValue, LuaValue)| {
            Ok(concat_side(&a)? + &concat_side(&b)?)
        });
        arithmetic(methods, MetaMethod::Add, |a, b| a.checked_add(b));
        arithmetic(methods, MetaMethod::Sub, |a, b| a.checked_sub(b));
        arithmetic(methods, MetaMethod::Mul, |a, b| a.checked_mul(b));
        arithmetic(methods, MetaMethod::IDiv, floor_div);
        arithmetic(methods, MetaMethod::Mod, |a, b| Some(a - b.checked_mul(floor_div(a, b)?)?));
        arithmetic(methods, MetaMethod::Div, |a, b| (b != 0 && a % b == 0).then(|| a / b));
    }
}

fn arithmetic<M: UserDataMethods<Int64>>(
    methods: &mut M,
    operator: MetaMethod,
    compute: impl Fn(i128, i128) -> Option<i128> + 'static,
) {
    let name = operator.name();
    methods.add_meta_function(operator, move |_, (a, b): (Operand, Operand)| {
        let result = compute(a.0, b.0).and_then(|result| Int64::new(result).map(|_| Result_(result)));
        result.ok_or_else(|| mlua::Error::runtime(format!("int64: `{}` has no exact 64-bit result", &name[2..])))
    });
}

fn floor_div(a: i128, b: i128) -> Option<i128> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

fn concat_side(value: &LuaValue) -> mlua::Result<String> {
    match value {
        LuaValue::UserData(data) => Ok(data.borrow::<Int64>()?.0.to_string()),
        LuaValue::String(text) => Ok(text.to_str()?.to_owned()),
        LuaValue::Integer(_) | LuaValue::Number(_) => value.to_string(),
        other => Err(mlua::Error::runtime(format!("attempt to concatenate a {}", other.type_name()))),
    }
}

/// The integer inside a Lua value, if it is an `int64`.
pub(crate) fn int64_of(value: &LuaValue) -> Option<Int64> {
    value.as_userdata()?.borrow::<Int64>().ok().map(|value| *value)
}
