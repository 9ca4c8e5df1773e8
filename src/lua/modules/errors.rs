//! `errors`: makes and reads error objects.

use mlua::{AnyUserData, Lua, Table, Value as LuaValue};

use crate::{
    lua::{Effect, Module, arguments, error::frames_of, error_here, failure_of, from_lua},
    value::{Failure, failure_kind},
};

/// Each constant of the module, and the kind it stands for.
const KINDS: &[(&str, &str)] = &[
    ("ALREADY_EXISTS", failure_kind::ALREADY_EXISTS),
    ("CANCELED", failure_kind::CANCELED),
    ("CONFLICT", failure_kind::CONFLICT),
    ("INTERNAL", failure_kind::INTERNAL),
    ("INVALID", failure_kind::INVALID),
    ("NOT_FOUND", failure_kind::NOT_FOUND),
    ("PERMISSION_DENIED", failure_kind::PERMISSION_DENIED),
    ("RATE_LIMITED", failure_kind::RATE_LIMITED),
    ("TERMINATED", failure_kind::TERMINATED),
    ("TIMEOUT", failure_kind::TIMEOUT),
    ("UNAVAILABLE", failure_kind::UNAVAILABLE),
    ("UNKNOWN", failure_kind::UNKNOWN),
];

/// The most causes that wrapping makes.
const MOST_CAUSES: usize = 32;

pub(crate) struct Errors;

impl Module for Errors {
    const NAME: &'static str = "errors";
    const EFFECT: Effect = Effect::Pure;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let errors = lua.create_table()?;
        errors.raw_set("new", lua.create_function(new)?)?;
        errors.raw_set("wrap", lua.create_function(wrap)?)?;
        errors.raw_set("is", lua.create_function(is)?)?;
        errors.raw_set("call_stack", lua.create_function(call_stack)?)?;
        for (name, kind) in KINDS {
            errors.raw_set(*name, *kind)?;
        }
        Ok(errors)
    }
}

/// `errors.new(message)`, `errors.new(kind, message)` or
/// `errors.new{message=, kind=, retryable=, details=}`.
fn new(lua: &Lua, (first, second): (LuaValue, LuaValue)) -> mlua::Result<AnyUserData> {
    const NAME: &str = "errors.new";
    let failure = match (&first, &second) {
        (LuaValue::Table(fields), _) => from_fields(lua, NAME, fields)?,
        (kind, LuaValue::String(_)) => {
            Failure::new(kind_of(&arguments::text(NAME, "kind", kind)?), lossy(NAME, "message", &second)?)
        }
        (message, _) => Failure::new(failure_kind::UNKNOWN, lossy(NAME, "message", message)?),
    };
    error_here(lua, failure)
}

fn from_fields(lua: &Lua, function: &str, fields: &Table) -> mlua::Result<Failure> {
    arguments::only_keys(function, fields, &["message", "kind", "retryable", "details"])?;
    let field = |name: &str| fields.raw_get::<LuaValue>(name);
    let mut failure = Failure::new(failure_kind::UNKNOWN, lossy(function, "message", &field("message")?)?);
    match field("kind")? {
        LuaValue::Nil => {}
        kind => failure.kind = kind_of(&arguments::text(function, "kind", &kind)?),
    }
    match field("retryable")? {
        LuaValue::Nil => {}
        retryable => failure.retryable = Some(arguments::flag(function, "retryable", &retryable)?),
    }
    match field("details")? {
        LuaValue::Nil => {}
        details => {
            let details = from_lua(lua, &details);
            failure.details =
                Some(details.map_err(|problem| arguments::misuse(function, format!("`details`: {problem}")))?);
        }
    }
    Ok(failure)
}

/// `errors.wrap(error_or_text, context)`: the same error with words in front, and what it wraps as
/// its cause.
fn wrap(lua: &Lua, (inner, context): (LuaValue, LuaValue)) -> mlua::Result<AnyUserData> {
    const NAME: &str = "errors.wrap";
    let context = arguments::text(NAME, "context", &context)?;
    let inner = match failure_of(&inner) {
        Some(failure) => failure,
        None => Failure::new(failure_kind::UNKNOWN, lossy(NAME, "error", &inner)?),
    };
    let outer = Failure {
        message: format!("{context}: {}", inner.message),
        kind: inner.kind.clone(),
        foreign_type: inner.foreign_type.clone(),
        retryable: inner.retryable,
        details: inner.details.clone(),
        ..Failure::new("", "")
    };
    match inner.cause {
        // A loop that wraps what it wrapped would make a chain that grows without end.
        Some(cause) if causes(&cause) >= MOST_CAUSES => error_here(lua, outer.caused_by(*cause)),
        cause => error_here(lua, outer.caused_by(Failure { cause, ..inner })),
    }
}

/// How many failures a chain has.
fn causes(failure: &Failure) -> usize {
    std::iter::successors(Some(failure), |failure| failure.cause.as_deref()).count()
}

/// `errors.is(error, kind)`: whether it, or what caused it, is of that kind.
fn is(_: &Lua, (error, kind): (LuaValue, LuaValue)) -> mlua::Result<bool> {
    let kind = kind_of(&arguments::text("errors.is", "kind", &kind)?);
    let failure = failure_of(&error);
    let mut next = failure.as_ref();
    while let Some(failure) = next {
        if failure.kind == kind {
            return Ok(true);
        }
        next = failure.cause.as_deref();
    }
    Ok(false)
}

/// `errors.call_stack(error)`: `{thread =, frames = {{source =, line =, name =}, …}}`, or nil.
fn call_stack(lua: &Lua, error: LuaValue) -> mlua::Result<Option<Table>> {
    let Some(failure) = failure_of(&error).filter(|failure| !failure.nearest_stack().is_empty()) else {
        return Ok(None);
    };
    let frames = lua.create_table()?;
    for frame in frames_of(failure.nearest_stack()) {
        let entry = lua.create_table()?;
        entry.raw_set("source", frame.chunk)?;
        entry.raw_set("line", frame.line)?;
        entry.raw_set("name", frame.function)?;
        frames.raw_push(entry)?;
    }
    let stack = lua.create_table()?;
    stack.raw_set("thread", "main")?;
    stack.raw_set("frames", frames)?;
    Ok(Some(stack))
}

/// `NOT_FOUND`, as some write it, is the kind `NotFound`; every other text is a kind of its own.
fn kind_of(text: &str) -> String {
    KINDS.iter().find(|(name, _)| *name == text).map_or(text, |(_, kind)| kind).to_owned()
}

/// A message: bytes that are not text must not stand in the way of telling what went wrong.
fn lossy(function: &str, argument: &str, value: &LuaValue) -> mlua::Result<String> {
    Ok(arguments::string(function, argument, value)?.to_string_lossy())
}
