//! `metonic workflow watch ID`: what moves about a run, until it ends.
//!
//! On a terminal it is a block of lines that is drawn anew, elsewhere a line for each change, or a
//! JSON object.

mod json;
mod screen;
mod text;

use std::io;

use super::{arguments::WatchArguments, on_server, trouble::Trouble};
use crate::{
    app::Environment,
    cli::{Exit, arguments::OutputFormat, output, shown::exit_of},
    ops::{Change, Watch},
    temporal::{AskError, Client, Description},
};

use screen::Screen;

pub(super) use json::activity as activity_json;
pub(super) use text::under_way;

pub(super) fn run(arguments: WatchArguments, environment: Environment) -> io::Result<Exit> {
    on_server(&arguments.run.server, environment, async |client| {
        let namespace = client.namespace.clone();
        let (mut watch, now) = begin(client, &arguments).await?;
        let refused = |error| Trouble::unasked("watched", &arguments.run.id, error);
        let look = output::data_look();
        let mut show: Box<dyn FnMut(&Change) -> io::Result<()>> = match arguments.format {
            OutputFormat::Json => {
                output::data(json::heading(&now, &namespace))?;
                Box::new(|change| json::change(change).map_or(Ok(()), output::data))
            }
            OutputFormat::Text if look.unicode && look.color => {
                let mut screen = Screen::new(text::heading(&now));
                Box::new(move |change| output::data(screen.after(change)))
            }
            OutputFormat::Text => {
                output::data(text::heading(&now))?;
                Box::new(|change| text::change(change).map_or(Ok(()), output::data))
            }
        };
        let mut exit = Exit::Problems;
        while let Some(change) = watch.next().await.map_err(refused)? {
            show(&change)?;
            if let Change::Step(step) = &change {
                exit = exit_of(step);
            }
        }
        Ok(exit)
    })
}

async fn begin(client: Client, arguments: &WatchArguments) -> Result<(Watch, Description), Trouble> {
    let begun: Result<_, AskError> = Watch::begin(client, &arguments.run.key(), arguments.interval).await;
    begun.map_err(|error| Trouble::unasked("watched", &arguments.run.id, error))
}
