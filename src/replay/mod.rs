//! Uses a replay worker to tell whether code still fits a history.
