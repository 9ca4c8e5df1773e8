//! A panic is our bug, and says so.

use std::{any::Any, backtrace::Backtrace, panic};

/// Makes every panic one log line with the version and the place.
pub(crate) fn say_that_it_is_our_fault() {
    panic::set_hook(Box::new(|panic| {
        let message = message(panic.payload());
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        let backtrace = Backtrace::capture();
        tracing::error!(
            version, place, %backtrace,
            "This is a bug in metonic, not in your project: {message}. Please report it with this line."
        );
    }));
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
