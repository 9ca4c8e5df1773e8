//! `metonic schema`.

use std::{io, path::Path};

use super::{Exit, arguments::Schema, output};
use crate::ops;

/// Where the schema is checked in, below a checkout of metonic.
const CHECKED_IN: &str = "registry/schema/entries.schema.json";

pub(super) fn run(arguments: Schema) -> io::Result<Exit> {
    let schema = ops::schema();
    if !arguments.write {
        output::data(schema)?;
        return Ok(Exit::Done);
    }
    match write(Path::new(CHECKED_IN), &schema) {
        Ok(()) => {
            output::talk(format_args!("wrote {CHECKED_IN}"));
            Ok(Exit::Done)
        }
        Err(error) => {
            output::talk(format_args!("error: `{CHECKED_IN}` cannot be written: {error}"));
            Ok(Exit::Problems)
        }
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
