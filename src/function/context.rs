//! What a call is lent by whoever runs it: the request to end, and the way to say "still here".

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{
    function::task::CancelReason,
    value::{Failure, Value},
};

/// Takes what a heartbeat says.
pub(crate) type Heartbeat = Arc<dyn Fn(Vec<Value>) + Send + Sync>;

/// Lent to one call.
#[derive(Clone)]
pub(crate) struct FunctionContext {
    /// Set once the call should end. A sender that is gone will never ask.
    pub(crate) cancel: watch::Receiver<Option<CancelReason>>,
    pub(crate) heartbeat: Heartbeat,
}

impl FunctionContext {
    /// Why the call should end, if it should.
    pub(crate) fn reason(&self) -> Option<CancelReason> {
        *self.cancel.borrow()
    }

    /// Comes back when the call should end, and never otherwise.
    pub(crate) async fn cancelled(&self) -> CancelReason {
        let mut cancel = self.cancel.clone();
        if let Ok(reason) = cancel.wait_for(Option::is_some).await
            && let Some(reason) = *reason
        {
            return reason;
        }
        std::future::pending().await
    }

    /// Comes back when the call had its `grace` after it was asked to end.
    pub(crate) async fn out_of_grace(&self, grace: Duration) -> CancelReason {
        let reason = self.cancelled().await;
        tokio::time::sleep(grace).await;
        reason
    }
}

/// What a waiting function gives once its call should end.
pub(crate) fn canceled(reason: CancelReason) -> Failure {
    Failure::canceled(match reason {
        CancelReason::Cancel => "the activity was cancelled",
        CancelReason::Timeout => "the activity has used up its time",
        CancelReason::Shutdown => "the worker is shutting down",
        CancelReason::Paused => "the activity was paused",
        CancelReason::Reset => "the activity was reset",
        CancelReason::Gone => "nobody waits for the activity any more",
    })
}
