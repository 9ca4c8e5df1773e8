//! Local activities, side effects, and what fails a task or a run.
