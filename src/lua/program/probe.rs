//! Runs a program's text once, to see that it returns the function it says.

use std::{sync::Arc, time::Duration};

use mlua::{MultiValue, Value as LuaValue};

use super::Program;
use crate::{
    diag::{Code, Diagnostic, closest},
    lua::{
        Frame, Limits, LuaError, Meter, Realm, Tripped, Vm, protected,
        realm::{describe_missing, function_names, is_not_running},
    },
    source::Spanned,
};

/// A text that only defines functions needs far less. How long it takes is not its fault alone: a busy
/// machine must not make it wrong.
const LIMITS: Limits = Limits { instructions: 10_000_000, wall: Duration::from_secs(10), memory: 64 * 1024 * 1024 };

/// Runs the text in a realm that is thrown away. A text that asks for its run cannot be checked.
pub(super) fn probe(program: &Arc<Program>, method: &Spanned<String>) -> Result<(), Box<Diagnostic>> {
    let broken = |error: mlua::Error| Box::new(diagnostic(program, &LuaError::from_error(&error), method));
    let vm = Vm::open(program).map_err(broken)?;
    let realm = Realm::open(&vm).map_err(broken)?;
    Meter::begin(vm.lua(), &LIMITS).map_err(broken)?;
    let called = protected(vm.lua()).and_then(|protected| protected.call::<MultiValue>(realm.main().clone()));
    let tripped = Meter::end(vm.lua());
    let mut values = called.map_err(broken)?;
    if let Some(tripped) = tripped {
        return Err(Box::new(too_expensive(tripped, method)));
    }
    let succeeded = values.pop_front() == Some(LuaValue::Boolean(true));
    let value = values.pop_front().unwrap_or(LuaValue::Nil);
    if !succeeded {
        let error = LuaError::from_value(&value);
        let checkable = !is_not_running(&error);
        return if checkable { Err(Box::new(diagnostic(program, &error, method))) } else { Ok(()) };
    }
    let function = match &value {
        LuaValue::Function(function) => Some(function.clone()),
        LuaValue::Table(table) => table.get(method.as_str()).ok(),
        _ => None,
    };
    match (function, &value) {
        (Some(function), _) => {
            if let Some(frame) = Frame::beginning_of(&function) {
                // It is asked once, and before anybody has the program.
                let _ = program.main.set(frame);
            }
            Ok(())
        }
        (None, other) => {
            let (headline, help) = describe_missing(other, method).map_err(broken)?;
            let names =
                if let LuaValue::Table(table) = other { function_names(table).map_err(broken)? } else { Vec::new() };
            let help = match closest(method, names.iter().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`? {help}"),
                None => help,
            };
            Err(Box::new(Diagnostic::error(Code::MissingMethod, method.span, headline).help(help)))
        }
    }
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
