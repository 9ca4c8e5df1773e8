//! Numbers what a run asks for, and notes where in the Lua source each request came from.

use mlua::Lua;

use crate::{
    lua::Program,
    value::{Failure, Value},
    workflow::{CallSite, Command, Emitted, Seq, sent::Sent},
};

/// More frames tell little more.
const MOST_FRAMES: usize = 2;
/// How far out to look for the author's own frames.
const DEEPEST_FRAME: usize = 32;

/// What a run has asked for since its last activation.
#[derive(Debug)]
pub(super) struct Outbox {
    commands: Vec<Emitted>,
    last_seq: u32,
    pub(super) sent: Sent,
}

impl Outbox {
    pub(super) fn new(sent: Sent) -> Self {
        Self { commands: Vec::new(), last_seq: 0, sent }
    }

    /// The number of a new request.
    pub(super) fn next_seq(&mut self) -> Seq {
        self.last_seq += 1;
        Seq(self.last_seq)
    }

    /// False if the server would not take it: the task has failed then, whatever comes.
    pub(super) fn push(&mut self, command: Command, site: Vec<CallSite>) -> bool {
        let emitted = Emitted { command, site };
        let taken = self.sent.add(&emitted);
        if taken {
            self.commands.push(emitted);
        }
        taken
    }

    /// Answers a query, whose size was looked at.
    pub(super) fn answer_query(&mut self, id: String, answer: Result<Value, Failure>) {
        self.commands.push(Emitted { command: Command::AnswerQuery { id, answer }, site: Vec::new() });
    }

    /// Where the newest request was made.
    pub(super) fn last_site(&self) -> &[CallSite] {
        self.commands.last().map_or(&[], |emitted| &emitted.site)
    }

    /// Everything, in order, but that updates are accepted comes first: by that the core knows in a replay
    /// which task it was that they came with. The outbox is empty after.
    pub(super) fn take(&mut self) -> Vec<Emitted> {
        let mut commands = std::mem::take(&mut self.commands);
        commands.sort_by_key(|emitted| !emitted.command.accepts());
        commands
    }
}

/// The innermost lines of the author's code that run now.
pub(super) fn call_site(lua: &Lua, program: &Program) -> Vec<CallSite> {
    let mut sites = Vec::new();
    for level in 0..DEEPEST_FRAME {
        let frame = lua.inspect_stack(level, |frame| {
            let chunk = frame.source().short_src?.into_owned();
            Some((chunk, frame.current_line()?))
        });
        let Some(frame) = frame else { break };
        if let Some(place) = frame.and_then(|(chunk, line)| program.place(&chunk, line)) {
            sites.push(CallSite { span: place.span, place: place.text });
            if sites.len() == MOST_FRAMES {
                break;
            }
        }
    }
    sites
}
