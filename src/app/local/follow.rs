//! The steps of a run of a local engine while they happen.

use std::{collections::VecDeque, time::SystemTime};

use super::runs::{LocalError, LocalRuns};
use crate::{
    local::Page,
    temporal::{RunKey, Step},
};

/// Follows a run to its end, and on through those that continue it.
#[derive(Debug)]
pub(crate) struct LocalFollow {
    runs: LocalRuns,
    run: RunKey,
    /// So many steps of the run are known.
    seen: usize,
    /// When the first of all runs began.
    begun: Option<SystemTime>,
    ready: VecDeque<Step>,
    ended: bool,
}

impl LocalFollow {
    pub(crate) fn new(runs: LocalRuns, run: RunKey) -> Self {
        Self { runs, run, seen: 0, begun: None, ready: VecDeque::new(), ended: false }
    }

    /// The run whose steps are given now.
    pub(crate) fn run(&self) -> &RunKey {
        &self.run
    }

    /// The next step; nothing after the end. Cancel-safe: steps are asked for by their place.
    pub(crate) async fn next(&mut self) -> Result<Option<Step>, LocalError> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(Some(step));
            }
            if self.ended {
                return Ok(None);
            }
            let page = self.runs.steps(&self.run, self.seen).await?;
            self.take(page);
        }
    }

    fn take(&mut self, page: Page) {
        self.seen += page.steps.len();
        for step in page.steps {
            let begun = *self.begun.get_or_insert(step.time);
            self.ready.push_back(Step { at: step.time.duration_since(begun).unwrap_or_default(), ..step });
        }
        self.run = page.run;
        match page.next_run {
            Some(run_id) => {
                self.run.run_id = run_id;
                self.seen = 0;
            }
            None => self.ended = page.ended,
        }
    }
}
