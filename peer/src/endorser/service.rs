//! `protos.Endorser`.

use std::sync::Arc;

use node::grpc::MessageSizes;
use proto::protos::endorser_server::{Endorser as EndorserRpc, EndorserServer};
use proto::protos::{ProposalResponse, SignedProposal};
use tonic::{Request, Response, Status};

use super::Endorser;

/// The gRPC face of an [`Endorser`].
pub struct EndorserService(Arc<Endorser>);

/// `protos.Endorser`, ready to be registered.
pub fn endorser_service(endorser: Arc<Endorser>, sizes: MessageSizes) -> EndorserServer<EndorserService> {
    EndorserServer::new(EndorserService(endorser))
        .max_decoding_message_size(sizes.receive_max)
        .max_encoding_message_size(sizes.send_max)
}

#[tonic::async_trait]
impl EndorserRpc for EndorserService {
    async fn process_proposal(&self, request: Request<SignedProposal>) -> Result<Response<ProposalResponse>, Status> {
        match self.0.process(request.into_inner()).await {
            Ok(response) => Ok(Response::new(response)),
            // Fabric returns plain errors, which gRPC reports as Unknown.
            Err(error) => Err(Status::unknown(error.to_string())),
        }
    }
}
