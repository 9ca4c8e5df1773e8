//! What a raised Lua error means: whose decision it was, and where in the author's code it arose.
//!
//! [`protect`](crate::lua::protect) keeps the raised value and the stack together as a [`Raised`];
//! [`LuaError`] reads them. Nothing here runs Lua code: an error's own `__tostring` is never asked.

mod raisers;
mod shown;
mod sort;
mod suspects;

use std::ops::Range;

use mlua::{Function, Lua, Value as LuaValue};

use crate::{
    lua::{
        LimitPassed, Tripped, arguments, failure_of,
        sandbox::{LIBRARY_CHUNK, is_chunk},
    },
    value::{Failure, failure_kind},
};

/// Frames beyond this many say nothing new: they are a recursion.
const MOST_FRAMES: usize = 30;
/// A longer message is cut: it ends up in logs and histories.
const LONGEST_MESSAGE: usize = 8 * 1024;
/// A place that is longer is none.
const LONGEST_PLACE: usize = 1024;
/// What a stack says of the line where an error arose that was caught and raised again. No function is called so.
const CAUGHT: &str = "what was caught";

/// A raised value together with the stack it was raised on.
#[derive(Debug)]
pub(crate) struct Raised {
    pub(crate) value: LuaValue,
    pub(crate) traceback: String,
}

impl mlua::UserData for Raised {}

/// An error that Lua code raised and did not catch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LuaError {
    /// Without the place that Lua puts in front.
    pub(crate) message: String,
    pub(crate) origin: Origin,
    /// The innermost first; code of the project only.
    pub(crate) frames: Vec<Frame>,
}

/// Whose decision an error was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origin {
    /// The author raised an error object.
    Author(Box<Failure>),
    /// The author raised a plain value, or the code broke: nobody decided.
    Bug,
    /// A limit was passed.
    Limit(Tripped),
}

/// One call on the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The chunk's name: which text of the program.
    pub(crate) chunk: String,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) function: Option<String>,
    /// An error arose there and was caught, and raised again by the next frame.
    pub(crate) is_caught: bool,
}

impl Frame {
    fn is_at(&self, chunk: &str, line: usize) -> bool {
        self.chunk == chunk && self.line == line
    }

    /// Where a function of the author's begins.
    pub(crate) fn beginning_of(function: &Function) -> Option<Self> {
        let info = function.info();
        let chunk = info.short_src.filter(|chunk| LIBRARY_CHUNK.strip_prefix('=') != Some(chunk))?;
        Some(Self { chunk, line: info.line_defined?, function: None, is_caught: false })
    }
}

impl LuaError {
    /// Reads what a protected call gave for an error.
    pub(crate) fn from_value(value: &LuaValue) -> Self {
        if let Some(data) = value.as_userdata()
            && let Ok(raised) = data.borrow::<Raised>()
        {
            return Self::new(&raised.value, &raised.traceback);
        }
        Self::new(value, "")
    }

    /// Reads an error as mlua reports it. A raised table has lost its fields by then: prefer a
    /// protected call.
    pub(crate) fn from_error(error: &mlua::Error) -> Self {
        let (message, traceback) = split_traceback(error);
        let origin = match error.downcast_ref::<LimitPassed>() {
            Some(limit) => Origin::Limit(limit.0),
            None if is_memory_error(error) => Origin::Limit(Tripped::Memory),
            None => match error.downcast_ref::<crate::lua::ErrorObject>() {
                Some(object) => Origin::Author(Box::new(object.0.clone())),
                None => Origin::Bug,
            },
        };
        Self::assemble(&message, origin, &traceback)
    }

    /// An error of the code that runs now.
    pub(crate) fn here(lua: &Lua, message: String) -> mlua::Result<Self> {
        Ok(Self { message, origin: Origin::Bug, frames: frames_of(&traceback(lua)?) })
    }

