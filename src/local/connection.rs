//! `temporal.client` where no server is: lends the engine of this process. Nothing dials, and what
//! says who one is stays unread, since there is nobody to prove it to.

use std::sync::Arc;

use crate::{
    local::LocalEngine,
    service::{Exports, Service, ServiceCx, ServiceError},
};

/// The engine, and what names are on it; as a service, it is lent to the workers of a client.
#[derive(Clone, Debug)]
pub(crate) struct LocalConnection {
    pub(crate) engine: LocalEngine,
    pub(crate) namespace: String,
    pub(crate) queue_prefix: String,
}

impl LocalConnection {
    /// A queue's name as the engine knows it.
    pub(super) fn queue(&self, name: &str) -> String {
        format!("{}{name}", self.queue_prefix)
    }
}

impl Service for LocalConnection {
    async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        cx.note.set(format!("local engine · namespace {}", self.namespace));
        cx.ready.set(Exports::default().with(&cx.id, Arc::new(self.clone())));
        cx.stop.cancelled().await;
        Ok(())
    }
}
