//! Lines of JSON: what Lua code says brings its fields as one text of JSON, since an event has no other
//! place for them. In a line of JSON they are an object.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// What Lua code says has this target.
const LUA: &str = "lua";

/// How the key stands in a line. Inside of a text the quotes would not stand alone.
const KEY: &str = r#""fields":"#;

/// Writes lines as another formatter does, with the fields as an object.
pub(super) struct WithObjects<F>(pub(super) F);

impl<S, N, F> FormatEvent<S, N> for WithObjects<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, cx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if event.metadata().target() != LUA {
            return self.0.format_event(cx, writer, event);
        }
        let mut line = String::new();
        self.0.format_event(cx, Writer::new(&mut line), event)?;
        match split(&line) {
            Some((before, fields, after)) => write!(writer, "{before}{fields}{after}"),
            None => writer.write_str(&line),
        }
    }
}

/// What stands before the fields, they themselves, and what stands behind them.
fn split(line: &str) -> Option<(&str, String, &str)> {
    let (before, rest) = line.split_at(line.find(KEY)? + KEY.len());
    let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    let fields = texts.next()?.ok()?;
    Some((before, fields, &rest[texts.byte_offset()..]))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The line that `log` leads to, without its time.
    fn line(log: impl FnOnce()) -> String {
        let written = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&written);
        let layer = tracing_subscriber::fmt::layer().with_writer(move || Shared(Arc::clone(&writer)));
        let layer = layer.json().flatten_event(true).without_time().map_event_format(WithObjects);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let written = written.lock().unwrap().clone();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn the_fields_of_lua_are_an_object() {
        let fields = Some(r#"{"a":1,"text":"\"fields\":\"no\""}"#);
        assert_eq!(
            line(|| tracing::info!(target: "lua", run_id = "r", fields, "\"fields\":\"x\"")),
            concat!(
                r#"{"level":"INFO","message":"\"fields\":\"x\"","run_id":"r","#,
                r#""fields":{"a":1,"text":"\"fields\":\"no\""},"target":"lua"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn a_line_without_fields_is_left_as_it_is() {
        let fields: Option<&str> = None;
        let said = line(|| tracing::info!(target: "lua", fields, "\"fields\":\"x\""));
        assert_eq!(said, "{\"level\":\"INFO\",\"message\":\"\\\"fields\\\":\\\"x\\\"\",\"target\":\"lua\"}\n");
    }
}
