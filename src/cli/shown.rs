//! One workflow that `metonic dev --start` starts and shows to its end.

use super::{Exit, arguments::Dev};
use crate::app::App;

pub(super) struct Shown;

impl Shown {
    pub(super) fn start(_: &Dev, _: &App) -> Option<Self> {
        None
    }

    pub(super) async fn ended(&mut self) -> Exit {
        std::future::pending().await
    }
}
