//! `metonic workflow watch ID`: what moves about a run, until it ends.
//!
//! On a terminal it is a block of lines that is drawn anew, elsewhere a line for each change, or a
//! JSON object.

mod json;
mod screen;
mod text;

use std::io;

use super::{arguments::WatchArguments, on_runs, trouble::Trouble};
use crate::{
    app::Environment,
    cli::{Exit, arguments::OutputFormat, output, shown::exit_of},
    ops::{AskError, Change, Runs, Watch},
    temporal::Description,
};

use screen::Screen;

pub(super) use json::activity as activity_json;
pub(super) use text::under_way;

pub(super) fn run(arguments: WatchArguments, environment: Environment) -> io::Result<Exit> {
    on_runs(&arguments.run.server, environment, async |runs| {
        let namespace = runs.namespace().to_owned();
        let (mut watch, now) = begin(runs, &arguments).await?;
        let refused = |error| Trouble::refused("watched", &arguments.run.id, error);
        let mut show = Show::begin(arguments.format, &now, &namespace)?;
        let mut exit = Exit::Problems;
        while let Some(change) = watch.next().await.map_err(refused)? {
            show.change(&change)?;
            if let Change::Step(step) = &change {
                exit = exit_of(step);
            }
        }
        Ok(exit)
    })
}

async fn begin(runs: Runs, arguments: &WatchArguments) -> Result<(Watch, Description), Trouble> {
    let begun: Result<_, AskError> = Watch::begin(runs, &arguments.run.key(), arguments.interval).await;
    begun.map_err(|error| Trouble::refused("watched", &arguments.run.id, error))
}

/// How changes are shown.
enum Show {
    Objects,
    Block(Screen),
    Lines,
}

impl Show {
    fn begin(format: OutputFormat, now: &Description, namespace: &str) -> io::Result<Self> {
        let look = output::data_look();
        if format == OutputFormat::Json {
            output::data(json::heading(now, namespace))?;
            return Ok(Self::Objects);
        }
        let heading = text::heading(now);
        // Where colour is not wanted, what moves the cursor is taken out with it.
        if look.unicode && look.color {
            return Ok(Self::Block(Screen::new(&heading)));
        }
        output::data(heading)?;
        Ok(Self::Lines)
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        match self {
            Self::Objects => json::change(change).map_or(Ok(()), output::data),
            Self::Block(screen) => output::drawn(&screen.after(change)),
            Self::Lines => text::change(change).map_or(Ok(()), output::data),
        }
    }
}