    fn new(value: &LuaValue, traceback: &str) -> Self {
        if let LuaValue::Error(error) = value {
            let mut read = Self::from_error(error);
            if read.frames.is_empty() {
                read.frames = frames_of(traceback);
            }
            return read;
        }
        if let Some(failure) = failure_of(value) {
            let message = failure.message.clone();
            return Self::assemble(&message, Origin::Author(Box::new(failure)), traceback);
        }
        Self::assemble(&text_of(value), Origin::Bug, traceback)
    }

    fn assemble(message: &str, origin: Origin, traceback: &str) -> Self {
        let mut frames = frames_of(traceback);
        let (place, said) = split_place(message);
        let Some((chunk, line)) = place else { return Self { message: shortened(said), origin, frames } };
        if frames.is_empty() {
            frames.push(Frame { chunk: chunk.to_owned(), line, function: None, is_caught: false });
        }
        // What only looks like a place is the author's words.
        let is_known = frames.len() == MOST_FRAMES || frames.iter().any(|frame| frame.is_at(chunk, line));
        Self { message: shortened(if is_known { said } else { message }), origin, frames }
    }

    /// Where it arose: the innermost frame of the project's code.
    pub(crate) fn place(&self) -> Option<&Frame> {
        self.frames.first()
    }

    /// The frames as a failure carries them: one a line.
    pub(crate) fn stack(&self) -> String {
        stack_text(&self.frames)
    }

    /// This error as it crosses Temporal.
    pub(crate) fn to_failure(&self) -> Failure {
        let mut failure = match &self.origin {
            Origin::Author(failure) => (**failure).clone(),
            Origin::Bug => Failure::new(failure_kind::LUA_ERROR, self.located()),
            Origin::Limit(_) => Failure::new(failure_kind::LUA_ERROR, self.message.clone()),
        };
        if failure.stack.is_empty() {
            failure.stack = self.stack();
        }
        failure
    }

    /// The message with its place in front, as Lua itself prints it.
    pub(crate) fn located(&self) -> String {
        match self.place() {
            Some(frame) => format!("{}:{}: {}", frame.chunk, frame.line, self.message),
            None => self.message.clone(),
        }
    }
}

/// The stack of the running code, which raises `problem`. A text that was caught and is raised again tells
/// where it arose: that line comes first, for it is not on the stack any more.
pub(crate) fn traceback_of(lua: &Lua, problem: &LuaValue) -> mlua::Result<String> {
    let stack = traceback(lua)?;
    let LuaValue::String(text) = problem else { return Ok(stack) };
    let text = text.as_bytes();
    let begin = String::from_utf8_lossy(&text[..text.len().min(LONGEST_PLACE)]);
    let (Some((chunk, line)), _) = split_place(&begin) else { return Ok(stack) };
    let is_caught = is_chunk(lua, chunk) && !frames_of(&stack).iter().any(|frame| frame.is_at(chunk, line));
    Ok(if is_caught { format!("{chunk}:{line}: in {CAUGHT}\n{stack}") } else { stack })
}

/// The stack of the running code, without what belongs to the library.
pub(crate) fn traceback(lua: &Lua) -> mlua::Result<String> {
    let text = lua.traceback(None, 0)?;
    Ok(stack_text(&frames_of(&text.to_string_lossy())))
}

fn stack_text(frames: &[Frame]) -> String {
    let lines: Vec<String> = frames
        .iter()
        .map(|frame| match &frame.function {
            _ if frame.is_caught => format!("{}:{}: in {CAUGHT}", frame.chunk, frame.line),
            Some(function) => format!("{}:{}: in {function}", frame.chunk, frame.line),
            None => format!("{}:{}", frame.chunk, frame.line),
        })
        .collect();
    lines.join("\n")
}

/// Reads Lua's own traceback, or [`stack_text`].
pub(crate) fn frames_of(traceback: &str) -> Vec<Frame> {
    traceback.lines().filter_map(|line| frame_of(line.trim())).take(MOST_FRAMES).collect()
}

