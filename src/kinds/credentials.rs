//! Certificates and keys that a client reads from files when it starts.

use rcgen::{CertificateParams, KeyPair};

use super::tests::client;
use crate::temporal::Auth;

/// A certificate and its key, as PEM.
fn identity() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(["worker".to_owned()]).unwrap().self_signed(&key).unwrap();
    (own.pem(), key.serialize_pem())
}

const MTLS: &str = "auth: {type: mtls, cert_file: c.pem, key_file: k.pem}, tls: {ca_file: ca.pem, server_name: s}";

/// What is said of a client with these files, beside sound ones.
fn said(files: &[(&str, &str)]) -> String {
    let (certificate, key) = identity();
    let sound = [("c.pem", &*certificate), ("k.pem", &*key), ("ca.pem", &*certificate)];
    let all: Vec<_> = sound.into_iter().chain(files.iter().copied()).collect();
    client(MTLS, &all).map_or_else(|said| said, |_| "nothing".to_owned())
}

#[test]
fn a_certificate_is_read_and_cleaned() {
    let (certificate, key) = identity();
    let pasted = |pem: &str| pem.replace('\n', "  \r\n  ");
    let files = [("c.pem", &*pasted(&certificate)), ("k.pem", &*pasted(&key)), ("ca.pem", &*certificate)];
    let config = client(MTLS, &files).unwrap();
    let Auth::Mtls { certificate: read, key: read_key } = config.auth else { panic!("a certificate") };
    assert_eq!((read.text, read_key.reveal()), (certificate.replace('\r', ""), &*key.replace('\r', "")));
    assert_eq!(config.tls.unwrap().server_name.as_deref(), Some("s"));
}

#[test]
fn an_authority_may_stand_in_the_entry() {
    let (certificate, _) = identity();
    let written = certificate.replace('\r', "").replace('\n', "\\n");
    let config = client(&format!("tls: {{enabled: true, ca_pem: \"{written}\"}}"), &[]).unwrap();
    assert_eq!(config.tls.unwrap().ca.unwrap().text, certificate.replace('\r', ""));
}

#[test]
fn a_key_in_a_variable_is_looked_at_when_the_client_starts() {
    let (certificate, _) = identity();
    let said =
        client("auth: {type: mtls, cert_file: c.pem, key_pem_env: KEY}", &[("c.pem", &certificate)]).unwrap_err();
    assert!(said.contains("the value of `KEY`, `key_pem_env`, is no private key in PEM, in `a:c`"), "{said}");
    assert!(!said.contains("key-of-the-environment"), "{said}");
}

#[test]
fn a_file_that_holds_something_else_is_named_with_its_field() {
    let (certificate, key) = identity();
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let no_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (file, text, headline) in [
        ("c.pem", &*key, "the file `c.pem` of `cert_file` is no certificate but a private key"),
        ("c.pem", no_der, "the file `c.pem` of `cert_file` is no certificate in PEM"),
        ("c.pem", "", "the file `c.pem` of `cert_file` is empty"),
        ("k.pem", &*certificate, "the file `k.pem` of `key_file` is no private key but a certificate"),
        ("k.pem", "junk", "the file `k.pem` of `key_file` is no private key in PEM"),
        ("k.pem", &*encrypted, "the file `k.pem` of `key_file` is encrypted"),
        ("ca.pem", &*key, "the file `ca.pem` of `ca_file` is no certificate but a private key"),
        ("ca.pem", no_der, "the file `ca.pem` of `ca_file` is no certificate in PEM"),
    ] {
        let said = said(&[(file, text)]);
        assert!(said.contains(headline) && said.contains("a.yaml:5:"), "{said}");
    }
}

#[test]
fn a_key_of_another_certificate_is_told_before_a_server_is_asked() {
    let said = said(&[("k.pem", &identity().1)]);
    assert!(said.contains("`key_file` is not the key of `cert_file`, in `a:c`"), "{said}");
}
