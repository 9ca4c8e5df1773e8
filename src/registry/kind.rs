//! What a kind of entry is, and its type erased so that kinds fit in a table.

use std::sync::Arc;

use crate::{
    diag::Diagnostics,
    env::Env,
    registry::{Entry, Registry},
    service::{BoxService, Exports},
};

/// A kind of entry. A kind is one file in `kinds/` and one line in its table.
pub(crate) trait Kind: 'static {
    const NAME: &'static str;
    /// The manual page, from `registry/kinds`.
    const MANUAL: &'static str;
    type Spec: Send + Sync + 'static;

    /// Looks at what only the whole registry can tell. References were looked up before.
    fn check(entry: &Entry, spec: &Self::Spec, cx: &mut CheckCx<'_>) {
        let _ = (entry, spec, cx);
    }

    /// The service that runs while the entry is started, if the kind has one. Called anew for each
    /// start, so that each start reads its settings and secrets again.
    fn service(entry: &Arc<Entry>, cx: &BuildCx) -> Result<Option<BoxService>, Diagnostics> {
        let _ = (entry, cx);
        Ok(None)
    }
}

/// What a check may look at, and where it reports.
pub(crate) struct CheckCx<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) diagnostics: &'a mut Diagnostics,
}

/// What a service is built from.
#[derive(Clone)]
pub(crate) struct BuildCx {
    pub(crate) registry: Arc<Registry>,
    pub(crate) env: Arc<Env>,
    /// What belongs to the process: lanes, the core's runtime.
    pub(crate) process: Exports,
}

/// A [`Kind`] with its types erased.
pub(crate) struct KindDef {
    pub(crate) name: &'static str,
    pub(crate) manual: &'static str,
}

impl std::fmt::Debug for KindDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
