//! The adapter to the Temporal core, through `metonic-bridge`. Nothing outside names its types.

mod config;

pub(crate) use config::{
    Auth, ClientConfig, HealthCheck, Material, Poller, Tls, Versioning, VersioningBehavior, WorkerConfig,
};
