//! Colours by meaning. `output` takes them out where they are not wanted.

use std::fmt::{self, Display};

use crate::diag::Look;

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

/// Signs for what is well, doubtful and wrong; words where signs may not be seen.
pub(super) fn tick(look: Look) -> Styled<&'static str> {
    good(if look.unicode { "✓" } else { "ok" })
}

pub(super) fn bang(look: Look) -> Styled<&'static str> {
    doubtful(if look.unicode { "!" } else { "warn" })
}

pub(super) fn cross(look: Look) -> Styled<&'static str> {
    bad(if look.unicode { "✗" } else { "FAIL" })
}

impl<T: Display> Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        self.1.fmt(f)?;
        f.write_str("\u{1b}[0m")
    }
}
