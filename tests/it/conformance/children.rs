//! Children, and other workflows.
