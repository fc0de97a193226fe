//! How many requests of one service run at a time.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tonic::body::Body;

/// A bound on the requests of one service that run at the same time; streams count until they end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLimit {
    /// The service's full name, such as `protos.Endorser`.
    pub service: String,
    /// The bound; 0 means none.
    pub requests_max: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    services: Arc<HashMap<String, (usize, Arc<Semaphore>)>>,
}

pub(super) enum Admission {
    Unlimited,
    Admitted(OwnedSemaphorePermit),
    Refused(Status),
}

impl Limits {
    pub(super) fn new(limits: Vec<ServiceLimit>) -> Self {
        let bounded = limits.into_iter().filter(|limit| limit.requests_max > 0);
        let services = bounded.map(|ServiceLimit { service, requests_max }| {
            let permits = requests_max.min(Semaphore::MAX_PERMITS);
            (service, (requests_max, Arc::new(Semaphore::new(permits))))
        });
        Self { services: Arc::new(services.collect()) }
    }

    /// Decides on a request to `path` (`/<service>/<method>`). A request over the limit is refused at once rather than
    /// queued, and the text is what Fabric's clients look for.
    pub(super) fn admit(&self, path: &str) -> Admission {
        let service = path.strip_prefix('/').and_then(|path| path.rsplit_once('/')).map_or("", |(service, _)| service);
        let Some((requests_max, permits)) = self.services.get(service) else { return Admission::Unlimited };
        match permits.clone().try_acquire_owned() {
            Ok(permit) => Admission::Admitted(permit),
            Err(_) => {
                let text = format!("too many requests for /{service}, exceeding concurrency limit ({requests_max})");
                tracing::error!("{text}");
                Admission::Refused(Status::unknown(text))
            }
        }
    }
}

/// A response body that gives its permit back when it ends or is dropped.
pub(super) fn hold(body: Body, permit: OwnedSemaphorePermit) -> Body {
    Body::new(Held { body, _permit: permit })
}

struct Held {
    body: Body,
    _permit: OwnedSemaphorePermit,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_the_limit_is_refused_with_fabrics_text() {
        let limits = Limits::new(vec![
            ServiceLimit { service: "protos.Endorser".to_owned(), requests_max: 1 },
            ServiceLimit { service: "gateway.Gateway".to_owned(), requests_max: 0 },
        ]);
        let first = limits.admit("/protos.Endorser/ProcessProposal");
        assert!(matches!(first, Admission::Admitted(_)));
        match limits.admit("/protos.Endorser/ProcessProposal") {
            Admission::Refused(status) => {
                assert_eq!(status.code(), tonic::Code::Unknown);
                assert_eq!(status.message(), "too many requests for /protos.Endorser, exceeding concurrency limit (1)");
            }
            _ => panic!("the second request must be refused"),
        }
        drop(first);
        assert!(matches!(limits.admit("/protos.Endorser/ProcessProposal"), Admission::Admitted(_)));
        for path in ["/gateway.Gateway/Evaluate", "/other.Service/Method", "", "/", "protos.Endorser/ProcessProposal"] {
            assert!(matches!(limits.admit(path), Admission::Unlimited), "{path}");
        }
    }
}
