//! Colours by meaning. `output` takes them out where they are not wanted.

use std::fmt::{self, Display};

/// A text with a meaning.
pub(super) struct Styled<T>(&'static str, T);

pub(super) fn good<T>(text: T) -> Styled<T> {
    Styled("\u{1b}[32m", text)
}

pub(super) fn bad<T>(text: T) -> Styled<T> {
    Styled("\u{1b}[31m", text)
}

pub(super) fn doubtful<T>(text: T) -> Styled<T> {
    Styled("\u{1b}[33m", text)
}

pub(super) fn strong<T>(text: T) -> Styled<T> {
    Styled("\u{1b}[1m", text)
}

pub(super) fn faint<T>(text: T) -> Styled<T> {
    Styled("\u{1b}[2m", text)
}

impl<T: Display> Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        self.1.fmt(f)?;
        f.write_str("\u{1b}[0m")
    }
}
