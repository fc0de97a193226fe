//! Counts and times of requests, by service, method and outcome (Fabric `common/grpcmetrics`).

mod body;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tonic::body::Body;
use tonic::{Code, Status};

use crate::metrics::{Counter, DEFAULT_BUCKETS, Description, Histogram, Registry};
use body::{Received, Sent};

const fn described(name: &'static str, help: &'static str, labels: &'static [&'static str]) -> Description {
    Description { name, help, labels }
}

const METHOD: &[&str] = &["service", "method"];
const OUTCOME: &[&str] = &["service", "method", "code"];

/// Whether a method has one request and one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// One request, one answer.
    Unary,
    /// Many of either.
    Stream,
}

/// What the servers of a process count. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct ServerMetrics(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    /// By path. What is not in it is not counted: clients choose what they ask for.
    methods: HashMap<&'static str, Arc<Method>>,
    connections_opened: Counter,
    connections_closed: Counter,
}

#[derive(Debug)]
struct Method {
    service: String,
    method: &'static str,
    kind: MethodKind,
    families: Families,
}

#[derive(Clone, Debug)]
struct Families {
    received: Counter,
    completed: Counter,
    duration: Histogram,
    messages_received: Counter,
    messages_sent: Counter,
}

impl ServerMetrics {
    /// Metrics for the methods that servers have, given by their paths, such as `/protos.Endorser/ProcessProposal`. Once
    /// for each registry.
    pub fn new(registry: &Registry, methods: &[(&'static str, MethodKind)]) -> Self {
        if !registry.is_enabled() {
            return ServerMetrics(None);
        }
        let unary = Families {
            received: registry.counter(described(
                "grpc.server.unary_requests_received",
                "The number of unary requests received.",
                METHOD,
            )),
            completed: registry.counter(described(
                "grpc.server.unary_requests_completed",
                "The number of unary requests completed.",
                OUTCOME,
            )),
            duration: registry.histogram(
                described("grpc.server.unary_request_duration", "The time to complete a unary request.", OUTCOME),
                DEFAULT_BUCKETS,
            ),
            messages_received: Counter::default(),
            messages_sent: Counter::default(),
        };
        let stream = Families {
            received: registry.counter(described(
                "grpc.server.stream_requests_received",
                "The number of stream requests received.",
                METHOD,
            )),
            completed: registry.counter(described(
                "grpc.server.stream_requests_completed",
                "The number of stream requests completed.",
                OUTCOME,
            )),
            duration: registry.histogram(
                described("grpc.server.stream_request_duration", "The time to complete a stream request.", OUTCOME),
                DEFAULT_BUCKETS,
            ),
            messages_received: registry.counter(described(
                "grpc.server.stream_messages_received",
                "The number of stream messages received.",
                METHOD,
            )),
            messages_sent: registry.counter(described(
                "grpc.server.stream_messages_sent",
                "The number of stream messages sent.",
                METHOD,
            )),
        };
        let families = |kind| match kind {
            MethodKind::Unary => unary.clone(),
            MethodKind::Stream => stream.clone(),
        };
        let connections = |name| {
            let help = "gRPC connections, opened or closed. Opened minus closed is the active number of connections.";
            let counter = registry.counter(described(name, help, &[]));
            counter.add(&[], 0);
            counter
        };
        let method = |(path, kind): &(&'static str, MethodKind)| {
            let (service, method) = path.strip_prefix('/')?.split_once('/')?;
            let service = service.replace('.', "_");
            Some((*path, Arc::new(Method { service, method, kind: *kind, families: families(*kind) })))
        };
        ServerMetrics(Some(Arc::new(Inner {
            methods: methods.iter().filter_map(method).collect(),
            connections_opened: connections("grpc.comm.conn_opened"),
            connections_closed: connections("grpc.comm.conn_closed"),
        })))
    }

    /// Counts a connection, and its end when the value is dropped.
    pub(super) fn connection(&self) -> Connection {
        if let Some(inner) = &self.0 {
            inner.connections_opened.add(&[], 1);
        }
        Connection(self.clone())
    }

    /// Counts a request to `path`, if there is such a method.
    pub(super) fn begin(&self, path: &str) -> Option<Call> {
        let method = self.0.as_ref()?.methods.get(path)?.clone();
        method.families.received.add(&[&method.service, method.method], 1);
        Some(Call { method, begun: Instant::now(), cut: Arc::default(), ended: false })
    }
}

/// An open connection.
pub(super) struct Connection(ServerMetrics);

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(inner) = &self.0.0 {
            inner.connections_closed.add(&[], 1);
        }
    }
}

/// A request that is being answered.
pub(super) struct Call {
    method: Arc<Method>,
    begun: Instant,
    /// The client's side broke off.
    cut: Arc<AtomicBool>,
    ended: bool,
}

impl Call {
    /// Counts the messages of a stream from the client.
    pub(super) fn count_received(&self, body: Body) -> Body {
        match self.method.kind {
            MethodKind::Unary => body,
            MethodKind::Stream => Body::new(Received::new(body, self.method.clone(), self.cut.clone())),
        }
    }

    /// Counts the messages of the answer, and takes note of its end.
    pub(super) fn watch(mut self, response: http::Response<Body>) -> http::Response<Body> {
        if let Some(status) = Status::from_header_map(response.headers()) {
            self.end(status.code());
            return response;
        }
        response.map(|body| Body::new(Sent::new(body, self)))
    }

    fn end(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let Method { service, method, families, kind } = &*self.method;
        // Fabric's handlers report a client that went away as an unknown error.
        let cut = *kind == MethodKind::Stream && self.cut.load(Ordering::Relaxed);
        let values = [service, *method, name(if cut { Code::Unknown } else { code })];
        families.duration.observe(&values, self.begun.elapsed());
        families.completed.add(&values, 1);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Nobody waits for the rest of the answer.
        self.end(match self.method.kind {
            MethodKind::Unary => Code::Cancelled,
            MethodKind::Stream => Code::Unknown,
        });
    }
}

impl Method {
    fn message_received(&self) {
        self.families.messages_received.add(&[&self.service, self.method], 1);
    }

    fn message_sent(&self) {
        if self.kind == MethodKind::Stream {
            self.families.messages_sent.add(&[&self.service, self.method], 1);
        }
    }
}

/// The names that Go's gRPC gives to codes.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

#[cfg(test)]
mod tests;
