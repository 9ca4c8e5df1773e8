//! Diagnostics as a terminal shows them.
