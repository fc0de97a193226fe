//! Blocks and their transactions (Fabric `core/ledger/kvledger/metrics.go`, `common/ledger/blkstorage/metrics.go`).

use std::time::Duration;

use ledger::CommittedBlock;
use node::metrics::{COMMIT_BUCKETS, Counter, Gauge, Histogram, Registry};
use prost::Message;
use proto::common::{ChannelHeader, Envelope, HeaderType, Payload};
use proto::protos::{ChaincodeAction, ChaincodeActionPayload, ChaincodeId, ProposalResponsePayload, Transaction};

use super::described;

const CHANNEL: &[&str] = &["channel"];

/// The ledgers of all channels.
#[derive(Clone, Debug, Default)]
pub struct LedgerMetrics {
    height: Gauge,
    processing: Histogram,
    block: Histogram,
    block_and_private: Histogram,
    state: Histogram,
    transactions: Counter,
}

impl LedgerMetrics {
    pub(super) fn new(registry: &Registry) -> Self {
        let time = |name, help| registry.histogram(described(name, help, CHANNEL), COMMIT_BUCKETS);
        LedgerMetrics {
            height: registry.gauge(described("ledger.blockchain_height", "Height of the chain in blocks.", CHANNEL)),
            processing: time("ledger.block_processing_time", "Time taken in seconds for ledger block processing."),
            block: time(
                "ledger.blockstorage_commit_time",
                "Time taken in seconds for committing the block to storage.",
            ),
            block_and_private: time(
                "ledger.blockstorage_and_pvtdata_commit_time",
                "Time taken in seconds for committing the block and private data to storage.",
            ),
            state: time(
                "ledger.statedb_commit_time",
                "Time taken in seconds for committing block changes to state db.",
            ),
            transactions: registry.counter(described(
                "ledger.transaction_count",
                "Number of transactions processed.",
                &["channel", "transaction_type", "chaincode", "validation_code"],
            )),
        }
    }

    /// A ledger is there.
    pub(crate) fn opened(&self, channel_id: &str, height: u64) {
        self.height.set(&[channel_id], height as f64);
    }

    /// A block is committed; `judging` is how long that took before the commit began.
    pub(crate) fn committed(&self, channel_id: &str, committed: &CommittedBlock, judging: Duration) {
        if !self.processing.is_enabled() {
            return;
        }
        let (channel, times) = ([channel_id], committed.times);
        self.height.set(&channel, (committed.number() + 1) as f64);
        self.processing.observe(&channel, judging + times.deciding);
        self.block.observe(&channel, times.block);
        self.block_and_private.observe(&channel, times.private + times.block);
        self.state.observe(&channel, times.state);
        let data = committed.block.data.as_ref().map(|data| data.data.as_slice()).unwrap_or_default();
        for (envelope, code) in data.iter().zip(&committed.codes) {
            let (kind, chaincode) = describe(envelope);
            self.transactions.add(&[channel_id, kind, &chaincode, code.as_str_name()], 1);
        }
    }
}

/// Type and chaincode of a transaction, as far as they can be read.
fn describe(envelope: &bytes::Bytes) -> (&'static str, String) {
    let unknown = || "unknown".to_owned();
    let Ok((header, data)) = parts(envelope) else { return ("unknown", unknown()) };
    let Ok(kind) = HeaderType::try_from(header.r#type) else { return ("unknown", unknown()) };
    let chaincode = match kind {
        HeaderType::EndorserTransaction => chaincode(data).ok().flatten(),
        _ => None,
    };
    (kind.as_str_name(), chaincode.map_or_else(unknown, |id| format!("{}:{}", id.name, id.version)))
}

fn parts(envelope: &bytes::Bytes) -> Result<(ChannelHeader, bytes::Bytes), prost::DecodeError> {
    let payload = Payload::decode(Envelope::decode(envelope.clone())?.payload)?;
    Ok((ChannelHeader::decode(payload.header.unwrap_or_default().channel_header)?, payload.data))
}

fn chaincode(data: bytes::Bytes) -> Result<Option<ChaincodeId>, prost::DecodeError> {
    let Some(action) = Transaction::decode(data)?.actions.into_iter().next() else { return Ok(None) };
    let action = ChaincodeActionPayload::decode(action.payload)?.action.unwrap_or_default();
    let response = ProposalResponsePayload::decode(action.proposal_response_payload)?;
    Ok(ChaincodeAction::decode(response.extension)?.chaincode_id)
}

#[cfg(test)]
mod tests {
    use proto::common::Header;

    use super::*;

    #[test]
    fn whatever_stands_in_a_block_is_described() {
        let header = ChannelHeader { r#type: HeaderType::Config as i32, ..Default::default() };
        let header = Header { channel_header: header.encode_to_vec().into(), ..Default::default() };
        let payload = Payload { header: Some(header), ..Default::default() };
        let config = Envelope { payload: payload.encode_to_vec().into(), ..Default::default() };
        assert_eq!(describe(&config.encode_to_vec().into()), ("CONFIG", "unknown".to_owned()));
        assert_eq!(describe(&bytes::Bytes::from_static(b"\xff")), ("unknown", "unknown".to_owned()));
    }
}
