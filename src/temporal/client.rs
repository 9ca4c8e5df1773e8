//! `temporal.client` while it runs: connects, lends the connection, and looks after it.

use std::{sync::Arc, time::Duration};

use metonic_bridge::protos::grpc::health::v1::HealthCheckRequest;

use crate::{
    service::{Exports, Service, ServiceCx, ServiceError, StatusNote},
    temporal::{
        config::{ClientConfig, HealthCheck},
        connect::{Client, connect_measured, identity},
        core::Core,
    },
};

/// The name under which a Temporal server answers health checks.
const HEALTH_SERVICE: &str = "temporal.api.workflowservice.v1.WorkflowService";

/// A health check that takes longer has failed.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);

/// One connection, as a service.
#[derive(Debug)]
pub(crate) struct ClientService {
    config: ClientConfig,
}

impl ClientService {
    pub(crate) fn new(config: ClientConfig) -> Self {
        Self { config }
    }
}

impl Service for ClientService {
    async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        let ServiceCx { id, stop, ready, note, exports } = cx;
        if self.config.tls.as_ref().is_some_and(|tls| tls.insecure_skip_verify) {
            tracing::warn!(entry = %id, address = %self.config.address, "The server's certificate is not verified.");
        }
        note.set(format!("connecting to {}", self.config.address));
        let name = identity("metonic");
        let meter = exports.root::<Core>().and_then(|core| core.connection_meter());
        // Cancel-safe: a connect that is dropped leaves nothing behind.
        let client = tokio::select! {
            client = connect_measured(&self.config, &name, meter) => Arc::new(client?),
            () = stop.cancelled() => return Ok(()),
        };
        tracing::debug!(entry = %id, address = %client.address, namespace = %client.namespace, "Connected to Temporal.");
        note.set(format!("{} · namespace {}", client.address, client.namespace));
        ready.set(Exports::default().with(&id, Arc::clone(&client)));
        // Cancel-safe: a check that is dropped is not repeated.
        tokio::select! {
            () = watch_health(&client, self.config.health_check.as_ref(), &note) => {}
            () = stop.cancelled() => {}
        }
        Ok(())
    }
}

/// Asks the server how it is, and says so when that changes. The connection mends itself.
async fn watch_health(client: &Client, check: Option<&HealthCheck>, note: &StatusNote) {
    let Some(check) = check else { return std::future::pending().await };
    let mut healthy = true;
    loop {
        tokio::time::sleep(check.interval).await;
        let request = HealthCheckRequest { service: HEALTH_SERVICE.to_owned() };
        let problem = match tokio::time::timeout(HEALTH_TIMEOUT, client.connection.check(request)).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        match problem {
            None if !healthy => {
                tracing::info!(address = %client.address, "Temporal answers again.");
                note.set(format!("{} · namespace {}", client.address, client.namespace));
            }
            Some(error) if healthy => {
                tracing::warn!(address = %client.address, %error, "Temporal does not answer.");
                note.set(format!("{} does not answer: {error}", client.address));
                healthy = false;
                continue;
            }
            _ => continue,
        }
        healthy = true;
    }
}
