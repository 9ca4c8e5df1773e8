//! The channels that listen for the messages of one topic each.

use std::collections::VecDeque;

use mlua::Table;

use super::message::Message;

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

    /// Takes away whoever listens with this channel.
    pub(super) fn remove(&mut self, channel: &Table) -> Option<Listener> {
        let at = self.0.iter().position(|listener| listener.channel == *channel)?;
        Some(self.0.remove(at))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Listener> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Listener> {
        self.0.iter_mut()
    }
}
