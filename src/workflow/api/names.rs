//! What the server takes for a name: of a run, a type, a queue, a namespace.
//!
//! It fails a workflow task that asks for anything with another one, and every later attempt of it. So the
//! call that names it hears of it instead. `tests/names.rs` has every text that a command carries, those
//! too that may be as long as they like, as the names of signals.

use crate::{
    value::Failure,
    workflow::{LONGEST_NAME, Queue, Relative},
};

/// What no queue of an author's begins with.
const SYSTEM: &str = "/_sys/";

/// The lengths of the parts of a run id, which are hexadecimal and joined by hyphens.
const RUN_ID_PARTS: [usize; 5] = [8, 4, 4, 4, 12];

/// Temporal takes no longer names.
pub(super) fn fits(what: &str, name: &str) -> Result<(), String> {
    match name.len() {
        bytes if bytes > LONGEST_NAME => Err(format!("{what} has {bytes} bytes; Temporal takes {LONGEST_NAME}")),
        _ => Ok(()),
    }
}

/// A queue as its author names it.
pub(super) fn fits_queue(what: &str, queue: &str) -> Result<(), String> {
    fits(what, queue)?;
    if queue.starts_with(SYSTEM) {
        return Err(format!("{what} begins with `{SYSTEM}`, as only queues of Temporal itself do"));
    }
    Ok(())
}

/// The queue that a command names.
pub(super) fn check_queue(queue: &Queue) -> Result<(), Failure> {
    match queue {
        Queue::Named(queue) => fits_queue("the task queue", queue).map_err(Failure::invalid),
        // What the project has is checked as it is read.
        Queue::Own | Queue::Full(_) => Ok(()),
    }
}

/// A run that somebody else started.
pub(super) fn check_run(run: &Relative) -> Result<(), Failure> {
    let Relative { namespace, workflow_id, run_id } = run;
    fits("the workflow id", workflow_id)
        .and_then(|()| fits("the namespace", namespace))
        .and_then(|()| fits("the run id", run_id))
        .map_err(Failure::invalid)?;
    if run_id.is_empty() || is_run_id(run_id) {
        return Ok(());
    }
    let example = "5a76f94e-f7fa-48b3-922c-484f963d5c47";
    Err(Failure::invalid(format!("`{run_id}` is no run id, which looks like `{example}`")))
}

fn is_run_id(text: &str) -> bool {
    let is_part =
        |(part, length): (&str, usize)| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split('-').count() == RUN_ID_PARTS.len() && text.split('-').zip(RUN_ID_PARTS).all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_is_told_from_other_texts() {
        let id = "5a76f94e-f7fa-48b3-922c-484f963d5c47";
        assert!(is_run_id(id) && is_run_id(&id.to_uppercase()));
        for text in ["", "run-1", &id[1..], &format!("{id}-"), &id.replace('-', ""), &id.replace('5', "g")] {
            assert!(!is_run_id(text), "{text}");
        }
    }
}
