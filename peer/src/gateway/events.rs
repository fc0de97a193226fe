//! ChaincodeEvents: the events of one chaincode, block by block, from any point of the chain on.

use std::pin::Pin;
use std::sync::Arc;

use ::channel::SignedData;
use futures::Stream;
use prost::Message;
use proto::gateway::{ChaincodeEventsRequest, ChaincodeEventsResponse, SignedChaincodeEventsRequest};
use proto::orderer::{SeekPosition, seek_position};
use proto::protos::ChaincodeEvent;
use tokio::sync::watch;
use tonic::Status;

use super::GatewayService;
use crate::channels::{Channel, TransactionEvent};
use crate::text;

pub(super) async fn chaincode_events(
    gateway: &GatewayService,
    signed: SignedChaincodeEventsRequest,
) -> Result<Pin<Box<dyn Stream<Item = Result<ChaincodeEventsResponse, Status>> + Send>>, Status> {
    if signed.request.is_empty() {
        return Err(Status::invalid_argument("a chaincode events request is required"));
    }
    let request = ChaincodeEventsRequest::decode(signed.request.clone())
        .map_err(|error| Status::invalid_argument(format!("invalid chaincode events request: {error}")))?;
    let author = SignedData {
        identity: request.identity.clone(),
        message: signed.request.clone(),
        signature: signed.signature.clone(),
    };
    let channel = gateway.authorized_channel(&request.channel_id, "gateway/ChaincodeEvents", &author)?;
    let next = start_block(&channel, &request)?;
    let after = Some(request.after_transaction_id).filter(|tx_id| !tx_id.is_empty());
    let height = channel.height();
    let reader = Reader { channel, chaincode: request.chaincode_id, after, next, height };
    Ok(Box::pin(futures::stream::try_unfold(reader, |mut reader| async move {
        let response = reader.next_response().await?;
        Ok(response.map(|response| (response, reader)))
    })))
}

fn start_block(channel: &Channel, request: &ChaincodeEventsRequest) -> Result<u64, Status> {
    let after = request.after_transaction_id.as_str();
    if !after.is_empty()
        && let Ok(Some((_, block_number))) = channel.ledger().transaction_status(after)
    {
        return Ok(block_number);
    }
    let position = request.start_position.as_ref().and_then(|SeekPosition { r#type }| r#type.as_ref());
    let invalid = |name: &str| {
        Err(Status::invalid_argument(format!("invalid start position type: *orderer.SeekPosition_{name}")))
    };
    match position {
        None | Some(seek_position::Type::NextCommit(_)) => Ok(channel.ledger().height()),
        Some(seek_position::Type::Specified(specified)) => Ok(specified.number),
        Some(seek_position::Type::Oldest(_)) => invalid("Oldest"),
        Some(seek_position::Type::Newest(_)) => invalid("Newest"),
    }
}

/// Reads the chain forward for one client.
struct Reader {
    channel: Arc<Channel>,
    chaincode: String,
    /// The transaction behind which events begin, until it has been passed.
    after: Option<String>,
    next: u64,
    height: watch::Receiver<u64>,
}

impl Reader {
    /// The next block with matching events; `None` once the peer stops.
    async fn next_response(&mut self) -> Result<Option<ChaincodeEventsResponse>, Status> {
        loop {
            let number = self.next;
            if self.height.wait_for(|height| *height > number).await.is_err() {
                return Ok(None);
            }
            let channel = self.channel.clone();
            // A block that is no longer in memory is read from disk.
            let transactions = tokio::task::spawn_blocking(move || channel.block_events(number))
                .await
                .map_err(|_| Status::unavailable("the peer is shutting down"))?
                .map_err(|error| Status::aborted(text::chain(&error)))?
                .ok_or_else(|| Status::aborted(format!("block {number} is not in the ledger")))?;
            self.next = number.saturating_add(1);
            let events: Vec<_> = transactions.iter().filter_map(|transaction| self.matching(transaction)).collect();
            if !events.is_empty() {
                return Ok(Some(ChaincodeEventsResponse { events, block_number: number }));
            }
        }
    }

    fn matching(&mut self, transaction: &TransactionEvent) -> Option<ChaincodeEvent> {
        match &self.after {
            Some(tx_id) => {
                if transaction.tx_id == *tx_id {
                    self.after = None;
                }
                None
            }
            None => transaction.event.clone().filter(|event| event.chaincode_id == self.chaincode),
        }
    }
}
