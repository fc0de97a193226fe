//! The gRPC services of an orderer.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use channel::{Bundle, SignedData};
use deliver::{DataType, DeliverServer, Denied};
use futures::stream::BoxStream;
use proto::common::Envelope;
use proto::orderer::BroadcastResponse;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, StreamingService};
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::Service;

use crate::broadcast;
use crate::registrar::Orderer;
use crate::rejection::chain_of;

const READERS: &str = "/Channel/Readers";
const MAINTENANCE_READERS: &str = "/Channel/Orderer/Readers";

impl Orderer {
    /// The services `orderer.AtomicBroadcast` and `grpc.health.v1.Health`, for a [`node::grpc::Server`].
    pub async fn routes(self: &Arc<Self>) -> Routes {
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_service_status(AtomicBroadcastService::NAME, tonic_health::ServingStatus::Serving).await;
        Routes::new(AtomicBroadcastService::new(self.clone())).add_service(health)
    }
}

/// `orderer.AtomicBroadcast`.
#[derive(Clone)]
struct AtomicBroadcastService {
    orderer: Arc<Orderer>,
    deliver: Arc<DeliverServer>,
}

impl AtomicBroadcastService {
    fn new(orderer: Arc<Orderer>) -> Self {
        let registrar = orderer.clone();
        let deliver = DeliverServer::new(
            Arc::new(move |channel_id| registrar.channel(channel_id)),
            Arc::new(may_read),
            DeliverServer::whole_blocks(),
            orderer.options().deliver,
        );
        let deliver = deliver.counted(&orderer.options().metrics, DataType::Block);
        Self { orderer, deliver: Arc::new(deliver) }
    }
}

fn may_read(bundle: &Bundle, request: &SignedData) -> Result<(), Denied> {
    let policy = if bundle.orderer().maintenance { MAINTENANCE_READERS } else { READERS };
    bundle.evaluate(policy, std::slice::from_ref(request)).map_err(|error| Denied(chain_of(&error)))
}

impl NamedService for AtomicBroadcastService {
    const NAME: &'static str = "orderer.AtomicBroadcast";
}

impl Service<http::Request<Body>> for AtomicBroadcastService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match request.uri().path() {
            "/orderer.AtomicBroadcast/Broadcast" => {
                let open = OpenBroadcast(self.orderer.clone());
                let sizes = self.orderer.options().sizes;
                let mut grpc = Grpc::new(ProstCodec::default())
                    .max_decoding_message_size(sizes.receive_max)
                    .max_encoding_message_size(sizes.send_max);
                Box::pin(async move { Ok(grpc.streaming(open, request).await) })
            }
            "/orderer.AtomicBroadcast/Deliver" => {
                let deliver = self.deliver.clone();
                Box::pin(async move { Ok(deliver::serve(deliver, request).await) })
            }
            path => {
                let status = Status::unimplemented(format!("unknown method {path}"));
                Box::pin(ready(Ok(status.into_http())))
            }
        }
    }
}

struct OpenBroadcast(Arc<Orderer>);

impl StreamingService<Envelope> for OpenBroadcast {
    type Response = BroadcastResponse;
    type ResponseStream = BoxStream<'static, Result<BroadcastResponse, Status>>;
    type Future = Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<Envelope>>) -> Self::Future {
        let stream = broadcast::stream(self.0.clone(), request.into_inner());
        ready(Ok(Response::new(stream)))
    }
}
