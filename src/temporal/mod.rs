//! The adapter to the Temporal core, through `metonic-bridge`. Nothing outside names its types.

mod all_attempts;
mod ask;
mod calls;
mod client;
mod config;
mod connect;
mod core;
mod delivery;
mod dev_server;
mod eviction;
mod first_task;
mod follow;
mod functions;
mod ladder;
mod local_ends;
mod look;
mod mismatch;
mod operate;
mod replay;
mod story;
mod update;
mod wire;
mod with_start;
mod worker;
mod workflows;

#[cfg(test)]
mod tests;

pub(crate) use ask::{METADATA, Metadata, RejectCondition};
pub(crate) use calls::{AskError, Polled, RunKey, StartRequest};
pub(crate) use client::ClientService;
pub(crate) use config::{
    Auth, ClientConfig, HealthCheck, Material, Poller, Tls, Versioning, VersioningBehavior, WorkerConfig, is_loopback,
};
pub(crate) use connect::{Client, ConnectError, connect, identity};
pub(crate) use core::Core;
pub(crate) use dev_server::{DevServer, DevServerError, DevServerOptions, find_temporal, free_port};
pub(crate) use follow::Follow;
pub(crate) use look::{ActivityState, Count, Description, PendingActivity, PendingChild, RunRow};
pub(crate) use operate::OperateError;
pub(crate) use replay::{History, Replayed, read_history, replay};
pub(crate) use story::{RunEnd, Step, What};
pub(crate) use update::{UpdateCall, UpdateStage, Updated};
pub(crate) use worker::WorkerService;
