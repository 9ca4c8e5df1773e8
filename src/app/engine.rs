//! Who keeps the runs of a project.

/// Who keeps the runs of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A Temporal server.
    #[default]
    Temporal,
    /// This process alone; it forgets them at its end.
    Local,
}
