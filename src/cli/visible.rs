//! What a run, a server or a file says, as a terminal may have it: our own colours pass and nothing else
//! that moves a cursor, hides a text or names a window.

use std::borrow::Cow;

/// Stands where something does not pass.
const SIGN: char = '\u{fffd}';

/// What [`style`](super::style) and diagnostics colour with.
const COLOURS: [&str; 12] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[2m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[91m",
    "\u{1b}[92m",
    "\u{1b}[93m",
    "\u{1b}[94m",
    "\u{1b}[96m",
    "\u{1b}[97m",
];

/// The text with a sign in the place of each control character but line breaks, tabs and our colours.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(|character: char| character.is_control() && character != '\n') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(char::is_control) {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        let passes = passes(from);
        if passes == 0 {
            shown.push(SIGN);
            rest = from.strip_prefix(char::is_control).unwrap_or_default();
        } else {
            let (own, after) = from.split_at(passes);
            shown.push_str(own);
            rest = after;
        }
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// How many bytes pass of a text that begins with a control character.
fn passes(text: &str) -> usize {
    let colour = || COLOURS.iter().find(|colour| text.starts_with(**colour)).map_or(0, |colour| colour.len());
    if text.starts_with(['\n', '\t']) { 1 } else { colour() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::style::{bad, faint, strong};

    #[test]
    fn what_moves_the_cursor_is_seen_and_not_done() {
        assert_eq!(
            visible("paid\u{1b}[2J\u{1b}]0;title\u{7}\rno"),
            "paid\u{fffd}[2J\u{fffd}]0;title\u{fffd}\u{fffd}no"
        );
        assert_eq!(visible("\u{9b}2J\u{7f}"), "\u{fffd}2J\u{fffd}");
        assert_eq!(visible("hidden \u{1b}[8mtext"), "hidden \u{fffd}[8mtext");
    }

    #[test]
    fn our_colours_line_breaks_and_tabs_pass() {
        let text = format!("{}\n\t{} {}ü", bad("no"), faint("1s"), strong("w"));
        assert_eq!(visible(&text), text);
    }
}
