//! One request to an orderer's admin listener.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Largest answer, in bytes: a block.
const BODY_BYTES_MAX: usize = 256 << 20;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Separates the parts of a form. Blocks that hold it would be cut; it is long enough for that never to happen by chance.
const BOUNDARY: &str = "weft-9b1f6c0a52e84d7793c4e1aa06df25b8c3";

/// How to reach the orderer.
pub struct Target {
    /// `host:port`.
    pub address: String,
    /// Keys and roots; none for plain connections.
    pub tls: Option<ClientConfig>,
}

/// What to send.
pub struct Message {
    /// The method.
    pub method: Method,
    /// Path from the root.
    pub path: String,
    /// The only part of a form: its name, its file name and its content.
    pub part: Option<(&'static str, &'static str, Vec<u8>)>,
}

/// Reads what mutual TLS takes. `shift` sets the clock back for checks of certificates.
pub fn tls(ca: &Path, certificate: &Path, key: &Path, shift: Duration) -> anyhow::Result<ClientConfig> {
    let read =
        |path: &Path| std::fs::read(path).map_err(|error| anyhow!(crate::command_line::open_error(path, &error)));
    let ca_pem = read(ca).context("reading orderer CA certificate")?;
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(&ca_pem).flatten() {
        roots.add(root).context("failed to add ca-file PEM to cert pool")?;
    }
    ensure!(!roots.is_empty(), "failed to add ca-file PEM to cert pool");
    let own = || {
        let chain = CertificateDer::pem_slice_iter(&read(certificate)?).collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_slice(&read(key)?)?;
        anyhow::Ok((chain, key))
    };
    let (chain, key) = own().context("loading client cert/key pair")?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_details(provider, Arc::new(SetBack(shift)));
    let builder = builder.with_safe_default_protocol_versions().context("setting up TLS")?;
    builder.with_root_certificates(roots).with_client_auth_cert(chain, key).context("loading client cert/key pair")
}

/// A clock that is late on purpose.
#[derive(Debug)]
struct SetBack(Duration);

impl TimeProvider for SetBack {
    fn current_time(&self) -> Option<UnixTime> {
        let now = SystemTime::now().checked_sub(self.0)?;
        now.duration_since(UNIX_EPOCH).ok().map(UnixTime::since_unix_epoch)
    }
}

/// Sends a message, and answers the status and the body.
pub fn send(target: Target, message: Message) -> anyhow::Result<(u16, Bytes)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let scheme = if target.tls.is_some() { "https" } else { "http" };
    let mut method = message.method.as_str().to_ascii_lowercase();
    if let Some(first) = method.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let operation = format!("{method} \"{scheme}://{}{}\"", target.address, message.path);
    runtime.context("starting the network driver")?.block_on(exchange(target, message)).context(operation)
}

async fn exchange(target: Target, message: Message) -> anyhow::Result<(u16, Bytes)> {
    let address = &target.address;
    let connect = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await;
    let stream = connect.context("timed out").and_then(|stream| {
        stream.map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => anyhow!("connect: connection refused"),
            _ => error.into(),
        })
    });
    let stream = stream.with_context(|| format!("dial tcp {address}"))?;
    let request = request(address, message)?;
    let Some(tls) = target.tls else { return answer(stream, request).await };
    let (host, _) = address.rsplit_once(':').with_context(|| format!("{address} is not of the form host:port"))?;
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .with_context(|| format!("'{host}' is no host name"))?;
    let secured = TlsConnector::from(Arc::new(tls)).connect(name, stream).await;
    answer(secured.with_context(|| format!("TLS with {address}"))?, request).await
}

fn request(address: &str, message: Message) -> anyhow::Result<Request<Full<Bytes>>> {
    let mut request = Request::builder().method(message.method).uri(&message.path).header(header::HOST, address);
    let mut body = Vec::new();
    if let Some((name, file, content)) = message.part {
        request = request.header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body = [head.as_bytes(), &content, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
    }
    request.body(Full::new(Bytes::from(body))).context("the channel's name cannot stand in a request")
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> anyhow::Result<(u16, Bytes)> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the exchange.
    let driver = tokio::spawn(connection);
    let response = match sender.send_request(request).await {
        Ok(response) => response,
        // The connection knows better why, such as a certificate that the orderer refused.
        Err(error) => {
            drop(sender);
            let cause = driver.await.ok().and_then(Result::err).unwrap_or(error);
            return Err(cause).context("sending the request");
        }
    };
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), BODY_BYTES_MAX).collect().await;
    let body = body.map_err(|error| anyhow!("reading http response body: {error}"))?;
    Ok((status, body.to_bytes()))
}
