//! What the integration tests share.

mod command;
mod example;
mod family;
mod flows;
mod history;
mod http;
pub(crate) mod orders;
mod patience;
mod project;
pub(crate) mod repository;
mod running;
mod scenario;
mod server;
mod temporal;
mod tls;
mod versions;
mod ways;

pub(crate) use command::{Output, command, end_of, metonic, output_of};
pub(crate) use flows::{ADDING, SLOW, accepted_first};
pub(crate) use http::{Journal, text_of};
pub(crate) use patience::{PATIENCE, until};
pub(crate) use project::Project;
pub(crate) use running::Running;
pub(crate) use scenario::{Parts, Scenario};
pub(crate) use server::{Server, server};
pub(crate) use temporal::{free_port, temporal_command};
pub(crate) use tls::{Authority, refusing_server, tls_proxy};
pub(crate) use versions::TWO_VERSIONS;
pub(crate) use ways::{each_way, in_every_way, in_every_way_on};
