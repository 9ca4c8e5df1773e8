//! `http://ADDRESS/metrics`: what the process counts and measures, for Prometheus.
//!
//! It is plain HTTP and knows nobody, so it listens on this machine only unless it is told otherwise.
//! It tells metrics and nothing else; who asks slowly, or too often at once, does not keep others
//! waiting.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::telemetry::Metrics;

/// The one path that answers.
const PATH: &str = "/metrics";

/// Prometheus' text format.
const FORMAT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// So many may ask at once. One more takes the place of the oldest who has not asked yet; if all have,
/// it is sent away, as each of them is owed an answer.
const MOST_AT_ONCE: usize = 32;

/// How long one who asks is waited for.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Who connects has something to say at once.
    request: Duration,
    /// A request and its answer take no longer.
    all: Duration,
}

const PATIENCE: Patience = Patience { request: Duration::from_secs(1), all: Duration::from_secs(10) };

/// One connection.
struct Guest {
    /// Ends it; it has ended once this is cancelled.
    leave: CancellationToken,
    has_asked: Arc<AtomicBool>,
}

/// The open door for who reads metrics.
pub(crate) struct Scrape {
    address: SocketAddr,
    metrics: Metrics,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Why metrics cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be told at `{address}`: {}", reason(.error))]
pub(crate) struct NoScrape {
    address: SocketAddr,
    error: io::Error,
}

/// The address in `PORT` or `ADDRESS:PORT`; of a port alone, this machine's own.
pub(crate) fn scrape_address(text: &str) -> Result<SocketAddr, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let port: u16 = text.parse().map_err(|_| "a port is at most 65535".to_owned())?;
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let wrong = "it needs a port, as in `9464`, or an address with one, as in `127.0.0.1:9464`";
    text.parse().map_err(|_| wrong.to_owned())
}

impl Scrape {
    /// Opens the door; from now on the metrics it lends are kept.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, NoScrape> {
        Self::open_with(address, PATIENCE).await
    }

    async fn open_with(address: SocketAddr, patience: Patience) -> Result<Self, NoScrape> {
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            Ok((listener.local_addr()?, listener))
        };
        let (bound, listener) = bound.await.map_err(|error| NoScrape { address, error })?;
        let scrape = Self {
            address: bound,
            metrics: Metrics::kept(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        tracing::info!(address = %scrape.address, "Metrics can be read at http://{}{PATH}.", scrape.address);
        scrape.tasks.spawn(listen(
            listener,
            scrape.metrics.clone(),
            patience,
            scrape.stop.clone(),
            scrape.tasks.clone(),
        ));
        Ok(scrape)
    }

    /// What is told here.
    pub(crate) fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Closes the door; nobody is answered any more.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Scrape {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn listen(
    listener: TcpListener,
    metrics: Metrics,
    patience: Patience,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let mut guests = VecDeque::new();
    // Both are cancel-safe.
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                if !make_room(&mut guests) {
                    tracing::debug!("A reader of metrics was sent away: too many are being answered.");
                    continue;
                }
                let (leave, has_asked) = (stop.child_token(), Arc::new(AtomicBool::new(false)));
                let served = serve(stream, metrics.clone(), patience.request, Arc::clone(&has_asked));
                let gone = leave.clone().drop_guard();
                guests.push_back(Guest { leave: leave.clone(), has_asked });
                tasks.spawn(async move {
                    // Who has gone away, or takes too long, is not missed.
                    drop(leave.run_until_cancelled(tokio::time::timeout(patience.all, served)).await);
                    drop(gone);
                });
            }
            Err(error) => {
                // Out of descriptors: others give theirs back.
                tracing::warn!(%error, "A reader of metrics could not be let in.");
                stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(1))).await;
            }
        }
    }
}

/// Forgets who has gone; if there are too many still, sends away who says nothing, the oldest first.
/// Whether there is room now.
fn make_room(guests: &mut VecDeque<Guest>) -> bool {
    guests.retain(|guest| !guest.leave.is_cancelled());
    if guests.len() < MOST_AT_ONCE {
        return true;
    }
    let silent = guests.iter().position(|guest| !guest.has_asked.load(Ordering::Relaxed));
    match silent.and_then(|at| guests.remove(at)) {
        Some(guest) => {
            guest.leave.cancel();
            true
        }
        None => false,
    }
}

/// One connection: one request, one answer.
async fn serve(
    stream: TcpStream,
    metrics: Metrics,
    patience: Duration,
    has_asked: Arc<AtomicBool>,
) -> hyper::Result<()> {
    let answer = |request: Request<Incoming>| {
        has_asked.store(true, Ordering::Relaxed);
        let answer = answer(&request, &metrics);
        async { Ok::<_, Infallible>(answer) }
    };
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(patience);
    protocol.keep_alive(false).max_buf_size(16 * 1024);
    protocol.serve_connection(TokioIo::new(stream), service_fn(answer)).await
}

