//! What reaches a run from outside, or from another run: signals, requests to end, questions.

use tokio::sync::oneshot;

use crate::{
    sim::{
        Problem, Run as RunName,
        run::Question,
        words,
        world::{No, World},
    },
    value::{Failure, Value},
    workflow::{Job, Outcome, Query, Relative, Seq, Signal, SignalTarget, SignalWorkflow},
};

impl World {
    pub(super) fn signal(&mut self, name: &RunName, signal: Signal) -> Result<(), Problem> {
        if let Some(error) = signal.arguments.iter().find_map(|value| value.portable().err()) {
            return Err(Problem::Invalid(error.to_string()));
        }
        let no = self.find_open(name)?;
        self.signal_run(no, signal);
        Ok(())
    }

    pub(super) fn signal_run(&mut self, no: No, signal: Signal) {
        let Some(run) = self.runs.get_mut(&no) else { return };
        run.record(1, &signal.arguments);
        if run.waits == Some(true) {
            run.waits = None;
        }
        self.tell(no, Job::Signal(signal));
    }

    pub(super) fn cancel(&mut self, name: &RunName, reason: &str) -> Result<(), Problem> {
        let no = self.find_open(name)?;
        self.cancel_run(no, reason);
        Ok(())
    }

    /// Asks a run to end, once.
    pub(super) fn cancel_run(&mut self, no: No, reason: &str) {
        let Some(run) = self.runs.get_mut(&no).filter(|run| run.is_open() && !run.cancel_requested) else { return };
        run.cancel_requested = true;
        run.record(1, &[]);
        self.tell(no, Job::Cancel { reason: reason.to_owned() });
    }

    pub(super) fn terminate(&mut self, name: &RunName, reason: &str) -> Result<(), Problem> {
        let no = self.find_open(name)?;
        self.terminate_run(no, reason);
        Ok(())
    }

    pub(super) fn query(
        &mut self,
        name: &RunName,
        query: Query,
    ) -> Result<oneshot::Receiver<Result<Value, Problem>>, Problem> {
        let no = self.find(name)?;
        let Some(run) = self.runs.get(&no) else { return Err(Problem::Stopped) };
        if !self.is_polled(&run.namespace, &run.task_queue) {
            return Err(Problem::NoWorker(run.task_queue.clone()));
        }
        let has_begun = !run.told.is_empty();
        if let Some(failure) = run.task_failure.clone().filter(|_| !has_begun) {
            return Err(Problem::Refused(Box::new(failure)));
        }
        if !has_begun && (run.waits.is_some() || !run.is_open()) {
            let message = "the workflow has not begun, so it has nothing to answer";
            return Err(Problem::Refused(Box::new(Failure::invalid(message))));
        }
        let (reply, answer) = oneshot::channel();
        if let Some(run) = self.runs.get_mut(&no) {
            run.questions.push_back(Question { query, reply });
        }
        self.poke(no);
        Ok(answer)
    }

    /// A run sends another one a signal.
    pub(super) fn signal_other(&mut self, no: No, signal: SignalWorkflow) {
        self.record(no, 2, &signal.arguments);
        let SignalWorkflow { seq, target, name, arguments, headers } = signal;
        let found = match &target {
            SignalTarget::Workflow(relative) => self.other(no, relative),
            SignalTarget::Child(workflow_id) => self.own_child(no, workflow_id),
        };
        match found {
            Some(other) => {
                self.signal_run(other, Signal { name, arguments, headers });
                self.resolve(no, seq, Outcome::Completed(Value::Null));
            }
            None => self.resolve(no, seq, Outcome::Failed(words::nobody("signal"))),
        }
    }

    /// A run asks another one to end.
    pub(super) fn cancel_other(&mut self, no: No, seq: Seq, target: &Relative, reason: &str) {
        self.record(no, 2, &[]);
        match self.other(no, target) {
            Some(other) => {
                self.cancel_run(other, reason);
                self.resolve(no, seq, Outcome::Completed(Value::Null));
            }
            None => self.resolve(no, seq, Outcome::Failed(words::nobody("cancel"))),
        }
    }

    /// The running run that is meant; an empty namespace is the asking run's.
    fn other(&self, no: No, relative: &Relative) -> Option<No> {
        let namespace = if relative.namespace.is_empty() {
            self.runs.get(&no)?.namespace.clone()
        } else {
            relative.namespace.clone()
        };
        let name = RunName { namespace, workflow_id: relative.workflow_id.clone(), run_id: relative.run_id.clone() };
        self.find_open(&name).ok()
    }

    fn own_child(&self, no: No, workflow_id: &str) -> Option<No> {
        let relative =
            Relative { namespace: String::new(), workflow_id: workflow_id.to_owned(), run_id: String::new() };
        let found = self.other(no, &relative)?;
        let parent = self.runs.get(&found)?.parent.as_ref()?;
        (parent.run == no).then_some(found)
    }
}
