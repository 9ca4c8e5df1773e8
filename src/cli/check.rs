//! `metonic check DIR`.

use std::io;

use super::{
    Exit,
    arguments::{Check, CheckFormat},
    output,
};
use crate::{app::Environment, ops};

pub(super) fn run(arguments: Check, environment: Environment) -> io::Result<Exit> {
    let report = ops::check(&arguments.project, environment);
    output::data(match arguments.format {
        CheckFormat::Human => report.human(output::data_look()),
        CheckFormat::Json => report.json(),
        CheckFormat::Github => report.github(),
    })?;
    Ok(if report.has_errors() { Exit::Problems } else { Exit::Done })
}