fn frame_of(line: &str) -> Option<Frame> {
    // Host functions are `[C]`, the library is `[metonic]`; neither is the author's.
    if line.starts_with('[') {
        return None;
    }
    let (place, what) = line.split_once(": in ").unwrap_or((line, ""));
    let (chunk, number) = place.rsplit_once(':')?;
    let function = what.strip_prefix("function '").and_then(|rest| rest.strip_suffix('\''));
    let function = function.or((!what.is_empty() && !what.contains('<')).then_some(what));
    Some(Frame {
        chunk: chunk.to_owned(),
        line: number.parse().ok().filter(|line| *line > 0)?,
        is_caught: what == CAUGHT,
        function: function.filter(|function| *function != CAUGHT).map(str::to_owned),
    })
}

/// `chunk:12: text` → its place, and the text.
fn split_place(message: &str) -> (Option<(&str, usize)>, &str) {
    let found = message.match_indices(": ").find_map(|(at, _)| {
        let (chunk, number) = message[..at].rsplit_once(':')?;
        let line = number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
        let plain = !chunk.is_empty() && !chunk.contains(char::is_whitespace);
        plain.then_some(((chunk, line), &message[at + 2..]))
    });
    match found {
        Some((place, rest)) if !place.0.starts_with('[') => (Some(place), rest),
        Some((_, rest)) => (None, rest),
        None => (None, message),
    }
}

/// An error's own words, and the traceback that mlua keeps beside or inside them.
fn split_traceback(error: &mlua::Error) -> (String, String) {
    if let mlua::Error::CallbackError { traceback, cause } = error {
        let (message, inner) = split_traceback(cause);
        return (message, if inner.is_empty() { traceback.clone() } else { inner });
    }
    let text = match error {
        mlua::Error::RuntimeError(text) | mlua::Error::MemoryError(text) => text.clone(),
        mlua::Error::SyntaxError { message, .. } => message.clone(),
        other => other.to_string(),
    };
    match text.split_once("\nstack traceback:") {
        Some((message, traceback)) => (message.to_owned(), traceback.to_owned()),
        None => (text, String::new()),
    }
}

pub(crate) fn is_memory_error(error: &mlua::Error) -> bool {
    match error {
        mlua::Error::MemoryError(_) => true,
        mlua::Error::CallbackError { cause, .. }
        | mlua::Error::BadArgument { cause, .. }
        | mlua::Error::WithContext { cause, .. } => is_memory_error(cause),
        _ => false,
    }
}

/// What a raised value says, without running any of its code. A table speaks through its field
/// `message`, if that is text.
fn text_of(value: &LuaValue) -> String {
    match value {
        LuaValue::String(text) => text.to_string_lossy(),
        LuaValue::Nil => "nothing was raised; raise `errors.new{…}` or a text".to_owned(),
        LuaValue::Boolean(value) => value.to_string(),
        LuaValue::Integer(value) => value.to_string(),
        LuaValue::Number(value) => value.to_string(),
        LuaValue::Table(table) => match table.raw_get::<LuaValue>("message") {
            Ok(LuaValue::String(text)) => text.to_string_lossy(),
            _ => "a table was raised; raise `errors.new{…}` or a text instead".to_owned(),
        },
        other => format!("{} was raised; raise `errors.new{{…}}` or a text instead", arguments::type_name(other)),
    }
}

fn shortened(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let mut end = LONGEST_MESSAGE;
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… ({} more bytes)", &message[..end], message.len() - end)
}

/// The words that Lua's messages put in quotes: `(field 'customer')`, `near 'the'`.
fn quoted_words(message: &str) -> impl Iterator<Item = &str> {
    message.split('\'').skip(1).step_by(2).filter(|word| !word.is_empty())
}

/// Where a word stands that is there only once.
fn find_word(line: &str, word: &str) -> Option<Range<usize>> {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut places = line
        .match_indices(word)
        .filter(|(at, _)| !line[..*at].ends_with(part_of_name) && !line[at + word.len()..].starts_with(part_of_name))
        .map(|(at, _)| at..at + word.len());
    places.next().filter(|_| places.next().is_none())
}

#[cfg(test)]
mod tests;
