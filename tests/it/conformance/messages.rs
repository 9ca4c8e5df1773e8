//! Signals, queries and updates.
