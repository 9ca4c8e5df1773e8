//! `metonic explain CODE|KIND`.

use std::io;

use super::{Exit, arguments::Explain, output};
use crate::ops;

pub(super) fn run(arguments: Explain) -> io::Result<Exit> {
    match ops::explain(&arguments.topic) {
        Ok(page) => {
            output::data(page)?;
            Ok(Exit::Done)
        }
        Err(error) => {
            let topics: Vec<&str> = ops::topics().collect();
            output::talk(format_args!("error: {error}\nThere are pages about: {}", topics.join(", ")));
            Ok(Exit::Usage)
        }
    }
}
