//! What one workflow task sends to the server, added up while it is asked for: the server ends a run
//! that sends too much at once.
//!
//! While local activities run the core keeps the commands of several activations back, and what they
//! gave, and sends everything together. So the sum goes on until the history has grown, as it has when
//! another task begins. Only updates that are rejected leave nothing there: after a step that did
//! nothing else the next one is of another task. What is replayed was taken before.

use crate::{
    source::Span,
    workflow::{Command, Emitted, HistorySize, HostOptions, Outcome, TaskFailureCause, UpdateAnswer, size},
};

/// The sum of one workflow task.
#[derive(Debug)]
pub(super) struct Sent {
    largest_payload: usize,
    largest_task: usize,
    /// The events of the history that the task began with.
    events: u32,
    bytes: usize,
    /// Something of the task will be in the history.
    lasts: bool,
    replaying: bool,
    excess: Option<Box<Excess>>,
}

/// More than the server takes.
#[derive(Debug)]
pub(super) struct Excess {
    pub(super) message: String,
    pub(super) cause: TaskFailureCause,
    pub(super) span: Option<Span>,
}

impl Sent {
    pub(super) fn new(options: &HostOptions) -> Self {
        let HostOptions { largest_payload, largest_task, .. } = *options;
        Self { largest_payload, largest_task, events: 0, bytes: 0, lasts: false, replaying: false, excess: None }
    }

    /// An activation begins, of the task before or of another one. One that only asks something may come with
    /// what the last one sends.
    pub(super) fn begin(&mut self, history: &HistorySize, replaying: bool, only_asks: bool) {
        if self.events != history.events || !(self.lasts || only_asks) {
            self.events = history.events;
            self.bytes = 0;
            self.lasts = false;
        }
        self.replaying = replaying;
    }

    /// Counts a command; whether the server takes it with what came before.
    pub(super) fn add(&mut self, emitted: &Emitted) -> bool {
        if self.replaying {
            return true;
        }
        let size = size::of(emitted);
        self.bytes = self.bytes.saturating_add(size.all);
        self.lasts |= !matches!(emitted.command, Command::AnswerUpdate { answer: UpdateAnswer::Reject(_), .. });
        if self.excess.is_some() {
            return false;
        }
        if size.largest > self.largest_payload {
            self.too_large(emitted, size.largest);
        } else if self.bytes > self.largest_task {
            let problem = format!(
                "one step of the workflow sends more than {} bytes in all, of which {} here; send less, or wait \
                 between the calls",
                self.largest_task, size.all
            );
            self.refuse(emitted, TaskFailureCause::GrpcMessageTooLarge, &problem);
        }
        self.excess.is_none()
    }

    /// Looks at a command that is sent later; whether the server takes what is in it.
    pub(super) fn check(&mut self, emitted: &Emitted) -> bool {
        let largest = if self.replaying { 0 } else { size::of(emitted).largest };
        if largest > self.largest_payload && self.excess.is_none() {
            self.too_large(emitted, largest);
        }
        self.excess.is_none()
    }

    fn too_large(&mut self, emitted: &Emitted, bytes: usize) {
        let problem = format!("a value of {bytes} bytes is too large; the server takes {} bytes", self.largest_payload);
        self.refuse(emitted, TaskFailureCause::PayloadsTooLarge, &problem);
    }

    fn refuse(&mut self, emitted: &Emitted, cause: TaskFailureCause, problem: &str) {
        let line = emitted.site.first();
        let at = line.map_or_else(|| called(&emitted.command), |line| line.place.as_str());
        let message = format!("{at}: {problem}");
        self.excess = Some(Box::new(Excess { message, cause, span: line.map(|line| line.span) }));
    }

    /// Counts what a local activity ended with, which is recorded with the task.
    pub(super) fn add_record(&mut self, outcome: &Outcome) {
        let bytes = size::of_outcome(outcome);
        if self.replaying {
            return;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.lasts = true;
        if self.bytes > self.largest_task && self.excess.is_none() {
            let message = format!(
                "what local activities and side effects gave and what is asked for beside them has more than {} bytes \
                 in all, of which {bytes} in the last result; return less, or wait for something else between them, \
                 such as a timer",
                self.largest_task
            );
            let cause = TaskFailureCause::GrpcMessageTooLarge;
            self.excess = Some(Box::new(Excess { message, cause, span: None }));
        }
    }

    /// Counts what an update asks, which the core sends back with its acceptance or rejection; whether there is
    /// room for it, be it small, beside all that the task sends. Some is left for the answers.
    pub(super) fn add_request(&mut self, bytes: usize) -> bool {
        if self.replaying {
            return true;
        }
        let bytes = self.bytes.saturating_add(bytes);
        let fits = bytes <= self.largest_task / 7 * 6;
        if fits {
            self.bytes = bytes;
        }
        fits
    }

    /// How many bytes an answer to a query may have that is sent with the rest.
    pub(super) fn left(&self) -> usize {
        self.largest_task.saturating_sub(self.bytes)
    }

    /// What is too much, once.
    pub(super) fn take_excess(&mut self) -> Option<Excess> {
        self.excess.take().map(|excess| *excess)
    }
}

/// What a command is called in a message that has no line for it.
fn called(command: &Command) -> &'static str {
    match command {
        Command::StartTimer { .. } => "a timer",
        Command::CancelTimer(_) => "the end of a timer",
        Command::ScheduleActivity(_) => "a call of a function",
        Command::CancelActivity { .. } => "the cancellation of a call",
        Command::StartChild(_) => "a child",
        Command::CancelChild { .. } => "the cancellation of a child",
        Command::SignalWorkflow(_) | Command::CancelSignal(_) => "a message to another workflow",
        Command::CancelWorkflow { .. } => "the cancellation of another workflow",
        Command::SetPatch { .. } => "a patch",
        Command::UpsertSearchAttributes(_) => "search attributes",
        Command::UpsertMemo(_) => "the memo",
        Command::AnswerQuery { .. } => "the answer to a query",
        Command::AnswerUpdate { .. } => "the answer to an update",
        Command::Complete(_) => "the workflow's result",
        Command::Fail(_) => "the workflow's error",
        Command::Cancelled => "the workflow's end",
        Command::ContinueAsNew(_) => "what the next run begins with",
    }
}
