//! Sets up logs, once, and names their fields.
