//! The functions of `math` that no two machines agree on, and chance.
//!
//! The C library's `sin`, `exp`, `pow` … differ in their last digit between processors; the `libm`
//! crate computes them in plain arithmetic, the same everywhere.

use mlua::{Lua, Table, Value, Variadic};

use crate::lua::{
    Ambient, arguments,
    number::{LARGEST_EXACT, int64_of},
    random::Random,
};

/// What the library adds to `math`.
pub(super) fn functions(lua: &Lua) -> mlua::Result<Table> {
    let math = lua.create_table()?;
    for (name, compute) in ONE_ARGUMENT {
        math.raw_set(*name, lua.create_function(move |lua, x: Value| Ok(compute(number(lua, name, "x", x)?)))?)?;
    }
    for (name, compute) in TWO_ARGUMENTS {
        let function = move |lua: &Lua, (first, second): (Value, Value)| {
            Ok(compute(number(lua, name, "first", first)?, number(lua, name, "second", second)?))
        };
        math.raw_set(*name, lua.create_function(function)?)?;
    }
    math.raw_set("log", lua.create_function(log)?)?;
    math.raw_set("random", lua.create_function(random)?)?;
    math.raw_set("randomseed", lua.create_function(randomseed)?)?;
    math.raw_set("type", lua.create_function(|_, x: Value| Ok(math_type(&x)))?)?;
    math.raw_set("tointeger", lua.create_function(|_, x: Value| Ok(to_integer(x)))?)?;
    #[expect(clippy::cast_precision_loss, reason = "2^53 is a double")]
    let largest = LARGEST_EXACT as f64;
    math.raw_set("maxinteger", largest)?;
    math.raw_set("mininteger", -largest)?;
    let library = lua.create_table()?;
    library.raw_set("math", math)?;
    Ok(library)
}

type OfOne = fn(f64) -> f64;
type OfTwo = fn(f64, f64) -> f64;

const ONE_ARGUMENT: &[(&str, OfOne)] = &[
    ("acos", libm::acos),
    ("asin", libm::asin),
    ("atan", libm::atan),
    ("cos", libm::cos),
    ("cosh", libm::cosh),
    ("exp", libm::exp),
    ("log10", libm::log10),
    ("sin", libm::sin),
    ("sinh", libm::sinh),
    ("tan", libm::tan),
    ("tanh", libm::tanh),
];

const TWO_ARGUMENTS: &[(&str, OfTwo)] = &[("atan2", libm::atan2), ("pow", power)];

/// What the engine would take the fast way to, past our replacements: the compiler is told not to.
///
/// Not all that is replaced stands here: the fast ways of `select`, `string.byte`, `string.sub` and
/// `table.insert` take nothing that is out of range, and leave that to the replacement.
pub(super) const REPLACED_BUILTINS: &[&str] = &[
    "bit32.arshift",
    "bit32.band",
    "bit32.bnot",
    "bit32.bor",
    "bit32.btest",
    "bit32.bxor",
    "bit32.byteswap",
    "bit32.countlz",
    "bit32.countrz",
    "bit32.extract",
    "bit32.lrotate",
    "bit32.lshift",
    "bit32.replace",
    "bit32.rrotate",
    "bit32.rshift",
    "math.acos",
    "math.asin",
    "math.atan",
    "math.atan2",
    "math.cos",
    "math.cosh",
    "math.exp",
    "math.ldexp",
    "math.log",
    "math.log10",
    "math.pow",
    "math.sin",
    "math.sinh",
    "math.tan",
    "math.tanh",
    "setmetatable",
    "string.char",
    "table.unpack",
    "tostring",
    "unpack",
];

/// `base ^ exponent`; squares, cubes and roots as the engine computes them.
#[expect(clippy::float_cmp, reason = "exactly these exponents")]
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 2.0 {
        base * base
    } else if exponent == 3.0 {
        base * base * base
    } else if exponent == 0.5 {
        base.sqrt()
    } else {
        libm::pow(base, exponent)
    }
}

/// `math.log(x, base?)`
fn log(lua: &Lua, (x, base): (Value, Value)) -> mlua::Result<f64> {
    let x = number(lua, "log", "x", x)?;
    if base == Value::Nil {
        return Ok(libm::log(x));
    }
    Ok(match number(lua, "log", "base", base)? {
        2.0 => libm::log2(x),
        10.0 => libm::log10(x),
        base => libm::log(x) / libm::log(base),
    })
}

/// A number, or a text that is one, as everywhere in `math`.
fn number(lua: &Lua, function: &str, argument: &str, value: Value) -> mlua::Result<f64> {
    match lua.coerce_number(value.clone())? {
        Some(number) => Ok(number),
        None => Err(arguments::wrong_type(&format!("math.{function}"), argument, "a number", &value)),
    }
}

/// `math.random()`, `(high)`, `(low, high)`.
fn random(lua: &Lua, bounds: Variadic<Value>) -> mlua::Result<f64> {
    let bounds: Vec<i64> =
        bounds.iter().enumerate().map(|(at, bound)| bound_of(bound, at + 1)).collect::<mlua::Result<_>>()?;
    let (low, high) = match bounds[..] {
        [] => return Ok(Ambient::current(lua).draw(Random::unit)),
        [high] => (1, high),
        [low, high] => (low, high),
        _ => return Err(arguments::misuse("math.random", "takes at most a lower and an upper bound")),
    };
    if low > high {
        return Err(arguments::misuse("math.random", format!("the interval from {low} to {high} is empty")));
    }
    let width = low.abs_diff(high) + 1;
    let drawn = Ambient::current(lua).draw(|random| random.below(width));
    #[expect(clippy::cast_precision_loss, reason = "the bounds are within 2^53")]
    Ok((i128::from(low) + i128::from(drawn)) as f64)
}

fn bound_of(bound: &Value, position: usize) -> mlua::Result<i64> {
    match bound {
        Value::Integer(number) if i128::from(*number).abs() <= LARGEST_EXACT => Ok(*number),
        Value::Number(number) => Err(arguments::misuse(
            "math.random",
            format!("bound {position} must be an integer within 2^53, got {number}"),
        )),
        other => Err(arguments::wrong_type("math.random", &format!("bound {position}"), "a number", other)),
    }
}

fn randomseed(lua: &Lua, seed: Value) -> mlua::Result<()> {
    const NAME: &str = "math.randomseed";
    if seed == Value::Nil {
        let problem = "give a seed; without one it would differ each time, and the run is seeded already";
        return Err(arguments::misuse(NAME, problem));
    }
    let seed = arguments::number(NAME, "seed", &seed)?;
    Ambient::current(lua).seed_of_author(seed.to_bits());
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "2^53 is a double")]
fn math_type(value: &Value) -> Option<&'static str> {
    match value {
        Value::Integer(_) => Some("integer"),
        Value::Number(number) if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT as f64 => Some("integer"),
        Value::Number(_) => Some("float"),
        other => int64_of(other).map(|_| "integer"),
    }
}

fn to_integer(value: Value) -> Option<Value> {
    let value = match &value {
        Value::String(text) => Value::Number(text.to_str().ok()?.trim().parse().ok()?),
        _ => value,
    };
    (math_type(&value) == Some("integer")).then_some(value)
}
