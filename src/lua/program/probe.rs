//! Runs a program's text once, to see that it returns the function it says.

use std::{sync::Arc, time::Duration};

use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Table, Value as LuaValue};

use super::Program;
use crate::{
    diag::{Code, Diagnostic, closest},
    lua::{
        Frame, Limits, LuaError, Meter, Profile, Tripped, protected,
        realm::{describe_missing, function_names, is_not_running},
        require, sandbox,
    },
    source::Spanned,
};

/// A text that only defines functions needs far less. How long it takes is not its fault alone: a busy
/// machine must not make it wrong.
const LIMITS: Limits = Limits { instructions: 10_000_000, wall: Duration::from_secs(10), memory: 64 * 1024 * 1024 };

/// So much garbage of other programs, in bytes, may lie in a state when the next one is tried.
const LEFT_BEHIND: usize = 1024 * 1024;

/// A state in which the texts of one profile are run, one after the other: each in a realm of its own that
/// is thrown away, with limits and chance of its own. So none sees what another has done.
#[derive(Debug)]
pub(super) struct Trials {
    profile: &'static Profile,
    lua: Lua,
    /// Bytes that it held when it was new.
    size: usize,
    are_over: bool,
}

/// How a trial ended.
enum Tried {
    /// What the text returns, and the method of it.
    Found(LuaValue, LuaValue),
    Raised(LuaError),
    Tripped(Tripped),
}

impl Trials {
    pub(super) fn open(profile: &'static Profile) -> mlua::Result<Self> {
        let lua = sandbox::open(profile)?;
        Ok(Self { profile, size: lua.used_memory(), lua, are_over: false })
    }

    pub(super) fn are_of(&self, profile: &Profile) -> bool {
        std::ptr::eq(self.profile, profile)
    }

    /// Whether the next program needs another state.
    pub(super) fn are_over(&self) -> bool {
        self.are_over
    }

    /// Runs the text. One that asks for its run cannot be checked.
    pub(super) fn run(&mut self, program: &Arc<Program>, method: &Spanned<String>) -> Result<(), Box<Diagnostic>> {
        let tried = self.try_text(program, method);
        // What broke the engine, or passed a limit, may have left more than garbage.
        self.are_over |= tried.is_err() || self.collect().is_err();
        match tried.map_err(|error| broken(program, &error, method))? {
            Tried::Found(_, LuaValue::Function(function)) => {
                if let Some(frame) = Frame::beginning_of(&function) {
                    // It is asked once, and before anybody has the program.
                    let _ = program.main.set(frame);
                }
                Ok(())
            }
            Tried::Found(exported, _) => {
                Err(missing(&exported, method).unwrap_or_else(|error| broken(program, &error, method)))
            }
            Tried::Raised(error) if is_not_running(&error) => Ok(()),
            Tried::Raised(error) => Err(Box::new(diagnostic(program, &error, method))),
            Tried::Tripped(tripped) => {
                self.are_over = true;
                Err(Box::new(too_expensive(tripped, method)))
            }
        }
    }

    /// Runs the text and looks for the method, within the limits.
    fn try_text(&self, program: &Arc<Program>, method: &str) -> mlua::Result<Tried> {
        let lua = &self.lua;
        sandbox::enter_ambient(lua, self.profile);
        let main: Function = require::new_realm(lua, program)?.call(0)?;
        // What a table says of its fields may be code as well.
        let find = lua.create_function(|_, (table, name): (Table, String)| table.get::<LuaValue>(name))?;
        Meter::begin(lua, &LIMITS)?;
        let tried = call(lua, &main, ()).and_then(|returned| match returned {
            Ok(LuaValue::Table(table)) => Ok(match call(lua, &find, (&table, method))? {
                Ok(found) => Tried::Found(LuaValue::Table(table), found),
                Err(error) => Tried::Raised(error),
            }),
            Ok(value) => Ok(Tried::Found(value.clone(), value)),
            Err(error) => Ok(Tried::Raised(error)),
        });
        Meter::end(lua).map_or(tried, |tripped| Ok(Tried::Tripped(tripped)))
    }

    /// Takes away what was left behind, if it is much: garbage counts as held when a limit begins.
    fn collect(&mut self) -> mlua::Result<()> {
        let much = self.size.saturating_add(LEFT_BEHIND);
        if self.lua.used_memory() > much {
            self.lua.gc_collect()?;
            self.are_over |= self.lua.used_memory() > much;
        }
        Ok(())
    }
}

fn call(lua: &Lua, function: &Function, arguments: impl IntoLuaMulti) -> mlua::Result<Result<LuaValue, LuaError>> {
    let mut arguments = arguments.into_lua_multi(lua)?;
    arguments.push_front(LuaValue::Function(function.clone()));
    let mut values: MultiValue = protected(lua)?.call(arguments)?;
    let succeeded = values.pop_front() == Some(LuaValue::Boolean(true));
    let value = values.pop_front().unwrap_or(LuaValue::Nil);
    Ok(if succeeded { Ok(value) } else { Err(LuaError::from_value(&value)) })
}

fn missing(exported: &LuaValue, method: &Spanned<String>) -> mlua::Result<Box<Diagnostic>> {
    let (headline, help) = describe_missing(exported, method)?;
    let names = if let LuaValue::Table(table) = exported { function_names(table)? } else { Vec::new() };
    let help = match closest(method, names.iter().map(String::as_str)) {
        Some(close) => format!("did you mean `{close}`? {help}"),
        None => help,
    };
    Ok(Box::new(Diagnostic::error(Code::MissingMethod, method.span, headline).help(help)))
}

/// What mlua itself reports of a program.
pub(super) fn broken(program: &Program, error: &mlua::Error, method: &Spanned<String>) -> Box<Diagnostic> {
    Box::new(diagnostic(program, &LuaError::from_error(error), method))
}

fn too_expensive(tripped: Tripped, method: &Spanned<String>) -> Diagnostic {
    let headline = match tripped {
        Tripped::Memory => "the code needs too much memory before its function is called",
        Tripped::Instructions | Tripped::Wall => "the code runs too long before its function is called",
    };
    Diagnostic::error(Code::LuaError, method.span, headline)
        .help("a text is run for each run; let it only define things")
}

/// An uncaught error of the text, at its place.
fn diagnostic(program: &Program, error: &LuaError, method: &Spanned<String>) -> Diagnostic {
    let (span, label) = error.blamed(program).unwrap_or((method.span, String::new()));
    Diagnostic::error(Code::LuaError, span, error.message.clone())
        .label(label)
        .help("the code is run once for each run, and fails")
}
