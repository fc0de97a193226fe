//! The Gateway service: what SDKs call to endorse, submit, wait for and listen to transactions
//! (Fabric `internal/pkg/gateway`).
//!
//! The peer's own endorser answers in process. Codes and texts are those that SDKs and their users match.

mod commit_status;
mod details;
mod endorse;
mod evaluate;
mod events;
mod orderers;
mod request;
mod submit;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::channel::SignedData;
use futures::Stream;
use node::grpc::MessageSizes;
use proto::gateway::gateway_server::{Gateway, GatewayServer};
use proto::gateway::{
    ChaincodeEventsResponse, CommitStatusResponse, EndorseRequest, EndorseResponse, EvaluateRequest, EvaluateResponse,
    SignedChaincodeEventsRequest, SignedCommitStatusRequest, SubmitRequest, SubmitResponse,
};
use tonic::{Request, Response, Status};

use crate::access;
use crate::channels::{Channel, Channels};
use crate::endorser::Endorser;

use orderers::Orderers;

/// What a gateway works with.
pub struct GatewayOptions {
    /// The peer's own endorser.
    pub endorser: Arc<Endorser>,
    /// The channels of the peer.
    pub channels: Arc<Channels>,
    /// The peer's organisation.
    pub msp_id: String,
    /// The peer's address, as error details name it.
    pub address: String,
    /// Longest wait for one endorsement (`peer.gateway.endorsementTimeout`).
    pub endorsement_timeout: Duration,
    /// Longest wait for one orderer (`peer.gateway.broadcastTimeout`).
    pub broadcast_timeout: Duration,
    /// Sizes of messages.
    pub sizes: MessageSizes,
}

/// The Gateway service of a peer.
pub struct GatewayService {
    endorser: Arc<Endorser>,
    channels: Arc<Channels>,
    msp_id: String,
    address: String,
    endorsement_timeout: Duration,
    orderers: Orderers,
}

/// The service, ready to be added to a listener.
pub fn gateway_service(options: GatewayOptions) -> GatewayServer<GatewayService> {
    let orderers = Orderers::new(options.broadcast_timeout);
    let service = GatewayService {
        endorser: options.endorser,
        channels: options.channels,
        msp_id: options.msp_id,
        address: options.address,
        endorsement_timeout: options.endorsement_timeout,
        orderers,
    };
    GatewayServer::new(service)
        .max_decoding_message_size(options.sizes.receive_max)
        .max_encoding_message_size(options.sizes.send_max)
}

#[tonic::async_trait]
impl Gateway for GatewayService {
    async fn endorse(&self, request: Request<EndorseRequest>) -> Result<Response<EndorseResponse>, Status> {
        endorse::endorse(self, request.into_inner()).await.map(Response::new)
    }

    async fn submit(&self, request: Request<SubmitRequest>) -> Result<Response<SubmitResponse>, Status> {
        submit::submit(self, request.into_inner()).await.map(Response::new)
    }

    async fn commit_status(
        &self,
        request: Request<SignedCommitStatusRequest>,
    ) -> Result<Response<CommitStatusResponse>, Status> {
        commit_status::commit_status(self, request.into_inner()).await.map(Response::new)
    }

    async fn evaluate(&self, request: Request<EvaluateRequest>) -> Result<Response<EvaluateResponse>, Status> {
        evaluate::evaluate(self, request.into_inner()).await.map(Response::new)
    }

    type ChaincodeEventsStream = Pin<Box<dyn Stream<Item = Result<ChaincodeEventsResponse, Status>> + Send>>;

    async fn chaincode_events(
        &self,
        request: Request<SignedChaincodeEventsRequest>,
    ) -> Result<Response<Self::ChaincodeEventsStream>, Status> {
        events::chaincode_events(self, request.into_inner()).await.map(Response::new)
    }
}

impl GatewayService {
    /// The channel that a signed request is about, once its author may use `resource` there.
    fn authorized_channel(
        &self,
        channel_id: &str,
        resource: &str,
        request: &SignedData,
    ) -> Result<Arc<Channel>, Status> {
        let Some(channel) = self.channels.channel(channel_id) else {
            // Fabric looks the policies up first, so that an unknown channel is a denial.
            return Err(Status::permission_denied(format!("failed to get policy manager for channel [{channel_id}]")));
        };
        access::check_signed(&channel.bundle(), resource, request)
            .map_err(|error| Status::permission_denied(error.to_string()))?;
        Ok(channel)
    }
}
