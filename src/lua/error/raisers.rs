//! Whether a call of `error` or `assert` can have raised a message, as far as the text tells.
//!
//! The same line may call functions of the engine, whose words are nobody's here. So a call is to
//! blame only for what it says itself, and one whose words stand elsewhere never for the engine's.

use crate::lua::syntax::tree::{Expression, ExpressionKind};

/// What a call raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raises {
    /// The message.
    This,
    /// Something else, or nothing.
    Other,
    /// What only the run knows.
    Anything,
}

/// How the engine's own messages begin, other than those of operators.
const ENGINES: &[&str] = &[
    "'%*' does not take a form",
    "'__index' chain too long",
    "'__len' must return",
    "'__newindex' chain too long",
    "'__tostring' must return",
    "C stack overflow",
    "attempt to ",
    "cannot change a protected metatable",
    "cannot close ",
    "cannot resume ",
    "initial position is a continuation byte",
    "integral size (",
    "invalid UTF-8 code",
    "invalid argument #",
    "invalid capture index",
    "invalid format (",
    "invalid format option '",
    "invalid key to 'next'",
    "invalid option '",
    "invalid order function for sorting",
    "invalid pattern capture",
    "invalid replacement value (",
    "invalid use of '",
    "invalid value (",
    "malformed pattern (",
    "memory allocation error",
    "missing '[' after '%f' in pattern",
    "missing argument #",
    "missing size for format option",
    "not enough memory",
    "pattern too complex",
    "resulting string too large",
    "size specifier is too large",
    "stack limit",
    "stack overflow",
    "string length overflow",
    "string slice too long",
    "table index contains NaN",
    "table index is ",
    "table modified during sorting",
    "table overflow",
    "too many arguments to ",
    "too many captures",
    "too many results to ",
    "trying to access non-existent bits",
    "unfinished capture",
    "wrong number of arguments",
];

/// Whether a message reads as one of the engine's own.
pub(super) fn is_engines(message: &str) -> bool {
    ENGINES.iter().any(|words| message.starts_with(words))
}

/// What a call of `callee` in `text` raises, compared with `message`.
pub(super) fn raises(callee: &str, arguments: &[Expression], text: &str, message: &str) -> Raises {
    let position = match callee {
        "error" => 0,
        "assert" => 1,
        _ => return Raises::Other,
    };
    let is = |same: bool| if same { Raises::This } else { Raises::Other };
    match arguments.get(position).map(|argument| Words::of(argument, text)) {
        Some(Some(words)) => is(words.fit(message)),
        Some(None) => Raises::Anything,
        // What a call gives may be several values.
        None if arguments.last().is_some_and(|last| !is_single(last)) => Raises::Anything,
        None if position == 1 => is(message == "assertion failed!"),
        None => is(message.starts_with("nothing was raised")),
    }
}

fn is_single(expression: &Expression) -> bool {
    !matches!(expression.kind, ExpressionKind::Chain { .. } | ExpressionKind::Varargs)
}

/// What is known of a text that is raised.
enum Words<'t> {
    Whole(&'t str),
    /// How it begins and how it ends.
    Around(&'t str, &'t str),
}

impl<'t> Words<'t> {
    fn of(expression: &Expression, text: &'t str) -> Option<Self> {
        match &expression.kind {
            ExpressionKind::Text => literal(expression, text).map(Self::Whole),
            ExpressionKind::Group(inner) => Self::of(inner, text),
            ExpressionKind::Operation { operands, operators }
                if operators.iter().all(|operator| &text[operator.clone()] == "..") =>
            {
                let [first, .., last] = operands.as_slice() else { return None };
                let of = |operand| literal(operand, text).unwrap_or("");
                Self::around(of(first), of(last))
            }
            ExpressionKind::Template(parts) => {
                let (first, last) = (parts.first()?, parts.last()?);
                let (before, after) =
                    (&text[expression.span.start..first.span.start], &text[last.span.end..expression.span.end]);
                let begins = before.strip_prefix('`')?.split_once('{')?.0;
                let ends = after.strip_suffix('`')?.split_once('}')?.1;
                let of = |words: &'t str| if words.contains('\\') { "" } else { words };
                Self::around(of(begins), of(ends))
            }
            _ => None,
        }
    }

    fn around(begins: &'t str, ends: &'t str) -> Option<Self> {
        (!begins.is_empty() || !ends.is_empty()).then_some(Self::Around(begins, ends))
    }

    fn fit(&self, message: &str) -> bool {
        match self {
            Self::Whole(words) => *words == message,
            Self::Around(begins, ends) => message.strip_prefix(begins).is_some_and(|rest| rest.ends_with(ends)),
        }
    }
}

/// What stands between quotes, if it means itself.
fn literal<'t>(expression: &Expression, text: &'t str) -> Option<&'t str> {
    if !matches!(expression.kind, ExpressionKind::Text) {
        return None;
    }
    let written = &text[expression.span.clone()];
    let inside = ['"', '\'', '`'].iter().find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote))?;
    (!inside.contains('\\')).then_some(inside)
}
