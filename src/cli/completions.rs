//! `metonic completions SHELL`.

use std::io;

use clap::CommandFactory;

use super::{
    Exit,
    arguments::{Arguments, Completions},
    output,
};

pub(super) fn run(completions: Completions) -> io::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Arguments::command(), "metonic", &mut script);
    output::data(String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
