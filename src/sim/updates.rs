//! Updates: sent, accepted or rejected, done. One id is one update.

use crate::{
    sim::{
        Problem, Run as RunName, Stage, Start,
        waits::{Wait, Waiter},
        words,
        world::{No, World},
    },
    value::{Failure, Value},
    workflow::{Job, Update, UpdateAnswer},
};

/// What an update came to.
pub(super) type UpdateOutcome = Result<Value, Box<Failure>>;

/// What who waits for an update is told.
type Told = Result<Option<UpdateOutcome>, Problem>;

/// An update that was sent to a run, by the id that its sender gave.
pub(super) struct UpdateRecord {
    update: Update,
    accepted: bool,
    outcome: Option<UpdateOutcome>,
    waiters: Vec<(Stage, Waiter<Told>)>,
}

impl World {
    /// Nothing is started for an update that cannot be sent.
    pub(super) fn update_with_start(
        &mut self,
        start: Start,
        update: Update,
        until: Stage,
    ) -> Result<Wait<Told>, Problem> {
        check(&update)?;
        let run = self.start(start)?;
        self.update(&run, update, until)
    }

    pub(super) fn update(&mut self, name: &RunName, mut update: Update, until: Stage) -> Result<Wait<Told>, Problem> {
        check(&update)?;
        let no = self.find(name)?;
        let number = self.number();
        let waits = self.waits.clone();
        let Some(run) = self.runs.get_mut(&no) else { return Err(Problem::Stopped) };
        if update.id.is_empty() {
            update.id = format!("update-{number}");
        }
        let (tx, rx) = waits.begin();
        if let Some(record) = run.updates.get_mut(&update.id) {
            record.waiters.push((until, tx));
            record.tell();
            return Ok(rx);
        }
        if !run.is_open() {
            return Err(Problem::Ended(name.workflow_id.clone()));
        }
        update.protocol_id.clone_from(&update.id);
        update.validate = true;
        let record =
            UpdateRecord { update: update.clone(), accepted: false, outcome: None, waiters: vec![(until, tx)] };
        run.updates.insert(update.id.clone(), record);
        self.tell(no, Job::Update(update));
        Ok(rx)
    }

    /// What becomes of an update that was sent before.
    pub(super) fn update_outcome(&mut self, name: &RunName, id: &str) -> Result<Wait<Told>, Problem> {
        let no = self.find(name)?;
        let (tx, rx) = self.waits.begin();
        let record = self.runs.get_mut(&no).and_then(|run| run.updates.get_mut(id));
        let Some(record) = record else {
            return Err(Problem::NoUpdate { workflow_id: name.workflow_id.clone(), id: id.to_owned() });
        };
        record.waiters.push((Stage::Completed, tx));
        record.tell();
        Ok(rx)
    }

    pub(super) fn update_answered(&mut self, no: No, protocol_id: &str, answer: UpdateAnswer) {
        let Some(run) = self.runs.get_mut(&no) else { return };
        let values: Vec<Value> = match &answer {
            UpdateAnswer::Complete(value) => vec![value.clone()],
            UpdateAnswer::Accept | UpdateAnswer::Reject(_) => Vec::new(),
        };
        let Some(record) = run.updates.get_mut(protocol_id) else { return };
        let is_written = record.accepted || !matches!(answer, UpdateAnswer::Reject(_));
        match answer {
            UpdateAnswer::Accept => record.accepted = true,
            UpdateAnswer::Complete(value) => record.outcome = Some(Ok(value)),
            UpdateAnswer::Reject(failure) => record.outcome = Some(Err(Box::new(failure))),
        }
        record.tell();
        if !record.accepted {
            // A rejected update leaves no trace: its id may be used again.
            run.updates.shift_remove(protocol_id);
        }
        if is_written {
            run.update_count += u32::from(values.is_empty());
            run.record(1, &values);
        }
    }

    /// A task is over: what it did not answer of its updates is rejected.
    pub(super) fn leave_updates(&mut self, no: No, protocol_ids: &[String]) {
        let Some(run) = self.runs.get_mut(&no).filter(|run| run.is_open()) else { return };
        for id in protocol_ids {
            if let Some(record) = run.updates.get_mut(id).filter(|record| !record.accepted && record.outcome.is_none())
            {
                record.outcome = Some(Err(Box::new(words::update_left())));
                record.tell();
                run.updates.shift_remove(id);
            }
        }
    }

    /// The run has ended. What another run is to take is left.
    pub(super) fn end_updates(&mut self, no: No, goes_on: bool) {
        let Some(run) = self.runs.get_mut(&no) else { return };
        let workflow_id = run.workflow_id.clone();
        for record in run.updates.values_mut().filter(|record| record.outcome.is_none()) {
            if record.accepted {
                record.outcome = Some(Err(Box::new(words::update_unfinished())));
                record.tell();
            } else if !goes_on {
                for (_, waiter) in record.waiters.drain(..) {
                    waiter.tell(Err(Problem::Ended(workflow_id.clone())));
                }
            }
        }
    }

    /// Updates that were not looked at yet go to the run in this one's place.
    pub(super) fn carry_updates(&mut self, no: No, next: No) {
        let Some(run) = self.runs.get_mut(&no) else { return };
        run.inbox.clear();
        let (carried, kept) = std::mem::take(&mut run.updates).into_iter().partition(|(_, record)| !record.accepted);
        run.updates = kept;
        let carried: Vec<(String, UpdateRecord)> = indexmap::IndexMap::into_iter(carried).collect();
        for (id, record) in carried {
            let update = record.update.clone();
            if let Some(run) = self.runs.get_mut(&next) {
                run.updates.insert(id, record);
            }
            self.tell(next, Job::Update(update));
        }
    }
}

fn check(update: &Update) -> Result<(), Problem> {
    let wrong = update.arguments.iter().find_map(|value| value.portable().err());
    wrong.map_or(Ok(()), |error| Err(Problem::Invalid(error.to_string())))
}

impl UpdateRecord {
    /// Tells those who wait what they wait for, as far as it is known.
    fn tell(&mut self) {
        let outcome = self.outcome.clone();
        let accepted = self.accepted;
        let mut waiting = Vec::new();
        for (stage, waiter) in self.waiters.drain(..) {
            if outcome.is_some() || (accepted && stage == Stage::Accepted) {
                waiter.tell(Ok(outcome.clone()));
            } else {
                waiting.push((stage, waiter));
            }
        }
        self.waiters = waiting;
    }
}
