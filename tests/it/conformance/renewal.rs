//! A new run in place of an old one.
