//! A database while it runs: opened once to see that it can be, lent to functions, closed at the end.

use std::sync::Arc;

use super::{Databases, PoolConfig};
use crate::service::{Exports, Service, ServiceCx, ServiceError};

/// One database, as a service.
#[derive(Debug)]
pub(crate) struct SqliteService {
    databases: Arc<Databases>,
    config: PoolConfig,
}

impl SqliteService {
    pub(crate) fn new(databases: Arc<Databases>, config: PoolConfig) -> Self {
        Self { databases, config }
    }
}

impl Service for SqliteService {
    async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        let ServiceCx { stop, ready, note, .. } = cx;
        let place = self.config.file.as_ref().map_or_else(|| "memory".to_owned(), |file| file.display().to_string());
        note.set(format!("opening {place}"));
        let opened = self.databases.add(self.config.clone());
        // Kept for whoever comes first.
        let lease = opened.pool.lease().await.map_err(|failure| ServiceError::new(failure.message))?;
        drop(lease);
        note.set(place);
        ready.set(Exports::default());
        stop.cancelled().await;
        opened.pool.close().await;
        Ok(())
    }
}