fn answer(request: &Request<Incoming>, metrics: &Metrics) -> Response<String> {
    let mut response = Response::new(String::new());
    if request.uri().path() != PATH {
        *response.status_mut() = StatusCode::NOT_FOUND;
        *response.body_mut() = format!("metrics are at {PATH}\n");
    } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    } else {
        *response.body_mut() = metrics.text();
        response.headers_mut().insert(CONTENT_TYPE, FORMAT);
    }
    response
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; name another port, or 0 for any".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not listen there; name a port from 1024 on".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::telemetry::{Change, Measure};

    /// One that waits for who is slow.
    async fn open() -> Scrape {
        Scrape::open_with(scrape_address("0").unwrap(), Patience { request: HOUR, all: HOUR }).await.unwrap()
    }

    /// What is answered to one line, the header `date` left out.
    async fn ask(scrape: &Scrape, line: &str) -> String {
        let mut stream = TcpStream::connect(scrape.address).await.unwrap();
        stream.write_all(format!("{line} HTTP/1.1\r\nHost: here\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split("\r\n").filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n")
    }

    #[tokio::test]
    async fn metrics_are_read_as_text() {
        let scrape = open().await;
        let measure = Measure::new("orders".to_owned(), Change::Count(3.0), Vec::new()).unwrap();
        scrape.metrics().take(measure).unwrap();
        let answer = ask(&scrape, "GET /metrics").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{answer}");
        assert!(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\n"), "{answer}");
        assert!(answer.ends_with("# TYPE orders counter\norders 3\n"), "{answer}");
        scrape.close().await;
    }

    #[tokio::test]
    async fn nothing_else_is_told() {
        let scrape = open().await;
        assert!(ask(&scrape, "GET /").await.starts_with("HTTP/1.1 404 Not Found\n"));
        assert!(ask(&scrape, "POST /metrics").await.starts_with("HTTP/1.1 405 Method Not Allowed\n"));
        scrape.close().await;
    }

    #[tokio::test]
    async fn a_door_that_is_closed_lets_go_of_its_address() {
        let scrape = open().await;
        let address = scrape.address;
        // It holds a place and says nothing.
        let _silent = TcpStream::connect(address).await.unwrap();
        scrape.close().await;
        assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn silent_connections_keep_nobody_out() {
        let scrape = open().await;
        let mut silent = Vec::new();
        for _ in 0..=MOST_AT_ONCE {
            silent.push(TcpStream::connect(scrape.address).await.unwrap());
        }
        assert!(ask(&scrape, "GET /metrics").await.starts_with("HTTP/1.1 200 OK\n"));
        scrape.close().await;
    }

    #[test]
    fn nobody_is_sent_away_amid_an_answer() {
        let guest =
            |has_asked| Guest { leave: CancellationToken::new(), has_asked: Arc::new(AtomicBool::new(has_asked)) };
        let mut guests: VecDeque<Guest> = (0..MOST_AT_ONCE).map(|_| guest(true)).collect();
        assert!(!make_room(&mut guests), "all are being answered");
        assert!(guests.iter().all(|guest| !guest.leave.is_cancelled()));
        guests[3] = guest(false);
        assert!(make_room(&mut guests), "one has not asked");
        assert_eq!(guests.len(), MOST_AT_ONCE - 1);
    }

    #[tokio::test]
    async fn a_silent_connection_is_closed() {
        let patience = Patience { request: Duration::from_millis(1), all: HOUR };
        let scrape = Scrape::open_with(scrape_address("0").unwrap(), patience).await.unwrap();
        let mut silent = TcpStream::connect(scrape.address).await.unwrap();
        let mut said = String::new();
        silent.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "");
        scrape.close().await;
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_told() {
        let scrape = open().await;
        let error = Scrape::open(scrape.address).await.map(|_| ()).unwrap_err();
        let address = scrape.address;
        assert_eq!(
            error.to_string(),
            format!(
                "metrics cannot be told at `{address}`: another program listens there; name another port, or 0 for any"
            )
        );
        scrape.close().await;
    }

    #[test]
    fn a_port_alone_is_this_machine() {
        assert_eq!(scrape_address("9464").unwrap().to_string(), "127.0.0.1:9464");
        assert_eq!(scrape_address("0.0.0.0:9464").unwrap().to_string(), "0.0.0.0:9464");
        assert_eq!(scrape_address("70000").unwrap_err(), "a port is at most 65535");
        for wrong in ["", "localhost", "127.0.0.1", ":9464"] {
            assert!(scrape_address(wrong).unwrap_err().starts_with("it needs a port"), "{wrong}");
        }
    }
}
