//! What functions may touch: one per process.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    function::{http::HttpClient, sql::ProjectDatabases},
    telemetry::Metrics,
    value::Failure,
};

/// Variables from outside the files. `namespace` completes the bare name of an entry.
pub(crate) trait Variables: Send + Sync {
    fn get(&self, name: &str, namespace: &str) -> Result<String, Failure>;
    fn set(&self, name: &str, namespace: &str, value: &str) -> Result<(), Failure>;
    /// Every variable that has a value.
    fn all(&self) -> BTreeMap<String, String>;
}

/// What functions may touch.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) http: Arc<HttpClient>,
    pub(crate) variables: Arc<dyn Variables>,
    pub(crate) metrics: Metrics,
    pub(crate) databases: ProjectDatabases,
    /// How long a call that was asked to end may go on.
    pub(crate) grace: Duration,
}
