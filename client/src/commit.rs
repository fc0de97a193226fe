//! Waiting for commits: the event streams of peers, opened before a transaction is ordered.

use futures::future::try_join_all;
use proto::common::Status;
use proto::protos::deliver_response::Type as Delivered;
use proto::protos::{DeliverResponse, TxValidationCode};
use tonic::Streaming;

use crate::blocks::{Position, open_ended, seek_envelope};
use crate::error::CommitError;
use crate::{Client, Peer};

/// A transaction's commit, as one peer reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The peer.
    pub address: String,
    /// Number of the block.
    pub block_number: u64,
    /// Whether the transaction counts.
    pub code: TxValidationCode,
}

impl Client {
    /// Opens the event streams of all `peers`. When it returns, no later block can be missed.
    pub async fn watch_commits(&self, peers: &[Peer], channel_id: &str) -> Result<CommitWatch, CommitError> {
        let deadline = tokio::time::Instant::now() + self.timeouts.commit;
        let open = try_join_all(peers.iter().map(|peer| self.open_events(peer, channel_id)));
        let streams = tokio::time::timeout_at(deadline, open).await.unwrap_or(Err(CommitError::ConnectTimedOut))?;
        Ok(CommitWatch { streams, deadline })
    }

    async fn open_events(&self, peer: &Peer, channel_id: &str) -> Result<EventStream, CommitError> {
        let address = peer.address().to_owned();
        let seek = seek_envelope(
            &self.identity,
            channel_id,
            Position::Newest,
            Position::Number(u64::MAX),
            false,
            peer.tls_cert_hash(),
        )?;
        let connect = |source: tonic::Status| CommitError::Connect { address: address.clone(), source: source.into() };
        let opened = peer.deliver_client().deliver_filtered(open_ended(seek)).await;
        let mut stream = opened.map_err(connect)?.into_inner();
        // The newest block comes at once: with it the peer has taken the request.
        let first = stream.message().await.map_err(connect)?;
        Ok(EventStream { address, stream, first })
    }
}

struct EventStream {
    address: String,
    stream: Streaming<DeliverResponse>,
    first: Option<DeliverResponse>,
}

/// Open event streams, waiting for a transaction.
pub struct CommitWatch {
    streams: Vec<EventStream>,
    deadline: tokio::time::Instant,
}

impl CommitWatch {
    /// Waits until every peer has committed the transaction. It is an error if it is invalid.
    pub async fn wait(self, tx_id: &str, on_commit: impl Fn(&Committed)) -> Result<Vec<Committed>, CommitError> {
        let all = try_join_all(self.streams.into_iter().map(|stream| stream.wait(tx_id, &on_commit)));
        tokio::time::timeout_at(self.deadline, all)
            .await
            .unwrap_or_else(|_| Err(CommitError::TimedOut { tx_id: tx_id.to_owned() }))
    }
}

impl EventStream {
    async fn wait(mut self, tx_id: &str, on_commit: impl Fn(&Committed)) -> Result<Committed, CommitError> {
        let mut next = self.first.take();
        loop {
            let address = &self.address;
            let broken =
                |source: tonic::Status| CommitError::Receive { address: address.clone(), source: source.into() };
            let message = match next.take() {
                Some(message) => message,
                None => {
                    self.stream.message().await.map_err(broken)?.ok_or_else(|| broken(tonic::Status::unknown("EOF")))?
                }
            };
            let block = match message.r#type {
                Some(Delivered::FilteredBlock(block)) => block,
                Some(Delivered::Status(status)) => {
                    let status = Status::try_from(status).unwrap_or(Status::Unknown);
                    return Err(CommitError::Ended { status });
                }
                _ => return Err(CommitError::Unexpected { address: self.address }),
            };
            let Some(found) = block.filtered_transactions.iter().find(|transaction| transaction.txid == tx_id) else {
                continue;
            };
            let code =
                TxValidationCode::try_from(found.tx_validation_code).unwrap_or(TxValidationCode::InvalidOtherReason);
            let committed = Committed { address: self.address, block_number: block.number, code };
            on_commit(&committed);
            return if code == TxValidationCode::Valid {
                Ok(committed)
            } else {
                Err(CommitError::Invalidated { code })
            };
        }
    }
}
