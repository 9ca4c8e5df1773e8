//! The local engine as commands see it: in this process, or in the one that runs the project, which is
//! asked through its control socket.
//!
//! Both ways give the same, and a command shows it as it shows what a server tells.

mod follow;
mod runs;

pub(crate) use follow::LocalFollow;
pub(crate) use runs::{LocalDoor, LocalError, LocalRuns};
