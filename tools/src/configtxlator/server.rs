//! The REST server: `POST /protolator/encode/{type}`, `/protolator/decode/{type}` and
//! `/configtxlator/compute/update-from-configs`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use prost::Message;
use proto::common::Config;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{computed, form};
use crate::command_line::Failure;
use crate::protolator::{Error, Protolator};

/// Largest request body, in bytes.
const BODY_BYTES_MAX: usize = 128 << 20;

/// Most connections at a time; more wait. Each can bring a body.
const CONNECTIONS_MAX: usize = 16;

/// How long a client may take for a request's headers, and for its body. Others may be waiting.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
const BODY_TIMEOUT: Duration = Duration::from_secs(300);

/// Pause after a connection that could not be accepted, since the cause may last.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const ENCODE: &str = "/protolator/encode/";
const DECODE: &str = "/protolator/decode/";
const COMPUTE: &str = "/configtxlator/compute/update-from-configs";

/// Serves until the process ends.
pub fn run(host: &str, port: u16, cors: Vec<String>) -> Result<(), Failure> {
    let environment = std::env::vars().collect();
    node::logging::init(&environment, "info").map_err(Failure::new)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let address = format!("{host}:{port}");
    runtime.block_on(async {
        let listener = TcpListener::bind(&address).await;
        let listener =
            listener.map_err(|error| Failure::new(format!("Could not bind to address '{address}': {error}")))?;
        let bound = listener.local_addr()?;
        match cors.is_empty() {
            true => tracing::info!(target: "configtxlator", "Serving HTTP requests on {bound}"),
            false => {
                let origins = cors.join(" ");
                tracing::info!(target: "configtxlator", "Serving HTTP requests on {bound} with CORS [{origins}]");
            }
        }
        let service = Service { protolator: Protolator::default(), cors };
        let error = serve(listener, Arc::new(service)).await;
        Err(Failure::new(format!("Error starting server:[{error:#}]")))
    })
}

/// Accepts connections for ever.
async fn serve(listener: TcpListener, service: Arc<Service>) -> anyhow::Error {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let permit = match Arc::clone(&permits).acquire_owned().await {
            Ok(permit) => permit,
            Err(error) => return error.into(),
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // A client that has gone again, or too many open files.
            Err(error) => {
                tracing::warn!(target: "configtxlator", "cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let service = Arc::clone(&service);
                async move { Ok::<_, Infallible>(service.answer(request).await) }
            });
            let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
            builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
            if let Err(error) = builder.serve_connection(TokioIo::new(stream), answer).await {
                tracing::debug!(target: "configtxlator", "connection ended: {error}");
            }
            drop(permit);
        });
    }
}

struct Service {
    protolator: Protolator,
    cors: Vec<String>,
}

type Answer = Response<Full<Bytes>>;

impl Service {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let origin = request.headers().get(header::ORIGIN).cloned();
        let preflight = request.method() == Method::OPTIONS && !self.cors.is_empty();
        let mut answer = match preflight {
            true => preflight_answer(&request),
            false => self.routed(request).await,
        };
        let allowed = origin.and_then(|origin| {
            let any = self.cors.iter().any(|allowed| allowed == "*");
            let named = self.cors.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
            if any { Some(HeaderValue::from_static("*")) } else { named.then_some(origin) }
        });
        if let Some(allowed) = allowed {
            answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        }
        answer
    }

    async fn routed(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().trim_end_matches('/').to_owned();
        let known = path.starts_with(ENCODE) || path.starts_with(DECODE) || path == COMPUTE;
        if !known {
            return text(StatusCode::NOT_FOUND, "404 page not found");
        }
        if request.method() != Method::POST {
            return text(StatusCode::METHOD_NOT_ALLOWED, "");
        }
        let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
        let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
        let body = match tokio::time::timeout(BODY_TIMEOUT, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) => return text(StatusCode::BAD_REQUEST, error),
            Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "the request's body did not come in time"),
        };
        if let Some(name) = path.strip_prefix(ENCODE) {
            return result(self.protolator.encode(name, &body), "application/octet-stream");
        }
        if let Some(name) = path.strip_prefix(DECODE) {
            return result(self.protolator.decode(name, body).map(String::into_bytes), "application/json");
        }
        let content_type = content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        match compute(content_type, &body) {
            Ok(update) => bytes(update, "application/octet-stream"),
            Err(message) => text(StatusCode::BAD_REQUEST, message),
        }
    }
}

fn compute(content_type: &str, body: &[u8]) -> Result<Vec<u8>, String> {
    let config = |name: &str| {
        let wrong = |error: String| format!("Error with field '{name}': {error}");
        let field = form::field(content_type, body, name);
        let field = field.ok_or_else(|| wrong("error reading field bytes: http: no such file".to_owned()))?;
        Config::decode(field).map_err(|error| wrong(format!("error unmarshalling field bytes: {error}")))
    };
    let (original, updated) = (config("original")?, config("updated")?);
    let channel_id = form::field(content_type, body, "channel").unwrap_or_default();
    let channel_id = std::str::from_utf8(channel_id).map_err(|error| format!("Error with field 'channel': {error}"))?;
    computed(&original, &updated, channel_id).map_err(|error| format!("Error computing update: {error}"))
}

fn result(result: Result<Vec<u8>, Error>, content_type: &'static str) -> Answer {
    match result {
        Ok(content) => bytes(content, content_type),
        Err(error @ Error::Type(_)) => text(StatusCode::NOT_FOUND, format!("message type not found: {error}")),
        Err(error) => text(StatusCode::BAD_REQUEST, error),
    }
}

fn bytes(content: Vec<u8>, content_type: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(content)));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

fn text(status: StatusCode, message: impl std::fmt::Display) -> Answer {
    let mut answer = bytes(format!("{message}\n").into_bytes(), "text/plain; charset=utf-8");
    *answer.status_mut() = status;
    answer
}

fn preflight_answer(request: &Request<Incoming>) -> Answer {
    let method = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD);
    let status = match method.map(HeaderValue::as_bytes) {
        Some(b"POST") => StatusCode::OK,
        Some(_) => StatusCode::METHOD_NOT_ALLOWED,
        None => StatusCode::BAD_REQUEST,
    };
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = status;
    if status == StatusCode::OK {
        let headers = HeaderValue::from_static("Content-Type");
        answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
    }
    answer
}
