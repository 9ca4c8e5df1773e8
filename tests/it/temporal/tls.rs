//! Encrypted connections, certificates on both sides, and API keys, against what really checks them.

use serde_json::json;

use crate::support::{Authority, Parts, Scenario, refusing_server, server, tls_proxy};

const FLOW: &str = "return { main = function() return \"sealed\" end }";

/// A scenario whose client has these lines, with an authority's certificate in `ca.pem`.
fn written(name: &str, address: &str, client: &str, ca: &Authority) -> Scenario {
    let scenario = Scenario::written(address, name, Parts { flow: FLOW, client, ..Parts::default() });
    scenario.write("ca.pem", &ca.pem);
    scenario
}

/// The workflow completes over this connection.
fn completes(mut scenario: Scenario) {
    scenario.resume();
    assert_eq!(scenario.run(&[]), Ok(json!("sealed")));
}

/// The client does not connect, and the log says this.
fn is_refused(mut scenario: Scenario, with: &[&str]) {
    let running = scenario.launch();
    running.wait_for("Service failed; restarting.");
    running.signal("TERM");
    running.end();
    for text in with {
        assert!(running.said.contains(text), "`{text}` is not in:\n{}", running.said);
    }
}

#[test]
fn a_server_of_a_trusted_authority_is_connected_to() {
    let ca = Authority::new("ours");
    let port = tls_proxy(server().port(), &ca.sign("localhost"), None);
    completes(written("tls-trusted", &format!("localhost:{port}"), "tls: {enabled: true, ca_file: ca.pem}", &ca));
}

#[test]
fn a_server_of_another_authority_is_refused() {
    let (ca, other) = (Authority::new("ours"), Authority::new("theirs"));
    let port = tls_proxy(server().port(), &other.sign("localhost"), None);
    let scenario = written("tls-other", &format!("localhost:{port}"), "tls: {enabled: true, ca_file: ca.pem}", &ca);
    is_refused(scenario, &["TLS handshake: ", "UnknownIssuer", "set `tls.ca_file` to the authority that signed it"]);
}

#[test]
fn a_server_of_another_name_is_refused() {
    let ca = Authority::new("ours");
    let port = tls_proxy(server().port(), &ca.sign("temporal.internal"), None);
    let scenario = written("tls-name", &format!("localhost:{port}"), "tls: {enabled: true, ca_file: ca.pem}", &ca);
    is_refused(scenario, &["TLS handshake: ", "temporal.internal", "`tls.server_name` to the name it was made for"]);
}

#[test]
fn a_server_of_another_name_is_connected_to_when_the_name_is_given() {
    let ca = Authority::new("ours");
    let port = tls_proxy(server().port(), &ca.sign("temporal.internal"), None);
    let client = "tls: {enabled: true, ca_file: ca.pem, server_name: temporal.internal}";
    completes(written("tls-server-name", &format!("127.0.0.1:{port}"), client, &ca));
}

#[test]
fn any_certificate_is_taken_where_none_is_verified() {
    let ca = Authority::new("ours");
    let port = tls_proxy(server().port(), &Authority::new("theirs").sign("elsewhere"), None);
    let client = "tls: {enabled: true, insecure_skip_verify: true}";
    completes(written("tls-unverified", &format!("127.0.0.1:{port}"), client, &ca));
}

#[test]
fn a_server_without_tls_is_named_as_one() {
    let ca = Authority::new("ours");
    let scenario = written("tls-plain", &server().address(), "tls: {enabled: true, ca_file: ca.pem}", &ca);
    is_refused(scenario, &["the server did not respond with TLS"]);
}

#[test]
fn a_server_with_tls_is_refused_without() {
    let ca = Authority::new("ours");
    let port = tls_proxy(server().port(), &ca.sign("localhost"), None);
    let scenario = written("tls-missing", &format!("localhost:{port}"), "", &ca);
    is_refused(scenario, &["gRPC without TLS", "the server may expect TLS: set `tls.enabled: true`"]);
}

/// A client with these files as its certificate.
const MTLS: &str = "auth: {type: mtls, cert_file: own.pem, key_file: own.key}\ntls: {ca_file: ca.pem}";

#[test]
fn a_client_with_a_certificate_is_let_in() {
    let ca = Authority::new("ours");
    let port = tls_proxy(server().port(), &ca.sign("localhost"), Some(&ca));
    let scenario = written("mtls", &format!("localhost:{port}"), MTLS, &ca);
    let own = ca.sign("worker");
    scenario.write("own.pem", &own.pem);
    scenario.write("own.key", &own.key_pem);
    completes(scenario);
}

#[test]
fn a_client_without_a_certificate_is_told_that_one_is_needed() {
    let ca = Authority::new("ours");
    let port = tls_proxy(server().port(), &ca.sign("localhost"), Some(&ca));
    let scenario = written("mtls-none", &format!("localhost:{port}"), "tls: {enabled: true, ca_file: ca.pem}", &ca);
    is_refused(scenario, &["TLS handshake: ", "the server may ask for a client certificate"]);
}

#[test]
fn a_client_with_a_certificate_of_another_authority_is_told_so() {
    let ca = Authority::new("ours");
    let port = tls_proxy(server().port(), &ca.sign("localhost"), Some(&ca));
    let scenario = written("mtls-other", &format!("localhost:{port}"), MTLS, &ca);
    let own = Authority::new("theirs").sign("worker");
    scenario.write("own.pem", &own.pem);
    scenario.write("own.key", &own.key_pem);
    is_refused(scenario, &["TLS handshake: ", "the server may not accept the client certificate"]);
}

#[test]
fn an_api_key_is_sent_with_every_call() {
    let ca = Authority::new("ours");
    let (port, seen) = refusing_server(&ca.sign("localhost"), "authorization");
    let client = "auth: {type: api_key, api_key: key-of-a-test}\ntls: {ca_file: ca.pem}";
    is_refused(written("api-key", &format!("localhost:{port}"), client, &ca), &["server info: "]);
    let seen: Vec<_> = seen.try_iter().collect();
    assert!(!seen.is_empty() && seen.iter().all(|sent| sent.as_deref() == Some("Bearer key-of-a-test")), "{seen:?}");
}

#[test]
fn calls_to_this_machine_are_compressed_only_if_the_client_says_so() {
    let ca = Authority::new("ours");
    for (setting, encoding) in [("", None), ("grpc_compression: gzip\n", Some("gzip"))] {
        let (port, seen) = refusing_server(&ca.sign("localhost"), "grpc-encoding");
        let client = format!("{setting}tls: {{enabled: true, ca_file: ca.pem}}");
        is_refused(written("compression", &format!("localhost:{port}"), &client, &ca), &["server info: "]);
        let seen: Vec<_> = seen.try_iter().collect();
        assert!(!seen.is_empty() && seen.iter().all(|sent| sent.as_deref() == encoding), "{seen:?}");
    }
}
