//! Children: started, asked to end, ended; and what becomes of them when their parent ends.

use crate::{
    sim::{
        End, Worker,
        begin::{Beginning, Chain, Family},
        refusal,
        run::{Child, Open, Parent},
        words::ChildFacts,
        world::{No, World},
    },
    value::{Failure, RetryState},
    workflow::{ChildCancellation, IdReusePolicy, NotStarted, Outcome, ParentClosePolicy, Relative, Seq, StartChild},
};

impl World {
    pub(super) fn start_child(&mut self, no: No, worker: &Worker, child: StartChild) {
        let seq = child.seq;
        let namespace = child.namespace.clone().filter(|name| !name.is_empty());
        let namespace = namespace.unwrap_or_else(|| worker.namespace.clone());
        self.record(no, 1, &child.arguments);
        let refused = if self.has_namespace(&namespace) {
            self.refuses_child(&namespace, &child).then_some(NotStarted::Exists)
        } else {
            Some(NotStarted::NoNamespace)
        };
        if let Some(why) = refused {
            self.record(no, 1, &[]);
            return self.resolve(no, seq, Outcome::Failed(why.failure(&child.workflow_id)));
        }
        let Some(parent) = self.runs.get_mut(&no) else { return };
        let initiated_event = i64::from(parent.history.events);
        let started_event = parent.record(1, &[]);
        let told = Relative {
            namespace: parent.namespace.clone(),
            workflow_id: parent.workflow_id.clone(),
            run_id: parent.run_id.clone(),
        };
        let root = parent.start.info.root.as_deref().cloned().unwrap_or_else(|| told.clone());
        let task_queue = refusal::queue(&child.queue, &worker.queue_prefix, &worker.task_queue);
        let priority = child.priority.clone().or_else(|| parent.priority.clone());
        let (workflow_id, workflow_type) = (child.workflow_id.clone(), child.workflow_type.clone());
        let family = Family {
            parent: Some(Parent { run: no, seq, close: child.parent_close }),
            told: Some(told),
            root: Some(root),
        };
        let run = self.begin_run(Beginning {
            namespace: namespace.clone(),
            workflow_id: child.workflow_id,
            workflow_type: child.workflow_type,
            task_queue,
            arguments: child.arguments,
            headers: child.headers,
            memo: child.memo,
            search_attributes: child.search_attributes,
            timeouts: child.timeouts,
            retry: child.retry,
            priority,
            wait: None,
            family,
            chain: Chain::default(),
        });
        let run_id = self.runs.get(&run).map(|run| run.run_id.clone()).unwrap_or_default();
        let cancellation = child.cancellation;
        let child = Child {
            run,
            workflow_id,
            workflow_type,
            namespace,
            cancellation,
            given_up: false,
            initiated_event,
            started_event,
        };
        self.open(no, seq, Open::Child(child), 0);
        self.resolve(no, seq, Outcome::ChildStarted { run_id });
    }

    /// Whether the id of a child is taken. One that is to make room is ended.
    fn refuses_child(&mut self, namespace: &str, child: &StartChild) -> bool {
        let id = (namespace.to_owned(), child.workflow_id.clone());
        let Some(latest) = self.latest.get(&id).copied() else { return false };
        if !self.is_open(latest) {
            return self.runs.contains_key(&latest) && !self.may_reuse(latest, child.id_reuse);
        }
        if child.id_reuse == Some(IdReusePolicy::TerminateIfRunning) {
            self.terminate_run(latest, "TerminateIfRunning WorkflowIdReusePolicy");
            return false;
        }
        true
    }

    pub(super) fn cancel_child(&mut self, no: No, seq: Seq, reason: &str) {
        let Some(child) = self.runs.get_mut(&no).and_then(|run| run.child(seq)) else { return };
        if child.given_up {
            return;
        }
        let (run, cancellation) = (child.run, child.cancellation);
        let gives_up = matches!(cancellation, ChildCancellation::Abandon | ChildCancellation::TryCancel);
        child.given_up = gives_up;
        if cancellation != ChildCancellation::Abandon {
            // Asked for, and done.
            self.record(no, 2, &[]);
            self.cancel_run(run, reason);
        }
        if gives_up && let Some(facts) = self.facts(no, seq) {
            self.resolve(no, seq, Outcome::Failed(facts.cancelled()));
        }
    }

    /// A run has ended: its parent is told, if it has one that runs.
    pub(super) fn child_ended(&mut self, no: No, end: &End, state: RetryState) {
        let Some(Parent { run: parent, seq, .. }) = self.runs.get(&no).and_then(|run| run.parent.clone()) else {
            return;
        };
        let Some(facts) = self.facts(parent, seq) else { return };
        let Some(Open::Child(child)) = self.close(parent, seq) else { return };
        let outcome = match end {
            End::Completed(value) => Outcome::Completed(value.clone()),
            End::Failed(failure) => Outcome::Failed(facts.failed(state, Failure::clone(failure))),
            End::Canceled => Outcome::Failed(facts.cancelled()),
            End::Terminated(_) => Outcome::Failed(facts.terminated()),
            End::TimedOut => Outcome::Failed(facts.timed_out(state)),
        };
        self.record(parent, 1, &[]);
        if !child.given_up {
            self.resolve(parent, seq, outcome);
        }
    }

    fn facts(&mut self, no: No, seq: Seq) -> Option<ChildFacts> {
        let child = self.runs.get_mut(&no)?.child(seq)?;
        let run = child.run;
        let mut facts = ChildFacts {
            namespace: child.namespace.clone(),
            workflow_id: child.workflow_id.clone(),
            run_id: String::new(),
            workflow_type: child.workflow_type.clone(),
            initiated_event: child.initiated_event,
            started_event: child.started_event,
        };
        // The core knows the run that was started, not the one that goes on in its place.
        facts.run_id = self.runs.get(&run).map(|run| run.start.info.first_run_id.clone()).unwrap_or_default();
        Some(facts)
    }

    /// The parent of a run has ended.
    pub(super) fn parent_closed(&mut self, no: No) {
        let Some(parent) = self.runs.get_mut(&no).filter(|run| run.is_open()).and_then(|run| run.parent.take()) else {
            return;
        };
        match parent.close {
            ParentClosePolicy::Terminate => self.terminate_run(no, "by parent close policy"),
            ParentClosePolicy::RequestCancel => self.cancel_run(no, "by parent close policy"),
            ParentClosePolicy::Abandon => {}
        }
    }
}
