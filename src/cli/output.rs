//! stdout is data, stderr is talk.
//!
//! Everything that is printed passes here: known secrets are taken out, colour goes where it is
//! wanted, a terminal gets what is [`visible`], and a reader that has gone away is no error.

use std::{
    borrow::Cow,
    fmt::Display,
    io::{self, Write},
};

use anstream::ColorChoice;

use super::{Exit, arguments::Colour, visible::visible};
use crate::{diag::Look, value::redact};

/// Decides about colour for the whole process.
pub(super) fn set_colour(colour: Colour) {
    match colour {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    }
    .write_global();
}

/// What stderr can show: signs on a terminal, letters elsewhere.
pub(super) fn talk_look() -> Look {
    look(&io::stderr())
}

/// What stdout can show.
pub(super) fn data_look() -> Look {
    look(&io::stdout())
}

fn look(stream: &impl anstream::stream::RawStream) -> Look {
    let color = !matches!(anstream::AutoStream::choice(stream), ColorChoice::Never);
    Look { unicode: stream.is_terminal(), color }
}

/// Writes data, and a line break if it has none.
pub(super) fn data(text: impl Display) -> io::Result<()> {
    let text = text.to_string();
    write(anstream::stdout(), &on(data_look(), &redact(&text)))
}

/// Writes data that an exit code sums up. Who reads no further, as `head`, is given that all the same.
pub(super) fn verdict(text: impl Display, exit: Exit) -> io::Result<Exit> {
    match data(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(exit),
    }
}

/// Writes a text that moves the cursor; what others say in it is [`visible`] already.
pub(super) fn drawn(text: &str) -> io::Result<()> {
    write(anstream::stdout(), &redact(text))
}

/// Says something to the person in front of the terminal. Nobody there is no error.
pub(super) fn talk(text: impl Display) {
    let text = text.to_string();
    let _ = write(anstream::stderr(), &on(talk_look(), &redact(&text)));
}

/// For a terminal, or what is to be coloured like one, what may be seen; for a program all of it, of
/// which anstream takes out escapes.
fn on(look: Look, text: &str) -> Cow<'_, str> {
    if look.unicode || look.color { visible(text) } else { Cow::Borrowed(text) }
}

fn write(mut to: impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        to.write_all(b"\n")?;
    }
    to.flush()
}
