//! `metonic check DIR`.

use std::io;

use super::{
    Exit,
    arguments::{Check, CheckFormat},
    output,
};
use crate::{
    app::Environment,
    diag::counted,
    ops::{self, Fixed},
};

pub(super) fn run(arguments: Check, environment: Environment) -> io::Result<Exit> {
    if arguments.fix {
        // What hinders it is in the report, too.
        for fixed in ops::fix(&arguments.project, environment.clone()).unwrap_or_default() {
            told(&fixed);
        }
    }
    let report = ops::check(&arguments.project, environment);
    let fails = if arguments.deny_warnings { report.has_problems() } else { report.has_errors() };
    let shown = match arguments.format {
        CheckFormat::Human => report.human(output::data_look()),
        CheckFormat::Json => report.json(),
        CheckFormat::Github => report.github(),
    };
    output::verdict(shown, if fails { Exit::Problems } else { Exit::Done })
}

fn told(Fixed { file, result }: &Fixed) {
    match result {
        Ok(count) => output::talk(format_args!("{file}: {}", counted(*count, "fix", "fixes"))),
        Err(error) => output::talk(format_args!("{file}: nothing was fixed: {error}")),
    }
}
