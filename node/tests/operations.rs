//! The endpoint for operators, as a client sees it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use node::config::Source;
use node::logging::Log;
use node::metrics::{Description, MetricsKeys, MetricsSettings, Registry};
use node::operations::{Health, Operations, OperationsKeys, OperationsOptions, OperationsSettings, report_version};
use node::shutdown::Stop;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A process has one log.
fn log() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| node::logging::init(&BTreeMap::new(), "info").expect("started")).clone()
}

struct Endpoint {
    address: SocketAddr,
    stop: Stop,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stop.trigger();
    }
}

/// An endpoint with a `core.yaml` of these lines.
async fn serve(yaml: &str, health: Health) -> Endpoint {
    let source = Source::parse(yaml, "CORE", &BTreeMap::new()).expect("YAML");
    let settings = OperationsSettings::from_source(&source, &OperationsKeys::PEER).expect("usable");
    let provider = MetricsSettings::from_source(&source, &MetricsKeys::PEER).expect("usable").provider;
    let registry = Registry::new(&provider);
    log().report_entries(&registry);
    report_version(&registry);
    registry.report_process();
    registry.counter(Description { name: "a.b", help: "A.", labels: &["z", "c"] }).add(&["1", "2"], 3);
    let operations = Operations::bind(&settings).await.expect("bound").expect("configured");
    let endpoint = Endpoint { address: operations.address(), stop: Stop::new() };
    let options = OperationsOptions { log: log(), registry, provider, health };
    tokio::spawn(operations.serve(options, endpoint.stop.clone()));
    endpoint
}

/// Status and body of the answer.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let head = format!("{request} HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // A server that ends the stream without a farewell has answered all the same.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).expect("UTF-8");
    let status = answer.split(' ').nth(1).expect("a status line").parse().expect("a number");
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

async fn plain(endpoint: &Endpoint, request: &str, body: &str) -> (u16, String) {
    exchange(TcpStream::connect(endpoint.address).await.expect("connected"), request, body).await
}

const LISTEN: &str = "operations: {listenAddress: '127.0.0.1:0'}\n";

#[tokio::test]
async fn health_version_and_what_there_is_not() {
    let endpoint = serve(LISTEN, Health::default()).await;
    let (status, body) = plain(&endpoint, "GET /healthz", "").await;
    assert!(status == 200 && body.starts_with("{\"status\":\"OK\",\"time\":\""), "{status} {body}");
    let (status, body) = plain(&endpoint, "GET /version", "").await;
    let version: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, &version["Version"]), (200, &env!("CARGO_PKG_VERSION").into()));
    for (request, expected) in [
        ("POST /version", (400, "{\"Error\":\"invalid request method: POST\"}")),
        ("POST /healthz", (405, "")),
        ("GET /metrics", (404, "404 page not found\n")),
        ("GET /", (404, "404 page not found\n")),
    ] {
        let (status, body) = plain(&endpoint, request, "").await;
        assert_eq!((status, &*body), expected, "{request}");
    }
    let failing = serve(LISTEN, Health::default().with("ledger", Arc::new(|| Err("halted".to_owned())))).await;
    let (status, body) = plain(&failing, "GET /healthz", "").await;
    assert!(status == 503 && body.contains("\"failed_checks\":[{\"component\":\"ledger\""), "{status} {body}");
    let large = "x".repeat(100_000);
    assert_eq!(plain(&endpoint, "PUT /logspec", &large).await.0, 413);
}

#[tokio::test]
async fn metrics_and_the_logs_specification() {
    let endpoint = serve(&format!("{LISTEN}metrics: {{provider: prometheus}}"), Health::default()).await;
    tracing::info!("an entry");
    let (status, body) = plain(&endpoint, "GET /metrics", "").await;
    assert_eq!(status, 200);
    for expected in [
        "# TYPE a_b counter\na_b{c=\"2\",z=\"1\"} 3\n",
        "# TYPE go_gc_duration_seconds summary\n",
        "# TYPE logging_entries_written counter\n",
        "logging_entries_checked{level=\"info\"} ",
        &format!("fabric_version{{version=\"{}\"}} 1\n", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(body.contains(expected), "{expected}\n{body}");
    }

    assert_eq!(plain(&endpoint, "GET /logspec", "").await, (200, "{\"spec\":\"info\"}".to_owned()));
    let logged = || tracing::enabled!(target: "gossip", tracing::Level::DEBUG);
    assert!(!logged());
    let spec = "{\"spec\":\"gossip=debug:warn\"}";
    assert_eq!(plain(&endpoint, "PUT /logspec", spec).await, (204, String::new()));
    assert!(logged(), "the specification holds at once");
    assert_eq!(plain(&endpoint, "GET /logspec", "").await, (200, spec.to_owned()));
    for (body, expected) in [
        ("{\"spec\":\"loud\"}", "{\"error\":\"invalid logging specification 'loud': bad segment 'loud'\"}"),
        ("", "{\"error\":\"EOF\"}"),
    ] {
        assert_eq!(plain(&endpoint, "PUT /logspec", body).await, (400, expected.to_owned()));
    }
    assert_eq!(plain(&endpoint, "PUT /logspec", "no JSON").await.0, 400);
    assert_eq!(plain(&endpoint, "DELETE /logspec", "").await.0, 400);
    assert_eq!(plain(&endpoint, "PUT /logspec", "{}").await.0, 204);
    assert_eq!(log().spec(), "info");
}

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"))
    }

    /// Certificate and key (PEM).
    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        (params.signed_by(&key, &self.0).expect("a certificate").pem(), key.serialize_pem())
    }
}

