//! Requests for blocks, and fetching single blocks from a peer or an orderer.

use std::time::Duration;

use bytes::Bytes;
use msp::{SignError, SigningIdentity};
use prost::Message;
use proto::common::{Block, Envelope, HeaderType, Status};
use proto::orderer::seek_info::{SeekBehavior, SeekErrorResponse};
use proto::orderer::{
    SeekInfo, SeekNewest, SeekOldest, SeekPosition, SeekSpecified, deliver_response as from_orderer, seek_position,
};
use proto::protos::deliver_response as from_peer;

use crate::error::RpcError;
use crate::proposal::now;
use crate::{Orderer, Peer};

/// Which block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The first that is kept.
    Oldest,
    /// The last at the time of the request.
    Newest,
    /// This number.
    Number(u64),
}

impl From<Position> for SeekPosition {
    fn from(position: Position) -> Self {
        let r#type = match position {
            Position::Oldest => seek_position::Type::Oldest(SeekOldest {}),
            Position::Newest => seek_position::Type::Newest(SeekNewest {}),
            Position::Number(number) => seek_position::Type::Specified(SeekSpecified { number }),
        };
        Self { r#type: Some(r#type) }
    }
}

/// Fetching a block failed. The texts are those of Fabric's command.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The stream could not be opened, or broke.
    #[error("error receiving")]
    Rpc(#[from] RpcError),
    /// The client's key, which lies outside of the process, does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The server has a reason not to send it.
    #[error("can't read the block: &{{{}}}", .0.as_str_name())]
    Refused(Status),
    /// The server ended the stream without a block.
    #[error("the server closed the stream without sending the block")]
    Closed,
    /// The server sent something else.
    #[error("the server sent something other than a block")]
    Unexpected,
    /// The block did not come in time.
    #[error("timed out waiting for the block")]
    TimedOut,
}

/// A signed request for the blocks from `start` to `stop`, both included. With `best_effort` an orderer also serves
/// while it has no consensus. `tls_cert_hash` binds the request to the client's TLS certificate; empty without one.
pub fn seek_envelope(
    identity: &SigningIdentity,
    channel_id: &str,
    start: Position,
    stop: Position,
    best_effort: bool,
    tls_cert_hash: &Bytes,
) -> Result<Envelope, SignError> {
    let error_response = if best_effort { SeekErrorResponse::BestEffort } else { SeekErrorResponse::Strict };
    let seek = SeekInfo {
        start: Some(start.into()),
        stop: Some(stop.into()),
        behavior: SeekBehavior::BlockUntilReady as i32,
        error_response: error_response as i32,
        ..SeekInfo::default()
    };
    signed_envelope(identity, HeaderType::DeliverSeekInfo, channel_id, tls_cert_hash, seek.encode_to_vec().into())
}

/// Wraps `data` into an envelope of type `kind` and signs it.
pub fn signed_envelope(
    identity: &SigningIdentity,
    kind: HeaderType,
    channel_id: &str,
    tls_cert_hash: &Bytes,
    data: Bytes,
) -> Result<Envelope, SignError> {
    let header = identity.new_signature_header();
    let payload = proto::transaction::plain_payload(kind, channel_id, now(), tls_cert_hash.clone(), header, data);
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = identity.sign(&payload)?;
    Ok(Envelope { payload, signature })
}

impl Peer {
    /// Fetches one block; waits up to `timeout` for one that does not exist yet.
    pub async fn block(
        &self,
        identity: &SigningIdentity,
        channel_id: &str,
        position: Position,
        best_effort: bool,
        timeout: Duration,
    ) -> Result<Block, FetchError> {
        let seek = seek_envelope(identity, channel_id, position, position, best_effort, self.tls_cert_hash())?;
        let fetch = async {
            let stream = self.deliver_client().deliver(open_ended(seek)).await;
            let mut stream = stream.map_err(RpcError::from)?.into_inner();
            let first = stream.message().await.map_err(RpcError::from)?.ok_or(FetchError::Closed)?;
            match first.r#type {
                Some(from_peer::Type::Block(block)) => Ok(block),
                Some(from_peer::Type::Status(status)) => Err(refused(status)),
                _ => Err(FetchError::Unexpected),
            }
        };
        tokio::time::timeout(timeout, fetch).await.unwrap_or(Err(FetchError::TimedOut))
    }

    /// The blocks from `start` to `stop`, both included, in their order. The stream waits for those that do not exist yet.
    pub async fn blocks(
        &self,
        identity: &SigningIdentity,
        channel_id: &str,
        (start, stop): (u64, u64),
    ) -> Result<impl futures::Stream<Item = Result<Block, FetchError>> + use<>, FetchError> {
        use futures::StreamExt;
        let (start, stop) = (Position::Number(start), Position::Number(stop));
        let seek = seek_envelope(identity, channel_id, start, stop, false, self.tls_cert_hash())?;
        let stream = self.deliver_client().deliver(open_ended(seek)).await.map_err(RpcError::from)?.into_inner();
        Ok(stream.filter_map(|message| async move {
            match message.map_err(RpcError::from) {
                Err(error) => Some(Err(error.into())),
                Ok(message) => match message.r#type {
                    Some(from_peer::Type::Block(block)) => Some(Ok(block)),
                    // The last message says that all is well.
                    Some(from_peer::Type::Status(status)) if status == Status::Success as i32 => None,
                    Some(from_peer::Type::Status(status)) => Some(Err(refused(status))),
                    _ => Some(Err(FetchError::Unexpected)),
                },
            }
        }))
    }
}

impl Orderer {
    /// Fetches one block; waits up to `timeout` for one that does not exist yet.
    pub async fn block(
        &self,
        identity: &SigningIdentity,
        channel_id: &str,
        position: Position,
        best_effort: bool,
        timeout: Duration,
    ) -> Result<Block, FetchError> {
        let seek = seek_envelope(identity, channel_id, position, position, best_effort, self.tls_cert_hash())?;
        let fetch = async {
            let stream = self.client().deliver(open_ended(seek)).await;
            let mut stream = stream.map_err(RpcError::from)?.into_inner();
            let first = stream.message().await.map_err(RpcError::from)?.ok_or(FetchError::Closed)?;
            match first.r#type {
                Some(from_orderer::Type::Block(block)) => Ok(block),
                Some(from_orderer::Type::Status(status)) => Err(refused(status)),
                None => Err(FetchError::Unexpected),
            }
        };
        tokio::time::timeout(timeout, fetch).await.unwrap_or(Err(FetchError::TimedOut))
    }
}

/// A request stream of one message that stays open: a deliver server may end its answer when the client half-closes.
pub(crate) fn open_ended(first: Envelope) -> impl futures::Stream<Item = Envelope> + Send + 'static {
    use futures::StreamExt;
    futures::stream::once(std::future::ready(first)).chain(futures::stream::pending())
}

fn refused(status: i32) -> FetchError {
    FetchError::Refused(Status::try_from(status).unwrap_or(Status::Unknown))
}
