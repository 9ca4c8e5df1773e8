//! Integers that a double cannot hold: exact, or an error; never rounded.
//!
//! Lua's numbers are doubles. An integer beyond 2^53 comes into Lua as an `int64`: userdata that
//! prints, compares and computes exactly, and leaves Lua with all its digits. A result that fits a
//! double again is a plain number.

use std::cmp::Ordering;

use mlua::{Lua, MetaMethod, UserData, UserDataMethods, Value as LuaValue};

use crate::{lua::arguments, value::Value};

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
fn operand(value: &LuaValue) -> mlua::Result<i128> {
    let problem = match value {
        LuaValue::UserData(data) => return Ok(data.borrow::<Int64>()?.0),
        LuaValue::Integer(number) => return Ok(i128::from(*number)),
        LuaValue::Number(number) => {
            format!("{number} is no exact integer; to round, compute with `tonumber(tostring(x))`")
        }
        other => format!("cannot compute with {}", arguments::type_name(other)),
    };
    Err(arguments::misuse("int64", problem))
}

fn compared(a: &LuaValue, b: &LuaValue) -> mlua::Result<Ordering> {
    Ok(operand(a)?.cmp(&operand(b)?))
}

impl UserData for Int64 {
    fn add_fields<F: mlua::UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "int64");
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.0.to_string()));
        methods.add_meta_method(MetaMethod::Unm, |lua, this, ()| integer_to_lua(lua, -this.0));
        methods.add_meta_function(MetaMethod::Eq, |_, (a, b): (LuaValue, LuaValue)| Ok(compared(&a, &b)?.is_eq()));
        methods.add_meta_function(MetaMethod::Lt, |_, (a, b): (LuaValue, LuaValue)| Ok(compared(&a, &b)?.is_lt()));
        methods.add_meta_function(MetaMethod::Le, |_, (a, b): (LuaValue, LuaValue)| Ok(compared(&a, &b)?.is_le()));
        methods.add_meta_function(MetaMethod::Concat, |_, (a, b): (LuaValue, LuaValue)| {
            Ok(concat_side(&a)? + &concat_side(&b)?)
        });
        arithmetic(methods, MetaMethod::Add, i128::checked_add);
        arithmetic(methods, MetaMethod::Sub, i128::checked_sub);
        arithmetic(methods, MetaMethod::Mul, i128::checked_mul);
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
    methods.add_meta_function(operator, move |lua, (a, b): (LuaValue, LuaValue)| {
        let result = compute(operand(&a)?, operand(&b)?).filter(|result| Int64::new(*result).is_some());
        match result {
            Some(result) => integer_to_lua(lua, result),
            None => Err(arguments::misuse("int64", format!("`{}` has no exact 64-bit result here", &name[2..]))),
        }
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
