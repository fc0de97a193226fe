//! Deliver streams as gRPC services, with the codec that leaves blocks as they are.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use node::grpc::client_connection;
use proto::common::Envelope;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, StreamingService};
use tonic::{Request, Response, Status, Streaming};
use tower::Service;

use crate::frame::{DeliverCodec, Frame};
use crate::server::{DeliverServer, FrameStream};

/// Largest seek request, in bytes. A real one has two certificates' worth of them.
const REQUEST_SIZE_MAX: usize = 1024 * 1024;

/// Answers one HTTP request that opened a deliver stream of `server`.
pub async fn serve(server: Arc<DeliverServer>, request: http::Request<Body>) -> http::Response<Body> {
    let mut grpc = Grpc::new(DeliverCodec).max_decoding_message_size(REQUEST_SIZE_MAX);
    grpc.streaming(OpenStream(server), request).await
}

struct OpenStream(Arc<DeliverServer>);

impl StreamingService<Envelope> for OpenStream {
    type Response = Frame;
    type ResponseStream = FrameStream;
    type Future = std::future::Ready<Result<Response<FrameStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<Envelope>>) -> Self::Future {
        let connection = client_connection(&request).cloned();
        let stream = self.0.clone().stream(request.into_inner(), connection);
        std::future::ready(Ok(Response::new(stream)))
    }
}

/// The peer's service `protos.Deliver`.
#[derive(Clone)]
pub struct DeliverServices {
    /// `Deliver`: blocks.
    pub blocks: Arc<DeliverServer>,
    /// `DeliverFiltered`: filtered blocks.
    pub filtered: Arc<DeliverServer>,
    /// `DeliverWithPrivateData`: blocks with the private data the client may read.
    pub with_private_data: Arc<DeliverServer>,
}

impl NamedService for DeliverServices {
    const NAME: &'static str = "protos.Deliver";
}

impl Service<http::Request<Body>> for DeliverServices {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let server = match request.uri().path() {
            "/protos.Deliver/Deliver" => &self.blocks,
            "/protos.Deliver/DeliverFiltered" => &self.filtered,
            "/protos.Deliver/DeliverWithPrivateData" => &self.with_private_data,
            path => {
                let status = Status::unimplemented(format!("unknown method {path}"));
                return Box::pin(std::future::ready(Ok(status.into_http())));
            }
        };
        let server = server.clone();
        Box::pin(async move { Ok(serve(server, request).await) })
    }
}
