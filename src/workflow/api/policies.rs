//! The words for policies, in option tables and in `meta.options` alike: what each means, and the
//! number that Temporal gives it.

use super::words::Worded;
use crate::workflow::{
    Cancellation, ChildCancellation, IdConflictPolicy, IdReusePolicy, ParentClosePolicy, VersioningIntent,
};

/// How a run follows the versions of its worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersioningMode {
    /// It moves on with its worker.
    AutoUpgrade,
    /// It stays on one.
    Pinned,
}

impl Worded for Cancellation {
    const PREFIX: &'static str = "activity_cancellation_type_";
    const WORDS: &'static [(&'static str, i64, Self)] = &[
        ("try_cancel", 0, Self::TryCancel),
        ("wait_completed", 1, Self::WaitCompleted),
        ("wait_cancellation_completed", 1, Self::WaitCompleted),
        ("abandon", 2, Self::Abandon),
    ];
}

impl Worded for ChildCancellation {
    const PREFIX: &'static str = "child_workflow_cancellation_type_";
    const WORDS: &'static [(&'static str, i64, Self)] = &[
        ("abandon", 0, Self::Abandon),
        ("try_cancel", 1, Self::TryCancel),
        ("wait_completed", 2, Self::WaitCompleted),
        ("wait_cancellation_completed", 2, Self::WaitCompleted),
        ("wait_requested", 3, Self::WaitRequested),
        ("wait_cancellation_requested", 3, Self::WaitRequested),
    ];
}

impl Worded for ParentClosePolicy {
    const PREFIX: &'static str = "parent_close_policy_";
    const WORDS: &'static [(&'static str, i64, Self)] =
        &[("terminate", 1, Self::Terminate), ("abandon", 2, Self::Abandon), ("request_cancel", 3, Self::RequestCancel)];
}

impl Worded for IdReusePolicy {
    const PREFIX: &'static str = "workflow_id_reuse_policy_";
    const WORDS: &'static [(&'static str, i64, Self)] = &[
        ("allow_duplicate", 1, Self::AllowDuplicate),
        ("allow_duplicate_failed_only", 2, Self::AllowDuplicateFailedOnly),
        ("reject_duplicate", 3, Self::RejectDuplicate),
        ("terminate_if_running", 4, Self::TerminateIfRunning),
    ];
}

impl Worded for IdConflictPolicy {
    const PREFIX: &'static str = "workflow_id_conflict_policy_";
    const WORDS: &'static [(&'static str, i64, Self)] = &[
        ("fail", 1, Self::Fail),
        ("use_existing", 2, Self::UseExisting),
        ("terminate_existing", 3, Self::TerminateExisting),
    ];
}

/// For servers with version sets.
impl Worded for VersioningIntent {
    const PREFIX: &'static str = "versioning_intent_";
    const WORDS: &'static [(&'static str, i64, Self)] = &[
        ("compatible", 1, Self::Compatible),
        ("inherit_build_id", 1, Self::Compatible),
        ("default", 2, Self::Default),
        ("use_assignment_rules", 2, Self::Default),
    ];
}

impl Worded for VersioningMode {
    const PREFIX: &'static str = "versioning_behavior_";
    const WORDS: &'static [(&'static str, i64, Self)] =
        &[("pinned", 1, Self::Pinned), ("auto_upgrade", 2, Self::AutoUpgrade)];
}
