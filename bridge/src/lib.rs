//! Boxed, non-generic doors to the Temporal core.
