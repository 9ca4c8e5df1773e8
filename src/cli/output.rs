//! stdout is data, stderr is talk.
//!
//! Everything that is printed passes here: known secrets are taken out, colour goes where it is
//! wanted, and a reader that has gone away is no error.

use std::{
    fmt::Display,
    io::{self, Write},
};

use anstream::ColorChoice;

use super::arguments::Colour;
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
    write(anstream::stdout(), &text.to_string())
}

/// Says something to the person in front of the terminal. Nobody there is no error.
pub(super) fn talk(text: impl Display) {
    let _ = write(anstream::stderr(), &text.to_string());
}

fn write(mut to: impl Write, text: &str) -> io::Result<()> {
    let text = redact(text);
    to.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        to.write_all(b"\n")?;
    }
    to.flush()
}
