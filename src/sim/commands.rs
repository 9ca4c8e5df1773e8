//! What becomes of each thing that a run asks for.

use std::collections::BTreeSet;

use crate::{
    sim::{
        Worker,
        activity::Activity,
        refusal,
        run::Open,
        tasks::is_end,
        time::Due,
        words::{self, ChildFacts},
        world::{No, World},
    },
    value::{Failure, Map, Value},
    workflow::{Command, Emitted, Job, Outcome, ScheduleActivity, SearchAttributes, Seq},
};

impl World {
    /// Obeys the commands of one step, in their order.
    pub(super) fn obey(&mut self, no: No, worker: &Worker, emitted: Vec<Emitted>) {
        let unsent = unsent(&emitted);
        let ends = emitted.iter().any(|emitted| is_end(&emitted.command));
        for Emitted { command, .. } in emitted {
            // As on the server: a run that has ended sends nothing. What it sends to others than its children
            // it has sent before.
            if ends && matches!(command, Command::CancelChild { .. }) {
                self.record(no, 1, &[]);
                continue;
            }
            self.obey_one(no, worker, command, &unsent);
        }
    }

    fn obey_one(&mut self, no: No, worker: &Worker, command: Command, unsent: &BTreeSet<Seq>) {
        match command {
            Command::StartTimer { seq, .. } if unsent.contains(&seq) => {}
            Command::StartTimer { seq, after, .. } => {
                let key = self.time.after(after, Due::Timer { run: no, seq });
                self.open(no, seq, Open::Timer(key), 1);
            }
            Command::CancelTimer(seq) => {
                if let Some(Open::Timer(key)) = self.close(no, seq) {
                    self.time.forget(key);
                    self.record(no, 1, &[]);
                }
            }
            Command::ScheduleActivity(activity) if unsent.contains(&activity.seq) => {
                let failure = unsent_activity(&activity);
                self.resolve(no, activity.seq, Outcome::Failed(failure));
            }
            Command::ScheduleActivity(activity) => self.schedule(no, worker, *activity),
            Command::CancelActivity { seq, .. } if !unsent.contains(&seq) => self.cancel_activity(no, seq),
            Command::StartChild(child) if unsent.contains(&child.seq) => {
                let failure = ChildFacts::unsent(&child, &worker.namespace).cancelled();
                self.resolve(no, child.seq, Outcome::Failed(failure));
            }
            Command::StartChild(child) => self.start_child(no, worker, *child),
            Command::CancelChild { seq, reason } if !unsent.contains(&seq) => self.cancel_child(no, seq, &reason),
            Command::SignalWorkflow(signal) if unsent.contains(&signal.seq) => {
                self.resolve(no, signal.seq, Outcome::Failed(words::signal_unsent()));
            }
            Command::SignalWorkflow(signal) => self.signal_other(no, *signal),
            Command::CancelWorkflow { seq, target, reason } => self.cancel_other(no, seq, &target, &reason),
            // Of what was never sent, and of a signal that is on its way.
            Command::CancelActivity { .. }
            | Command::CancelChild { .. }
            | Command::CancelSignal(_)
            | Command::AnswerQuery { .. } => {}
            // A marker, and the search attribute that the core sets with it.
            Command::SetPatch { .. } => self.record(no, 2, &[]),
            Command::UpsertSearchAttributes(attributes) => {
                self.record(no, 1, &[]);
                if let Some(run) = self.runs.get_mut(&no) {
                    merge_attributes(&mut run.search_attributes, attributes);
                }
            }
            Command::UpsertMemo(memo) => {
                self.record(no, 1, &memo.values().cloned().collect::<Vec<_>>());
                if let Some(run) = self.runs.get_mut(&no) {
                    merge_memo(&mut run.memo, memo);
                }
            }
            Command::AnswerUpdate { protocol_id, answer } => self.update_answered(no, &protocol_id, answer),
            Command::Complete(value) => self.complete(no, value),
            Command::Fail(failure) => self.fail(no, failure),
            Command::Cancelled => self.cancelled(no),
            Command::ContinueAsNew(next) => {
                let task_queue = refusal::queue(&next.queue, &worker.queue_prefix, &worker.task_queue);
                self.continue_as_new(no, *next, task_queue);
            }
        }
    }

    pub(super) fn open(&mut self, no: No, seq: Seq, open: Open, events: u32) {
        if let Some(run) = self.runs.get_mut(&no) {
            run.record(events, &[]);
            run.open.insert(seq, open);
        }
    }

    pub(super) fn close(&mut self, no: No, seq: Seq) -> Option<Open> {
        self.runs.get_mut(&no)?.open.remove(&seq)
    }

    pub(super) fn record(&mut self, no: No, events: u32, values: &[Value]) {
        if let Some(run) = self.runs.get_mut(&no) {
            run.record(events, values);
        }
    }

    pub(super) fn resolve(&mut self, no: No, seq: Seq, outcome: Outcome) {
        self.tell(no, Job::Resolve { seq, outcome });
    }

    pub(super) fn timer_fired(&mut self, no: No, seq: Seq) {
        if self.close(no, seq).is_some() {
            self.record(no, 1, &[]);
            self.resolve(no, seq, Outcome::Fired);
        }
    }
}

/// What is asked for and taken back in one step: nobody hears of it.
fn unsent(emitted: &[Emitted]) -> BTreeSet<Seq> {
    let mut asked = BTreeSet::new();
    let mut unsent = BTreeSet::new();
    for emitted in emitted {
        match &emitted.command {
            Command::StartTimer { seq, .. } => drop(asked.insert(*seq)),
            Command::ScheduleActivity(activity) => drop(asked.insert(activity.seq)),
            Command::StartChild(child) => drop(asked.insert(child.seq)),
            Command::SignalWorkflow(signal) => drop(asked.insert(signal.seq)),
            Command::CancelTimer(seq)
            | Command::CancelActivity { seq, .. }
            | Command::CancelChild { seq, .. }
            | Command::CancelSignal(seq)
                if asked.contains(seq) =>
            {
                unsent.insert(*seq);
            }
            _ => {}
        }
    }
    unsent
}

fn unsent_activity(activity: &ScheduleActivity) -> Failure {
    let activity = Activity::unsent(activity.clone());
    if activity.request.local.is_some() {
        words::local_cancelled(&activity)
    } else {
        words::activity_cancelled(&activity)
    }
}

/// Null takes a field away.
fn merge_memo(memo: &mut Map, upserted: Map) {
    for (name, value) in upserted {
        if value == Value::Null {
            memo.shift_remove(&name);
        } else {
            memo.insert(name, value);
        }
    }
}

fn merge_attributes(attributes: &mut SearchAttributes, upserted: SearchAttributes) {
    for (name, attribute) in upserted {
        if attribute.value == Value::Null {
            attributes.shift_remove(&name);
        } else {
            attributes.insert(name, attribute);
        }
    }
}