/// Connects with a client certificate or without; `None` if the server will not have it.
async fn secure(
    endpoint: &Endpoint,
    authority: &Authority,
    client: Option<(String, String)>,
    request: &str,
) -> Option<(u16, String)> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.0.pem().as_bytes()).expect("PEM")).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_root_certificates(roots);
    let config = match client {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("PEM");
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("PEM");
            config.with_client_auth_cert(vec![certificate], key).expect("a pair")
        }
    };
    let stream = TcpStream::connect(endpoint.address).await.expect("connected");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    // TLS 1.3 tells a client that it is refused only when it reads.
    let head = format!("{request} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok().or(if answer.is_empty() { None } else { Some(0) })?;
    let answer = String::from_utf8(answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer))
}

fn with_tls(folder: &Path, server: &(String, String), authority: &Authority, required: bool) -> String {
    for (name, content) in [("cert.pem", &server.0), ("key.pem", &server.1), ("ca.pem", &authority.0.pem())] {
        std::fs::write(folder.join(name), content).expect("written");
    }
    let folder = folder.display();
    format!(
        "metrics: {{provider: prometheus}}\noperations:\n  listenAddress: 127.0.0.1:0\n  tls:\n    enabled: true\n    \
         clientAuthRequired: {required}\n    cert: {{file: {folder}/cert.pem}}\n    key: {{file: {folder}/key.pem}}\n    \
         clientRootCAs: {{files: ['{folder}/ca.pem']}}\n"
    )
}

#[tokio::test]
async fn operators_show_a_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = authority.issue();
    let endpoint = serve(&with_tls(folder.path(), &server, &authority, false), Health::default()).await;
    for (path, shown, expected) in [
        ("/healthz", None, Some(200)),
        ("/version", None, Some(200)),
        ("/metrics", None, Some(401)),
        ("/logspec", None, Some(401)),
        ("/healthz", Some(&authority), Some(200)),
        ("/metrics", Some(&authority), Some(200)),
        ("/logspec", Some(&authority), Some(200)),
        ("/healthz", Some(&stranger), None),
    ] {
        let client = shown.map(Authority::issue);
        let answer = secure(&endpoint, &authority, client, &format!("GET {path}")).await;
        assert_eq!(answer.as_ref().map(|(status, _)| *status), expected, "{path} {answer:?}");
    }
    let endpoint = serve(&with_tls(folder.path(), &server, &authority, true), Health::default()).await;
    assert_eq!(secure(&endpoint, &authority, None, "GET /healthz").await, None);
    let client = Some(authority.issue());
    assert_eq!(secure(&endpoint, &authority, client, "GET /healthz").await.map(|(status, _)| status), Some(200));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let settings = |yaml: &str| {
        let source = Source::parse(yaml, "CORE", &BTreeMap::new()).expect("YAML");
        OperationsSettings::from_source(&source, &OperationsKeys::PEER).map(|settings| settings.http.is_some())
    };
    assert!(!settings("{}").expect("nothing to serve"));
    for (yaml, expected) in [
        ("operations: {listenAddress: ':1', tls: {enabled: true}}", "operations.tls.cert.file is not set"),
        ("operations: {listenAddress: ':1', tls: {enabled: perhaps}}", "operations.tls.enabled (or CORE_OPERATIONS_"),
        (
            "operations: {listenAddress: ':1', tls: {enabled: true, cert: {file: /no}}}",
            "operations.tls.cert.file: cannot",
        ),
    ] {
        let error = settings(yaml).expect_err("refused").to_string();
        assert!(error.starts_with(expected), "{yaml}: {error}");
    }
}
