//! A small HTTP server for operators: few connections, small requests, bounded times.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::grpc::listener::{bind, tune};
use crate::grpc::{BindError, ServerTls};
use crate::shutdown::Stop;

/// Connections at the same time; more wait.
const CONNECTIONS_MAX: usize = 64;

/// Bytes of a request's body, unless the server takes more.
pub const BODY_MAX: usize = 64 * 1024;

/// Time a connection has for its TLS handshake, and a client for the head and for the body of each request.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause after a failed accept, which mostly means that the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How to listen.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// `host:port`; an empty host is every interface, port 0 is any free port.
    pub address: String,
    /// What the operator changes when the address cannot be used, such as `operations.listenAddress`.
    pub setting: String,
    /// TLS; without it, plain text.
    pub tls: Option<ServerTls>,
    /// Bytes of a request's body that are taken.
    pub body_max: usize,
}

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// It has shown a certificate, which the listener's TLS settings have verified.
    pub verified: bool,
}

/// The answer to a request.
pub type Answer = Response<Full<Bytes>>;

/// Answers requests.
pub type Handler = Arc<dyn Fn(Request<Bytes>, Sender) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// A socket that listens and does not serve yet.
#[derive(Debug)]
pub struct HttpServer {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<ServerTls>,
    body_max: usize,
}

impl HttpServer {
    /// Opens the socket.
    pub async fn bind(options: HttpOptions) -> Result<Self, BindError> {
        let listener = bind(&options.address, &options.setting).await?;
        let address = listener.local_addr().map_err(|source| BindError::Listen {
            address: options.address.clone(),
            remedy: format!("check {}", options.setting),
            source,
        })?;
        Ok(HttpServer { listener, address, tls: options.tls, body_max: options.body_max })
    }

    /// Where the server listens; names the real port where port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, which cuts off what is being answered.
    pub async fn serve(self, handler: Handler, stop: Stop) {
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut stopping = pin!(stop.triggered());
        loop {
            let accepted = tokio::select! {
                () = &mut stopping => return,
                accepted = accept(&self.listener, &slots) => accepted,
            };
            let Some((stream, slot)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let (handler, tls, stop, body_max) = (handler.clone(), self.tls.clone(), stop.clone(), self.body_max);
            tokio::spawn(async move {
                tokio::select! {
                    () = serve_connection(stream, tls, handler, body_max) => {}
                    () = stop.triggered() => {}
                }
                drop(slot);
            });
        }
    }
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            tune(&stream);
            Some((stream, slot))
        }
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            None
        }
    }
}

async fn serve_connection(stream: TcpStream, tls: Option<ServerTls>, handler: Handler, body_max: usize) {
    let Some(tls) = tls else {
        return serve_http(stream, Sender { verified: false }, handler, body_max).await;
    };
    match tokio::time::timeout(READ_TIMEOUT, TlsAcceptor::from(tls.config()).accept(stream)).await {
        Ok(Ok(stream)) => {
            let verified = stream.get_ref().1.peer_certificates().is_some_and(|chain| !chain.is_empty());
            serve_http(stream, Sender { verified }, handler, body_max).await;
        }
        Ok(Err(error)) => tracing::warn!(%error, "TLS handshake failed"),
        Err(_) => tracing::warn!("TLS handshake timed out"),
    }
}

async fn serve_http<S>(stream: S, sender: Sender, handler: Handler, body_max: usize)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let handler = handler.clone();
        async move { Ok::<_, Infallible>(answer(request, sender, &handler, body_max).await) }
    });
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(READ_TIMEOUT);
    if let Err(error) = protocol.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended");
    }
}

async fn answer(request: Request<Incoming>, sender: Sender, handler: &Handler, body_max: usize) -> Answer {
    let (head, body) = request.into_parts();
    match tokio::time::timeout(READ_TIMEOUT, Limited::new(body, body_max).collect()).await {
        Ok(Ok(body)) => handler(Request::from_parts(head, body.to_bytes()), sender).await,
        Ok(Err(_)) => text(StatusCode::PAYLOAD_TOO_LARGE, "the request is broken or too large\n"),
        Err(_) => text(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time\n"),
    }
}

/// An answer in plain text.
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    with_type(status, "text/plain; charset=utf-8", text)
}

/// An answer without content.
pub fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// An answer of a media type.
pub fn with_type(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    answer
}

/// An answer in JSON.
pub fn json(status: StatusCode, value: &serde_json::Value) -> Answer {
    with_type(status, "application/json", value.to_string())
}
