//! A run's steps while they happen.

use std::collections::VecDeque;

use metonic_bridge::protos::temporal::api::enums::v1::HistoryEventFilterType;

use crate::temporal::{
    calls::{AskError, RunKey},
    connect::Client,
    story::{Step, Story, next_run, run_end},
};

/// Follows a run to its end, and on through those that continue it.
#[derive(Debug)]
pub(crate) struct Follow {
    client: Client,
    run: RunKey,
    page: Vec<u8>,
    story: Story,
    ready: VecDeque<Step>,
    ended: bool,
}

impl Follow {
    pub(crate) fn new(client: Client, run: RunKey) -> Self {
        Self { client, run, page: Vec::new(), story: Story::default(), ready: VecDeque::new(), ended: false }
    }

    /// The run whose steps are given now.
    pub(crate) fn run(&self) -> &RunKey {
        &self.run
    }

    /// The next step; nothing after the end. Cancel-safe: a call that is dropped loses no step.
    pub(crate) async fn next(&mut self) -> Result<Option<Step>, AskError> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(Some(step));
            }
            if self.ended {
                return Ok(None);
            }
            let filter = HistoryEventFilterType::AllEvent;
            let (events, next) = self.client.history_page(&self.run, self.page.clone(), true, filter).await?;
            // The last page has no mark of the next, and asked for again it would begin anew.
            self.ended = next.is_empty();
            self.page = next;
            for event in &events {
                if let Some(run_id) = next_run(event) {
                    self.run.run_id = run_id;
                    self.page.clear();
                    self.ended = false;
                } else {
                    self.ended |= run_end(event).is_some();
                }
                self.ready.extend(self.story.take(event));
            }
        }
    }
}
