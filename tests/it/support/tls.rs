//! TLS before the dev server: authorities that live as long as a test, a proxy that takes TLS off, and
//! a server that writes down what it is sent.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener as Listener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// Signs certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    /// Its own certificate.
    pub(crate) pem: String,
}

/// A certificate and its key.
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
    pub(crate) pem: String,
    pub(crate) key_pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        Self { certificate: own.der().clone(), pem: own.pem(), issuer: Issuer::new(params, key) }
    }

    /// A certificate for one name.
    pub(crate) fn sign(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        Identity {
            certificate: own.der().clone(),
            key: key.serialize_der().into(),
            pem: own.pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// Lets only those in whose certificate it has signed.
    fn gate(&self) -> Arc<dyn ClientCertVerifier> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        WebPkiClientVerifier::builder_with_provider(roots.into(), default_provider().into()).build().unwrap()
    }
}

/// Takes TLS off and hands what is inside to the server at `port`; gives its own port. With `gate`, who
/// comes has to show a certificate that this authority has signed.
pub(crate) fn tls_proxy(port: u16, own: &Identity, gate: Option<&Authority>) -> u16 {
    serve(own, gate, move |mut tls| async move {
        let Ok(mut plain) = TcpStream::connect(("127.0.0.1", port)).await else { return };
        let _ = copy_bidirectional(&mut tls, &mut plain).await;
    })
}

/// Refuses every call; gives its port, and what each had in this header.
pub(crate) fn refusing_server(own: &Identity, header: &'static str) -> (u16, Receiver<Option<String>>) {
    let (tx, seen) = channel();
    let port = serve(own, None, move |tls| {
        let tx = tx.clone();
        async move {
            let Ok(mut connection) = h2::server::handshake(tls).await else { return };
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let sent = request.headers().get(header).map(|value| value.to_str().unwrap().to_owned());
                let _ = tx.send(sent);
                // 16: not authenticated.
                let answer = http::Response::builder().header("content-type", "application/grpc");
                let answer = answer.header("grpc-status", "16").header("grpc-message", "no");
                let _ = respond.send_response(answer.body(()).unwrap(), true);
            }
        }
    });
    (port, seen)
}

/// Serves each TLS connection until the test ends.
fn serve<F>(own: &Identity, gate: Option<&Authority>, each: impl Fn(Stream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let config = ServerConfig::builder_with_provider(default_provider().into()).with_safe_default_protocol_versions();
    let config = match gate {
        Some(gate) => config.unwrap().with_client_cert_verifier(gate.gate()),
        None => config.unwrap().with_no_client_auth(),
    };
    let mut config = config.with_single_cert(vec![own.certificate.clone()], own.key.clone_key().into()).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = Listener::from_std(listener).unwrap();
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // A handshake that fails is the other side's to tell.
                if let Ok(tls) = acceptor.accept(stream).await {
                    connections.spawn(each(tls));
                }
            }
        });
    });
    port
}

type Stream = tokio_rustls::server::TlsStream<TcpStream>;
