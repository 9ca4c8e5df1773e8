//! Services that do as they are told, and a diary of what they did: for tests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::Instant;

use super::{ServiceDef, task::Make};
use crate::{
    entry::EntryId,
    registry::Lifecycle,
    service::{BoxService, Exports, Restart, Service, ServiceCx, ServiceError},
};

/// What a service does at one start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    Refuse,
    RefuseForGood,
    Run,
    RunFor(u64),
    NeverReady,
    IgnoreStop,
    Panic,
    NoService,
    CannotBeMade,
}

/// Says at which second which service did what.
#[derive(Clone)]
pub(crate) struct Diary {
    pub(crate) begun: Instant,
    lines: Arc<Mutex<Vec<String>>>,
}

struct Scripted {
    diary: Diary,
    act: Act,
}

/// What every service of these tests lends: its name.
pub(crate) struct Name(pub(crate) String);

impl Diary {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), lines: Arc::default() }
    }

    fn write(&self, id: &EntryId, what: &str) {
        self.lines.lock().unwrap().push(format!("{}s {} {what}", self.begun.elapsed().as_secs(), id.name()));
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// A service that does `acts` at its starts; the last is repeated.
    pub(crate) fn service(&self, name: &str, needs: &[&str], acts: &[Act]) -> ServiceDef {
        let left = Mutex::new(acts.to_vec());
        let diary = self.clone();
        let make: Make = Arc::new(move || {
            let mut left = left.lock().unwrap();
            let act = if left.len() > 1 { left.remove(0) } else { left[0] };
            match act {
                Act::NoService => Ok(None),
                Act::CannotBeMade => Err(ServiceError::new("`app:key` has no value")),
                _ => Ok(Some(BoxService::new(Scripted { diary: diary.clone(), act }))),
            }
        });
        let restart = Restart { jitter: 0.0, ..Restart::default() };
        ServiceDef {
            id: id(name),
            kind: "test",
            needs: needs.iter().map(|name| id(name)).collect(),
            lifecycle: Lifecycle { restart, ..Lifecycle::default() },
            make,
        }
    }
}

impl Service for Scripted {
    async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        match self.act {
            Act::Refuse => return Err(ServiceError::new("connection refused")),
            Act::RefuseForGood => return Err(ServiceError::fatal("the certificate has expired")),
            Act::Panic => panic!("a bug"),
            Act::NeverReady => {
                self.diary.write(&cx.id, "starts");
                cx.stop.cancelled().await;
                self.diary.write(&cx.id, "gives up");
                return Ok(());
            }
            _ => {}
        }
        self.diary.write(&cx.id, "runs");
        let name = Name(cx.id.name().to_owned());
        cx.ready.set(Exports::default().with(&cx.id, Arc::new(name)));
        if let Act::RunFor(seconds) = self.act {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(seconds)) => {
                    self.diary.write(&cx.id, "dies");
                    return Err(ServiceError::new("connection lost"));
                }
                () = cx.stop.cancelled() => {}
            }
        }
        cx.stop.cancelled().await;
        if self.act == Act::IgnoreStop {
            std::future::pending::<()>().await;
        }
        self.diary.write(&cx.id, "stops");
        Ok(())
    }
}

pub(crate) fn id(name: &str) -> EntryId {
    EntryId::parse(name, Some("app")).unwrap()
}
