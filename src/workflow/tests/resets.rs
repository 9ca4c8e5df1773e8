//! A run that was reset repeats its history under another run id: it may ask for nothing else.

use crate::workflow::{
    Activation,
    script::{Reader, World, show},
};

/// Sends itself a message by a run id that it is told.
const SELF: &str = "local workflow = require('workflow')
return function(run_id)
    local id = workflow.info().workflow_id
    local sent, err = workflow.external(id, run_id or workflow.info().run_id):signal('note', 1)
    return { sent or err:message(), workflow.wait_signal('note') }
end";

/// What a first step leads to, and what it leads to when the run was reset after it.
fn before_and_after(main: &str, start: &str) -> (String, String) {
    let world = World::new(main, &[]);
    let step = Reader::default().read(start);
    let before = show(&world.player().play(step.clone()));
    let reset = Activation { run_id: "run-2".to_owned(), replaying: true, ..step };
    (before, show(&world.player().play(reset)))
}

#[test]
fn a_message_to_the_run_before_a_reset_stays_in_the_run() {
    let stays = "Complete [true,1]\n".to_owned();
    assert_eq!(before_and_after(SELF, "start \"run-1\""), (stays.clone(), stays));
}

#[test]
fn a_message_to_the_id_that_the_run_has_now_stays_in_the_run() {
    let stays = "Complete [true,1]\n".to_owned();
    assert_eq!(before_and_after(SELF, "start"), (stays.clone(), stays));
}
