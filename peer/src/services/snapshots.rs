//! `protos.Snapshot`: requests for snapshots of ledgers (Fabric `core/ledger/snapshotgrpc`). Texts are Fabric's.

use std::sync::Arc;
use std::time::SystemTime;

use ::channel::SignedData;
use msp::MspSet;
use prost::{DecodeError, Message};
use proto::common::SignatureHeader;
use proto::protos::snapshot_server::{Snapshot, SnapshotServer};
use proto::protos::{QueryPendingSnapshotsResponse, SignedSnapshotRequest, SnapshotQuery, SnapshotRequest};
use tonic::{Request, Response, Status};

use crate::access;
use crate::channels::{Channel, Channels};
use crate::text;

/// A request is a few names and a certificate.
const REQUEST_BYTES_MAX: usize = 64 << 10;

/// Takes requests of the administrators of the peer's own organisation.
pub struct SnapshotService {
    channels: Arc<Channels>,
    local_msps: Arc<MspSet>,
}

/// `protos.Snapshot`, ready to be registered.
pub fn snapshot_service(channels: Arc<Channels>, local_msps: Arc<MspSet>) -> SnapshotServer<SnapshotService> {
    SnapshotServer::new(SnapshotService { channels, local_msps }).max_decoding_message_size(REQUEST_BYTES_MAX)
}

impl SnapshotService {
    /// Checks who asks, then that the peer has the channel.
    fn checked(
        &self,
        resource: &str,
        header: Option<SignatureHeader>,
        signed: SignedSnapshotRequest,
        channel_id: &str,
    ) -> Result<Arc<Channel>, Status> {
        let header = header.ok_or_else(|| refused("missing signature header"))?;
        let signed = SignedData { identity: header.creator, message: signed.request, signature: signed.signature };
        access::check_local_signed(&self.local_msps, resource, &signed, SystemTime::now()).map_err(refused)?;
        if channel_id.is_empty() {
            return Err(refused("missing channel ID"));
        }
        let channel = self.channels.channel(channel_id);
        channel.ok_or_else(|| refused(format!("cannot find ledger for channel {channel_id}")))
    }
}

#[tonic::async_trait]
impl Snapshot for SnapshotService {
    async fn generate(&self, request: Request<SignedSnapshotRequest>) -> Result<Response<()>, Status> {
        let signed = request.into_inner();
        let request = SnapshotRequest::decode(signed.request.clone()).map_err(malformed)?;
        let channel = self.checked("snapshot/submitrequest", request.signature_header, signed, &request.channel_id)?;
        blocking(move || channel.ledger().submit_snapshot_request(request.block_number)).await
    }

    async fn cancel(&self, request: Request<SignedSnapshotRequest>) -> Result<Response<()>, Status> {
        let signed = request.into_inner();
        let request = SnapshotRequest::decode(signed.request.clone()).map_err(malformed)?;
        let channel = self.checked("snapshot/cancelrequest", request.signature_header, signed, &request.channel_id)?;
        blocking(move || channel.ledger().cancel_snapshot_request(request.block_number)).await
    }

    async fn query_pendings(
        &self,
        request: Request<SignedSnapshotRequest>,
    ) -> Result<Response<QueryPendingSnapshotsResponse>, Status> {
        let signed = request.into_inner();
        let query = SnapshotQuery::decode(signed.request.clone()).map_err(malformed)?;
        let channel = self.checked("snapshot/listpending", query.signature_header, signed, &query.channel_id)?;
        let block_numbers = channel.ledger().pending_snapshot_requests();
        Ok(Response::new(QueryPendingSnapshotsResponse { block_numbers }))
    }
}

/// Requests are made durable, and may wait for a block that is being committed.
async fn blocking(
    work: impl FnOnce() -> Result<(), ledger::SnapshotRequestError> + Send + 'static,
) -> Result<Response<()>, Status> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| Status::internal(format!("the request broke off: {error}")))?;
    done.map(Response::new).map_err(|error| refused(text::chain(&error)))
}

fn malformed(error: DecodeError) -> Status {
    refused(format!("failed to unmarshal snapshot request: {error}"))
}

/// Fabric returns plain errors, which gRPC reports as Unknown.
fn refused(reason: impl ToString) -> Status {
    Status::unknown(reason.to_string())
}
