//! Temporal servers for `metonic dev`: one for each address of this machine that a client names and
//! nobody answers at.
//!
//! A server that answers already is taken as it is and left running; one that was started here
//! stops with the process. What it holds is kept in the project's folder `.metonic`, so that a run
//! that was under way goes on the next time, however the process ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::Ipv4Addr,
    path::Path,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{App, Environment, data};
use crate::{
    kinds::{ClientFields, TemporalClient},
    registry::BuildCx,
    temporal::{DevServer, DevServerError, DevServerOptions, find_temporal, free_port},
};

/// A server of this machine answers at once or is not there.
const LOOK: Duration = Duration::from_millis(500);

/// Where a dev server's web interface is, counted from its port, as the Temporal command has it.
const UI_DISTANCE: u16 = 1000;

/// The most bytes of its settings.
const MOST_SETTINGS: u64 = 64 * 1024;

/// How long the server of a process that was killed may take to let go of its data.
const LET_GO: Duration = Duration::from_secs(15);

/// The servers that this process has started.
#[derive(Default)]
pub(crate) struct DevServers {
    running: Vec<DevServer>,
}

/// What was done about one address.
pub(crate) struct Started {
    pub(crate) address: String,
    /// Where its web interface is; or why there is no server.
    pub(crate) result: Result<Option<String>, DevServerError>,
}

impl DevServers {
    /// Starts what is missing.
    pub(crate) async fn start_missing(&mut self, app: &App, environment: &Environment) -> Vec<Started> {
        let mut all = Vec::new();
        for (port, namespaces) in local_ports(app) {
            if answers(port).await {
                continue;
            }
            let result = start(app, port, namespaces, environment).await.map(|server| {
                let ui = server.ui().map(str::to_owned);
                self.running.push(server);
                ui
            });
            all.push(Started { address: format!("127.0.0.1:{port}"), result });
        }
        all
    }

    /// Stops what was started here.
    pub(crate) async fn stop(self) {
        for server in self.running {
            server.stop().await;
        }
    }
}

async fn answers(port: u16) -> bool {
    let connect = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    matches!(timeout(LOOK, connect).await, Ok(Ok(_)))
}

async fn start(
    app: &App,
    port: u16,
    namespaces: BTreeSet<String>,
    environment: &Environment,
) -> Result<DevServer, DevServerError> {
    let named = environment.get("METONIC_TEMPORAL").map(Path::new);
    let command = find_temporal(named, environment.get("PATH").map(str::as_ref))?;
    let folder = data::folder(app.project().root())?;
    let options = DevServerOptions {
        port: Some(port),
        ui_port: Some(ui_port(port).await?),
        database: Some(folder.join(format!("temporal-{port}.db"))),
        namespaces: namespaces.into_iter().filter(|name| name != "default").collect(),
    };
    let give_up = Instant::now() + LET_GO;
    loop {
        match DevServer::start(&command, &options).await {
            Err(DevServerError::Ended(why)) if is_taken(&why) && Instant::now() < give_up => {
                sleep(LOOK).await;
            }
            started => break started,
        }
    }
}

/// Whether the server did not start because the last one, whose process was killed, is still
/// ending.
fn is_taken(why: &str) -> bool {
    why.contains("database is locked") || why.contains("address already in use")
}

/// The usual port, if it is free.
async fn ui_port(port: u16) -> Result<u16, DevServerError> {
    let usual = port.checked_add(UI_DISTANCE);
    let free = async |port: u16| tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.is_ok();
    match usual {
        Some(usual) if free(usual).await => Ok(usual),
        _ => Ok(free_port()?),
    }
}

/// Where the web interface of the server at `address` is, if it is a dev server with one.
pub(crate) async fn web_interface(address: &str) -> Option<String> {
    let port = local_port(address)?.checked_add(UI_DISTANCE)?;
    let is_it = matches!(timeout(LOOK, settings(port)).await, Ok(Ok(answer)) if is_of_temporal(&answer));
    is_it.then(|| format!("http://127.0.0.1:{port}"))
}

/// What listens at a port says when it is asked for the settings of Temporal's web interface. The client of
/// functions is theirs, with their rules; one question to this machine is two lines of HTTP.
async fn settings(port: u16) -> io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let question = format!("GET /api/v1/settings HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    connection.write_all(question.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.take(MOST_SETTINGS).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Whether an answer has the settings that Temporal's web interface has, and nothing else.
fn is_of_temporal(answer: &[u8]) -> bool {
    let answer = String::from_utf8_lossy(answer);
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let settings: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let is_good = head.split_whitespace().nth(1) == Some("200");
    is_good && settings.is_some_and(|settings| settings.get("ShowTemporalSystemNamespace").is_some())
}

/// The ports of this machine that clients without TLS name, each with its namespaces.
fn local_ports(app: &App) -> BTreeMap<u16, BTreeSet<String>> {
    let mut found: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    let cx: BuildCx = app.build_cx();
    for (entry, _) in app.registry().of_kind::<TemporalClient>() {
        // A client whose settings cannot be read says so itself, when it starts.
        let Ok(config) = ClientFields::config(entry, &cx) else { continue };
        if config.tls.is_none()
            && let Some(port) = local_port(&config.address)
        {
            found.entry(port).or_default().insert(config.namespace);
        }
    }
    found
}

/// The port, if the address is one where a dev server listens.
fn local_port(address: &str) -> Option<u16> {
    let (host, port) = address.rsplit_once(':')?;
    if matches!(host, "localhost" | "127.0.0.1") { port.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_interface_of_temporal_is_one() {
        let answer =
            |line: &str, body: &str| format!("HTTP/1.0 {line}\r\nContent-Type: application/json\r\n\r\n{body}");
        let settings = r#"{"DefaultNamespace":"","ShowTemporalSystemNamespace":false,"Version":"2.54.1"}"#;
        assert!(is_of_temporal(answer("200 OK", settings).as_bytes()));
        for other in [
            answer("404 Not Found", settings),
            answer("200 OK", "{}"),
            answer("200 OK", "<html>ShowTemporalSystemNamespace</html>"),
            "SSH-2.0-OpenSSH_9.6\r\n".to_owned(),
        ] {
            assert!(!is_of_temporal(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn only_addresses_of_this_machine_get_a_server() {
        assert_eq!(local_port("localhost:7233"), Some(7233));
        assert_eq!(local_port("127.0.0.1:9"), Some(9));
        assert_eq!(local_port("temporal.prod:7233"), None);
        assert_eq!(local_port("10.0.0.1:7233"), None);
        assert_eq!(local_port("localhost"), None);
    }
}
