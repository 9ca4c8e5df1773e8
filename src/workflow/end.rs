//! The end of a run.
//!
//! The server hands nothing on for a run that has ended. So the last command of a run is held back until it is
//! known what became of all that it sent to other runs. No code of the author's runs meanwhile: queries are
//! answered, updates rejected, and signals go along with a run that is renewed, as does a request to end.

use mlua::Lua;

use crate::{
    lua::{LuaError, Origin, ScopeId},
    value::Failure,
    workflow::{Command, ContinueAsNew, Emitted, Job, carried, inbox, outgoing, state::RunState, update},
};

/// How far a run is with its end.
#[derive(Debug, Default)]
pub(super) enum End {
    #[default]
    Open,
    /// Its code has ended; this is its last command. Most runs have none yet, so it is elsewhere.
    Held(Box<Emitted>),
    /// The server knows.
    Over,
}

/// What to do where code cannot receive messages any more.
const TOO_MUCH_CAME: &str = "some came after `workflow.continue_as_new`, while the run waited for what became of all \
                             that it sent: let the code wait for that itself, and receive them before it renews, or \
                             reset or terminate the run";

impl End {
    /// Nothing of the run goes on.
    pub(super) fn has_come(&self) -> bool {
        !matches!(self, Self::Open)
    }

    /// Nothing is owed to the server any more.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    /// The code of the run has ended.
    pub(super) fn come(&mut self, state: &RunState, mut last: Emitted) {
        if let Command::ContinueAsNew(next) = &mut last.command
            && let Some(stop) = state.tasks.stop_of(ScopeId::ROOT).filter(|stop| !stop.is_met())
        {
            hand_on(next, stop.reason.clone());
        }
        // What is too large is said where it is made.
        state.outbox.borrow_mut().sent.check(&last);
        *self = Self::Held(Box::new(last));
    }

    /// Something happened to a run whose code has ended.
    pub(super) fn tell(&mut self, lua: &Lua, state: &RunState, job: Job) -> mlua::Result<()> {
        let Self::Held(last) = self else { return Ok(()) };
        match job {
            Job::Resolve { seq, .. } => outgoing::known(state, seq),
            Job::Signal(signal) if matches!(last.command, Command::ContinueAsNew(_)) => {
                inbox::keep(lua, state, signal)?;
            }
            // Of one that came before the code has heard, or it goes along already.
            Job::Cancel { reason } if state.cancelled.borrow().is_none() => {
                *state.cancelled.borrow_mut() = Some(reason.clone());
                if let Command::ContinueAsNew(next) = &mut last.command {
                    hand_on(next, reason);
                }
            }
            Job::Update(update) => update::refuse_late(lua, state, update),
            Job::Unreadable { protocol_id, problem, bytes } => {
                update::refuse(lua, state, protocol_id, problem, bytes);
            }
            Job::Signal(_) | Job::Cancel { .. } | Job::Start(_) | Job::Patch(_) | Job::Reseed(_) | Job::Query(_) => {}
        }
        Ok(())
    }

    /// Sends the last command, if nothing is waited for.
    pub(super) fn settle(&mut self, lua: &Lua, state: &RunState) -> Result<(), LuaError> {
        if !matches!(self, Self::Held(_)) || !outgoing::are_known(state) {
            return Ok(());
        }
        let Self::Held(mut last) = std::mem::replace(self, Self::Over) else { return Ok(()) };
        if let Command::ContinueAsNew(next) = &mut last.command {
            carried::pack(lua, state, &mut next.headers, TOO_MUCH_CAME).map_err(|Failure { message, .. }| {
                let at = last.site.first().map(|site| format!("{}: ", site.place)).unwrap_or_default();
                LuaError { message: at + &message, origin: Origin::Bug, frames: Vec::new() }
            })?;
        }
        let Emitted { command, site } = *last;
        state.outbox.borrow_mut().push(command, site);
        Ok(())
    }
}

/// No code of the run has heard that it is asked to end, and another one is about to take its place: that one is
/// asked, and begins at once.
fn hand_on(next: &mut ContinueAsNew, reason: String) {
    carried::ask_to_end(&mut next.headers, reason);
    next.delay = None;
}
