//! A few lines of HTTP, so that tests see the server as others do and not through metonic.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;

use super::patience::seen;

/// A request to a server of this machine: its status and what it answers, if that is JSON.
pub(crate) fn request(port: u16, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Value)> {
    let (status, body) = request_text(port, method, path, body)?;
    Ok((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
}

/// The same, whatever the answer is.
fn request_text(port: u16, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(90)))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let length = body.len();
    // Version 1.0: the answer ends with the connection and is in one piece.
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| std::io::Error::other("no answer"))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok((status, body.to_owned()))
}

/// What this path has to give, as soon as it gives it.
pub(crate) fn text_of(port: u16, path: &str) -> String {
    seen(&format!("nobody gives {path}"), || {
        let (status, text) = request_text(port, "GET", path, None).ok()?;
        (status == 200).then_some(text)
    })
}

/// Writes down what it is sent: the effects of activities, outside of every process under test.
pub(crate) struct Journal {
    port: u16,
    book: Arc<Book>,
}

struct Book {
    pages: Mutex<Pages>,
    released: Condvar,
}

struct Pages {
    lines: Vec<String>,
    /// So many lines are answered; who sent more waits.
    answered: usize,
    /// Who sends a line that ends so waits, too.
    held: Option<&'static str>,
}

impl Journal {
    pub(crate) fn start() -> Self {
        Self::answering(usize::MAX)
    }

    /// Lets only so many go on, until it is told to [release](Self::release) all. It writes down what the
    /// others send all the same.
    pub(crate) fn answering(answered: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let pages = Mutex::new(Pages { lines: Vec::new(), answered, held: None });
        let book = Arc::new(Book { pages, released: Condvar::new() });
        let journal = Self { port: listener.local_addr().unwrap().port(), book: Arc::clone(&book) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let book = Arc::clone(&book);
                thread::spawn(move || take(stream, &book));
            }
        });
        journal
    }

    /// Lets nobody go on either who sends a line that ends so.
    pub(crate) fn holding(self, ending: &'static str) -> Self {
        self.book.pages.lock().unwrap().held = Some(ending);
        self
    }

    /// Where activities send lines to.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.book.pages.lock().unwrap().lines.clone()
    }

    /// Answers all who wait, and all who come.
    pub(crate) fn release(&self) {
        let mut pages = self.book.pages.lock().unwrap();
        (pages.answered, pages.held) = (usize::MAX, None);
        drop(pages);
        self.book.released.notify_all();
    }
}

/// One connection may bring many requests.
fn take(stream: TcpStream, book: &Book) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let text = String::from_utf8(body).ok()?;
        let mut pages = book.pages.lock().unwrap();
        pages.lines.push(text.clone());
        let line = pages.lines.len();
        let waits = |pages: &mut Pages| line > pages.answered || pages.held.is_some_and(|held| text.ends_with(held));
        drop(book.released.wait_while(pages, waits).unwrap());
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").ok()?;
    }
}
