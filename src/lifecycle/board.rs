//! Where tasks write what they are doing, and others read it.

use std::sync::Arc;

use tokio::sync::watch;

use super::{ServiceStatus, State, Status};
use crate::{entry::EntryId, registry::Startup};

/// A handle on the one [`Status`] of a supervisor.
#[derive(Clone)]
pub(super) struct Board(Arc<watch::Sender<Status>>);

impl Board {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Status::default())))
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Status> {
        self.0.subscribe()
    }

    pub(super) fn add(&self, id: &EntryId, service: ServiceStatus) {
        self.0.send_modify(|status| {
            status.0.insert(id.clone(), service);
        });
    }

    /// The process does without the service from now on, whatever becomes of it.
    pub(super) fn excuse(&self, id: &EntryId) {
        self.0.send_modify(|status| {
            if let Some(service) = status.0.get_mut(id) {
                service.startup = Startup::Optional;
            }
        });
    }

    pub(super) fn remove(&self, id: &EntryId) {
        self.0.send_modify(|status| {
            status.0.remove(id);
        });
    }

    /// Shows a new state; what the service said in its last state no longer holds.
    pub(super) fn state(&self, id: &EntryId, state: State) {
        self.0.send_if_modified(|status| match status.0.get_mut(id) {
            Some(service) if service.state != state => {
                let keeps_note = service.state == State::Starting && state == State::Running;
                service.state = state;
                if !keeps_note {
                    service.note = None;
                }
                true
            }
            _ => false,
        });
    }

    pub(super) fn note(&self, id: &EntryId, note: String) {
        self.0.send_if_modified(|status| match status.0.get_mut(id) {
            Some(service) if service.note.as_deref() != Some(note.as_str()) => {
                service.note = Some(note);
                true
            }
            _ => false,
        });
    }
}
