//! Diagnostics as JSON lines and as GitHub annotations.
