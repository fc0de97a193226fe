//! CommitStatus: wait until a transaction is committed and say how it was judged.

use ::channel::SignedData;
use prost::Message;
use proto::gateway::{CommitStatusRequest, CommitStatusResponse, SignedCommitStatusRequest};
use tonic::Status;

use super::GatewayService;
use crate::text;

pub(super) async fn commit_status(
    gateway: &GatewayService,
    signed: SignedCommitStatusRequest,
) -> Result<CommitStatusResponse, Status> {
    if signed.request.is_empty() {
        return Err(Status::invalid_argument("a commit status request is required"));
    }
    let request = CommitStatusRequest::decode(signed.request.clone())
        .map_err(|error| Status::invalid_argument(format!("invalid status request: {error}")))?;
    if request.identity.is_empty() {
        return Err(Status::invalid_argument("no identity provided"));
    }
    if request.channel_id.is_empty() {
        return Err(Status::invalid_argument("no channel ID provided"));
    }
    if request.transaction_id.is_empty() {
        return Err(Status::invalid_argument("transaction ID should not be empty"));
    }
    let author = SignedData {
        identity: request.identity.clone(),
        message: signed.request.clone(),
        signature: signed.signature.clone(),
    };
    let channel = gateway.authorized_channel(&request.channel_id, "gateway/CommitStatus", &author)?;

    // A client that hangs up drops this future.
    match channel.transaction_status(&request.transaction_id).await {
        Ok(Some((code, block_number))) => Ok(CommitStatusResponse { result: code as i32, block_number }),
        Ok(None) => Err(Status::unavailable("the peer is shutting down")),
        Err(error) => Err(Status::aborted(text::chain(&error))),
    }
}
