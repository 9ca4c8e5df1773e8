//! The steps to a server, tried one by one after a failed connect, to say which is the first that
//! does not hold.

use std::{fmt, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

/// How far one gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ladder {
    settings: String,
    checks: Vec<Check>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Check {
    Passed(&'static str),
    Skipped(&'static str, &'static str),
    Failed(&'static str, String),
}

impl Ladder {
    pub(super) fn new(settings: String) -> Self {
        Self { settings, checks: Vec::new() }
    }

    pub(super) fn push(&mut self, check: Check) {
        self.checks.push(check);
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.settings.is_empty() {
            write!(f, "\n  {}", self.settings)?;
        }
        for check in &self.checks {
            match check {
                Check::Passed(step) => write!(f, "\n  ✓ {step}")?,
                Check::Skipped(step, reason) => write!(f, "\n  - {step} skipped: {reason}")?,
                Check::Failed(step, reason) => write!(f, "\n  ✗ {step}: {reason}")?,
            }
        }
        Ok(())
    }
}

/// The addresses behind `host:port`.
pub(super) async fn look_up(address: &str, limit: Duration, ladder: &mut Ladder) -> Option<Vec<SocketAddr>> {
    const STEP: &str = "DNS lookup";
    if let Ok(literal) = address.parse() {
        ladder.push(Check::Skipped(STEP, "the address is an IP literal"));
        return Some(vec![literal]);
    }
    let problem = match timeout(limit, lookup_host(address)).await {
        Ok(Ok(found)) => {
            let found: Vec<SocketAddr> = found.collect();
            if !found.is_empty() {
                ladder.push(Check::Passed(STEP));
                return Some(found);
            }
            "the name has no address".to_owned()
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    ladder.push(Check::Failed(STEP, problem));
    None
}

/// Whether one of the addresses takes a TCP connection.
pub(super) async fn open(addresses: &[SocketAddr], limit: Duration, ladder: &mut Ladder) -> bool {
    const STEP: &str = "TCP connection";
    let mut problem = String::new();
    for address in addresses {
        problem = match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {
                ladder.push(Check::Passed(STEP));
                return true;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
    }
    ladder.push(Check::Failed(STEP, problem));
    false
}
