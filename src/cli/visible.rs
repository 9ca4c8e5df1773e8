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

/// The text with a sign in the place of each character that is not seen but line breaks, tabs and our colours.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(|character: char| is_unseen(character) && character != '\n') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_unseen) {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        let passes = passes(from);
        if passes == 0 {
            shown.push(SIGN);
            rest = from.strip_prefix(is_unseen).unwrap_or_default();
        } else {
            let (own, after) = from.split_at(passes);
            shown.push_str(own);
            rest = after;
        }
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// What does something, or is something, and is not seen: control characters, signs that turn the
/// direction of what follows, and signs without a width. U+200C and U+200D pass: letters of some
/// languages, and pictures, are made with them.
fn is_unseen(character: char) -> bool {
    let turns =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let has_no_width =
        matches!(character, '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    character.is_control() || turns || has_no_width
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
    fn what_turns_or_hides_letters_is_seen() {
        assert_eq!(visible("a\u{202e}txt.exe\u{202c}"), "a\u{fffd}txt.exe\u{fffd}");
        assert_eq!(visible("pa\u{200b}id\u{2066}\u{2069}"), "pa\u{fffd}id\u{fffd}\u{fffd}");
    }

    #[test]
    fn our_colours_line_breaks_and_tabs_pass() {
        let text = format!("{}\n\t{} {}ü", bad("no"), faint("1s"), strong("w"));
        assert_eq!(visible(&text), text);
    }
}
