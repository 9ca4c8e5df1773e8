//! Swallows what the core says in a way nobody can read, and metonic says better.

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// The core prints a failed workflow task as one debug struct; metonic prints a diagnostic.
const SWALLOWED: &[(&str, &str)] = &[("temporalio_sdk_core", "Failing workflow task")];

pub(super) struct Quiet;

impl<S: Subscriber> Layer<S> for Quiet {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let target = event.metadata().target();
        let swallowed: Vec<&str> =
            SWALLOWED.iter().filter(|(from, _)| target.starts_with(from)).map(|(_, message)| *message).collect();
        if swallowed.is_empty() {
            return true;
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        !swallowed.contains(&message.0.as_str())
    }
}

/// The text of an event.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    struct Counting(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Counting {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_core_does_not_print_failed_tasks() {
        let count = Arc::new(AtomicUsize::new(0));
        let subscriber = tracing_subscriber::registry().with(Counting(Arc::clone(&count))).with(Quiet);
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "temporalio_sdk_core::worker", run_id = "1", "Failing workflow task");
            assert_eq!(count.load(Ordering::Relaxed), 0);
            tracing::warn!(target: "temporalio_sdk_core::worker", run_id = "1", "Something else");
            tracing::warn!(run_id = "1", "Failing workflow task");
        });
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
}
