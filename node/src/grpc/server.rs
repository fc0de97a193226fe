//! One listener: accepts, shakes hands, serves HTTP/2, and ends in bounded time.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;

use super::connection::ClientConnection;
use super::limit::{Admission, Limits, ServiceLimit, hold};
use super::listener::{self, BindError};
use super::metrics::ServerMetrics;
use super::pings::LimitedPings;
use super::{CONNECTION_WINDOW, FRAME_SIZE_MAX, Keepalive, PING_INTERVAL_MIN, STREAM_WINDOW, ServerTls};
use crate::shutdown::Stop;

/// Requests that may run at the same time on one connection. Above the service limits, so that those are what answers.
const STREAMS_MAX: u32 = 4096;

/// Connections at the same time, where the process may open that many files.
const CONNECTIONS_MAX: u64 = 10_000;

/// Bytes one stream may queue for a slow reader.
const SEND_BUFFER_MAX: usize = 1024 * 1024;

/// Pause after a failed accept, which mostly means that the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How a server listens.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// `host:port`; an empty host is every interface, port 0 is any free port.
    pub address: String,
    /// What the operator changes when the address cannot be used, such as `peer.listenAddress`.
    pub setting: String,
    /// TLS; without it, plain text.
    pub tls: Option<ServerTls>,
    /// Bounds for single services.
    pub limits: Vec<ServiceLimit>,
    /// Counts requests and connections.
    pub metrics: ServerMetrics,
    /// How idle connections are checked.
    pub keepalive: Keepalive,
    /// The shortest interval between pings that clients may keep to; connections of those who ping more often end.
    pub ping_interval_min: Duration,
    /// Time a new connection has for its TLS handshake.
    pub handshake_timeout: Duration,
    /// Connections at the same time; more wait until one ends. By default half of the files the process may open,
    /// because its databases need files too.
    pub connections_max: usize,
    /// Time that running requests have to finish once the server must stop.
    pub drain_timeout: Duration,
}

impl ServerOptions {
    /// Fabric's defaults: no TLS, no limits, 5 s for a handshake.
    pub fn new(address: impl Into<String>, setting: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            setting: setting.into(),
            tls: None,
            limits: Vec::new(),
            metrics: ServerMetrics::default(),
            keepalive: Keepalive::SERVER,
            ping_interval_min: PING_INTERVAL_MIN,
            handshake_timeout: Duration::from_secs(5),
            connections_max: connections_max(),
            drain_timeout: Duration::from_secs(1),
        }
    }
}

fn connections_max() -> usize {
    (crate::open_files::current_limit() / 2).clamp(1, CONNECTIONS_MAX) as usize
}

/// A socket that listens and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    options: ServerOptions,
}

impl Server {
    /// Opens the socket. Clients may connect from now on and are answered once [`Server::serve`] runs.
    pub async fn bind(options: ServerOptions) -> Result<Self, BindError> {
        let listener = listener::bind(&options.address, &options.setting).await?;
        let address = listener.local_addr().map_err(|source| BindError::Listen {
            address: options.address.clone(),
            remedy: format!("check {}", options.setting),
            source,
        })?;
        Ok(Self { listener, address, options })
    }

