//! What was said of the services, so that each trouble is told once, and its end once.

use std::collections::BTreeSet;

use super::{banner, output};
use crate::{
    entry::EntryId,
    lifecycle::{State, Status},
};

/// Whose trouble was told and is not over.
#[derive(Default)]
pub(super) struct Told(BTreeSet<EntryId>);

impl Told {
    /// Tells what is new; true if there is new trouble.
    pub(super) fn tell(&mut self, status: &Status) -> bool {
        let mut trouble = false;
        for (id, service) in status.iter() {
            let is_news = match service.state {
                State::Backoff { .. } | State::Failed { .. } => {
                    let is_news = self.0.insert(id.clone());
                    trouble |= is_news;
                    is_news
                }
                State::Running => self.0.remove(id),
                _ => false,
            };
            if is_news {
                output::talk(banner::change(id, service));
            }
        }
        trouble
    }
}
