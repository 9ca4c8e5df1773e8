//! A writer that takes known secrets out of what passes through it.

use std::io::{self, Write};

use crate::value::redact;

/// Redacts each piece that is written. A piece has to be whole: the formatter writes one line in
/// one piece.
pub(super) struct Redacting<W>(W);

impl<W> Redacting<W> {
    pub(super) fn new(writer: W) -> Self {
        Self(writer)
    }
}

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(redact(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Secret;

    #[test]
    fn a_secret_does_not_pass() {
        let secret = Secret::new("0p3n-s3same");
        let mut written = Vec::new();
        write!(Redacting::new(&mut written), "Authorization: Bearer {}", secret.reveal()).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert!(!written.contains("s3same"), "{written}");
    }

    #[test]
    fn one_line_is_one_piece() {
        let secret = Secret::new("l1ne-by-l1ne");
        let written = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let writer = std::sync::Arc::clone(&written);
        let lines = tracing_subscriber::fmt()
            .json()
            .with_writer(move || Redacting::new(Shared(std::sync::Arc::clone(&writer))))
            .finish();
        tracing::subscriber::with_default(lines, || tracing::info!(key = secret.reveal(), "Connected."));
        let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        assert!(written.contains(r#""key":"***""#), "{written}");
    }

    struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
