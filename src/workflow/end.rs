//! The end of a run.
//!
//! The server hands nothing on for a run that has ended. So the last command of a run is held back until it is
//! known what became of all that it sent to other runs. No code of the author's runs meanwhile: queries are
//! answered, updates rejected, and signals go along with a run that is renewed.

use mlua::Lua;

use crate::{
    lua::{LuaError, Origin},
    value::Failure,
    workflow::{Command, Emitted, Job, carried, inbox, outgoing, state::RunState, update},
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
    pub(super) fn come(&mut self, state: &RunState, last: Emitted) {
        // What is too large is said where it is made.
        state.outbox.borrow_mut().sent.check(&last);
        *self = Self::Held(Box::new(last));
    }

    /// Something happened to a run whose code has ended.
    pub(super) fn tell(&self, lua: &Lua, state: &RunState, job: Job) -> mlua::Result<()> {
        let Self::Held(last) = self else { return Ok(()) };
        match job {
            Job::Resolve { seq, .. } => outgoing::known(state, seq),
            Job::Signal(signal) if matches!(last.command, Command::ContinueAsNew(_)) => {
                inbox::keep(lua, state, signal)?;
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
            let packed = carried::pack(lua, state, &mut next.headers);
            packed.map_err(|Failure { message, .. }| LuaError { message, origin: Origin::Bug, frames: Vec::new() })?;
        }
        let Emitted { command, site } = *last;
        state.outbox.borrow_mut().push(command, site);
        Ok(())
    }
}
