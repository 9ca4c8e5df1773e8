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
    let fails = if arguments.deny_warnings { report.has_problems() } else { report.has_errors() };
    Ok(if fails { Exit::Problems } else { Exit::Done })
}