    /// Where the server listens; names the real port where port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`. Then nothing new is accepted, running requests have the drain timeout to finish, or until
    /// the stop is hurried, and what is left is cut off.
    pub async fn serve(self, routes: Routes, stop: Stop) {
        let Self { listener, options, .. } = self;
        let shared = Arc::new(Shared {
            routes: routes.prepare(),
            limits: Limits::new(options.limits.clone()),
            protocol: protocol(options.keepalive),
            stop: stop.clone(),
            options,
        });
        let slots = Arc::new(Semaphore::new(shared.options.connections_max.clamp(1, Semaphore::MAX_PERMITS)));
        let mut connections = JoinSet::new();
        let mut stopping = pin!(stop.triggered());
        loop {
            let accepted = tokio::select! {
                () = &mut stopping => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
                accepted = accept(&listener, &slots) => accepted,
            };
            match accepted {
                Ok((stream, remote_address, slot)) => {
                    let shared = shared.clone();
                    connections.spawn(async move {
                        let _slot = slot;
                        shared.serve_connection(stream, remote_address).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        tokio::select! {
            drained = tokio::time::timeout(shared.options.drain_timeout, drained) => if drained.is_ok() { return },
            () = stop.hurried() => {}
        }
        connections.shutdown().await;
    }
}

type Slot = tokio::sync::OwnedSemaphorePermit;

/// Waits for a free slot first: a connection that cannot be served stays in the kernel's queue. Cancel safe.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<(TcpStream, SocketAddr, Slot)> {
    let slot = slots.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, remote_address) = listener.accept().await?;
    listener::tune(&stream);
    Ok((stream, remote_address, slot))
}

fn protocol(keepalive: Keepalive) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http2_only();
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME_SIZE_MAX)
        .max_concurrent_streams(STREAMS_MAX)
        .max_send_buf_size(SEND_BUFFER_MAX)
        .keep_alive_interval(keepalive.interval)
        .keep_alive_timeout(keepalive.timeout);
    builder
}

struct Shared {
    routes: Routes,
    limits: Limits,
    protocol: auto::Builder<TokioExecutor>,
    stop: Stop,
    options: ServerOptions,
}

impl Shared {
    async fn serve_connection(&self, stream: TcpStream, remote_address: SocketAddr) {
        let Some(tls) = &self.options.tls else {
            return self.serve_http(stream, ClientConnection::new(remote_address, None)).await;
        };
        let handshake = TlsAcceptor::from(tls.config()).accept(stream);
        let stream = match tokio::time::timeout(self.options.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                return tracing::warn!(%remote_address, %error, "TLS handshake failed");
            }
            Err(_) => return tracing::warn!(%remote_address, "TLS handshake timed out"),
        };
        let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let connection = ClientConnection::new(remote_address, certificate.map(AsRef::as_ref));
        self.serve_http(stream, connection).await;
    }

    async fn serve_http<S>(&self, stream: S, connection: ClientConnection)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let remote_address = connection.remote_address;
        let _open = self.options.metrics.connection();
        let metrics = self.options.metrics.clone();
        let entry = Entry { routes: self.routes.clone(), limits: self.limits.clone(), metrics, connection };
        let stream = LimitedPings::new(stream, self.options.ping_interval_min);
        let mut http = pin!(self.protocol.serve_connection(TokioIo::new(stream), TowerToHyperService::new(entry)));
        let served = tokio::select! {
            served = http.as_mut() => served,
            () = self.stop.triggered() => {
                http.as_mut().graceful_shutdown();
                http.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(%remote_address, error, "connection ended");
        }
    }
}

/// Where each request of one connection enters.
#[derive(Clone)]
struct Entry {
    routes: Routes,
    limits: Limits,
    metrics: ServerMetrics,
    connection: ClientConnection,
}

impl<B> Service<http::Request<B>> for Entry
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let call = self.metrics.begin(request.uri().path());
        let permit = match self.limits.admit(request.uri().path()) {
            Admission::Unlimited => None,
            Admission::Admitted(permit) => Some(permit),
            Admission::Refused(status) => {
                let response = status.into_http();
                let response = match call {
                    Some(call) => call.watch(response),
                    None => response,
                };
                return Box::pin(std::future::ready(Ok(response)));
            }
        };
        let mut request = request.map(Body::new);
        if let Some(call) = &call {
            request = request.map(|body| call.count_received(body));
        }
        request.extensions_mut().insert(self.connection.clone());
        let response = self.routes.call(request);
        Box::pin(async move {
            let response = match response.await {
                Ok(response) => response,
                Err(error) => tonic::Status::internal(error.to_string()).into_http(),
            };
            let response = match call {
                Some(call) => call.watch(response),
                None => response,
            };
            Ok(match permit {
                Some(permit) => response.map(|body| hold(body, permit)),
                None => response,
            })
        })
    }
}
