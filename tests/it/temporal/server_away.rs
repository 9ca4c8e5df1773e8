//! A server that is not there yet, and one that goes away.

use serde_json::json;

use crate::support::{Parts, Scenario, Server, free_port};

fn parts() -> Parts<'static> {
    Parts { flow: "return { main = function(x) return x end }", functions: "return {}", ..Parts::default() }
}

#[test]
fn a_client_keeps_trying_and_its_worker_waits() {
    let port = free_port();
    let mut scenario = Scenario::written(&format!("127.0.0.1:{port}"), "not-there-yet", parts());
    scenario.launch().wait_for("Connection refused");
    let server = Server::start_at(port, None);
    scenario.process().wait_for("Started.");
    server.begin("not-there-yet-1", "t:flow", "not-there-yet", &[json!(1)]);
    assert_eq!(server.end("not-there-yet-1"), Ok(json!(1)));
    scenario.replays(&server, &["not-there-yet-1"]);
}

#[test]
fn a_worker_goes_on_when_the_server_comes_back() {
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let database = folder.path().join("temporal.db");
    let server = Server::start_at(port, Some(&database));
    let mut scenario = Scenario::at(&server.address(), "comes-back", parts());
    server.begin("comes-back-1", "t:flow", "comes-back", &[json!(1)]);
    assert_eq!(server.end("comes-back-1"), Ok(json!(1)));
    server.stop();
    let server = Server::start_at(port, Some(&database));
    server.begin("comes-back-2", "t:flow", "comes-back", &[json!(2)]);
    assert_eq!(server.end("comes-back-2"), Ok(json!(2)));
    scenario.replays(&server, &["comes-back-1", "comes-back-2"]);
    scenario.process().signal("TERM");
    assert_eq!(scenario.process().end(), Some(0));
}
