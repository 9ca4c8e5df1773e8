//! Finds values that live outside the files.

/// Variables with their storages; values are read when they are needed, not when files are.
#[derive(Debug)]
pub(crate) struct Env;
