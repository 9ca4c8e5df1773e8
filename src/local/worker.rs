//! `temporal.worker` where no server is: takes the tasks of its queue from the engine of this process.

use std::sync::Arc;

use crate::{
    diag::Show,
    entry::EntryId,
    function::Functions,
    local::{
        LocalConnection,
        recording::{RecordedFunctions, RecordedWorkflows},
    },
    service::{Exports, Service, ServiceCx, ServiceError},
    sim::Worker,
    temporal::{WorkerConfig, identity},
    workflow::Workflows,
};

/// One worker, as a service.
pub(crate) struct LocalWorker {
    pub(crate) config: WorkerConfig,
    pub(crate) client: EntryId,
    pub(crate) workflows: Arc<dyn Workflows>,
    pub(crate) functions: Arc<dyn Functions>,
    pub(crate) show: Option<Show>,
}

impl LocalWorker {
    fn worker(&self, id: &EntryId, connection: &LocalConnection) -> Worker {
        let config = &self.config;
        let book = &connection.engine.book;
        let workflows = RecordedWorkflows { inner: Arc::clone(&self.workflows), book: Arc::clone(book) };
        let functions = RecordedFunctions { inner: Arc::clone(&self.functions), book: Arc::clone(book) };
        Worker {
            identity: config.identity.clone().unwrap_or_else(|| identity(&id.to_string())),
            namespace: connection.namespace.clone(),
            task_queue: connection.queue(&config.task_queue),
            queue_prefix: connection.queue_prefix.clone(),
            workflows: config.workflows.then(|| Arc::new(workflows) as Arc<dyn Workflows>),
            functions: Arc::new(functions),
            activities: config.remote_activities,
            max_workflow_tasks: config.max_workflow_tasks,
            max_activities: config.max_activities,
            max_local_activities: config.max_local_activities,
            max_cached_workflows: config.max_cached_workflows,
            evicts_after_each_task: config.evicts_after_each_task,
            failed_by_non_determinism: config.failed_by_non_determinism.clone(),
            stop_timeout: config.worker_stop_timeout,
            show: self.show.clone(),
        }
    }
}

impl Service for LocalWorker {
    async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        let ServiceCx { id, stop, ready, note, exports } = cx;
        let connection = exports.get::<LocalConnection>(&self.client);
        let connection = connection.ok_or_else(|| ServiceError::new(format!("`{}` does not run", self.client)))?;
        let worker = self.worker(&id, &connection);
        let task_queue = worker.task_queue.clone();
        let attached = connection.engine.engine.attach(worker);
        note.set(format!("serving task queue {task_queue}"));
        tracing::debug!(entry = %id, task_queue, "Serving.");
        ready.set(Exports::default());
        stop.cancelled().await;
        note.set(format!("draining {task_queue}"));
        attached.detach().await;
        Ok(())
    }
}
