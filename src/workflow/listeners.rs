//! The channels that listen for the messages of one topic each.

use std::collections::VecDeque;

use mlua::Table;

use crate::workflow::inbox::Message;

/// Who listens for one topic.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) topic: String,
    pub(super) channel: Table,
    /// Whether it wants the message itself and not only what is in it.
    pub(super) whole: bool,
    /// If it does not: the messages of the values that nobody has received yet, and some more before
    /// them.
    pub(super) sent: VecDeque<Message>,
}

/// Listeners, sorted by topic. A tree keeps room for eleven of them, and most runs that wait in memory
/// have one.
#[derive(Debug, Default)]
pub(super) struct Listeners(Vec<Listener>);

impl Listeners {
    fn find(&self, topic: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|listener| listener.topic.as_str().cmp(topic))
    }

    pub(super) fn get(&self, topic: &str) -> Option<&Listener> {
        self.find(topic).ok().map(|at| &self.0[at])
    }

    pub(super) fn get_mut(&mut self, topic: &str) -> Option<&mut Listener> {
        self.find(topic).ok().map(|at| &mut self.0[at])
    }

    /// Adds a listener whose topic has none.
    pub(super) fn insert(&mut self, listener: Listener) {
        let at = self.find(&listener.topic).unwrap_or_else(|at| at);
        if self.0.is_empty() {
            self.0.reserve_exact(1);
        }
        self.0.insert(at, listener);
    }

    /// Takes away whoever listens with this channel; whether somebody did.
    pub(super) fn remove(&mut self, channel: &Table) -> bool {
        let before = self.0.len();
        self.0.retain(|listener| listener.channel != *channel);
        self.0.len() < before
    }

    /// Those that get whole messages, or those that get what is in them.
    pub(super) fn that_get(&self, whole: bool) -> impl Iterator<Item = &Listener> {
        self.0.iter().filter(move |listener| listener.whole == whole)
    }
}
