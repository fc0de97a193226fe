//! What the ledger needs to know of a committed transaction when all it has is its envelope.

use bytes::Bytes;
use prost::{DecodeError, Message};
use proto::common::{ChannelHeader, Envelope, HeaderType, Payload};
use proto::protos::{ChaincodeAction, ChaincodeActionPayload, ProposalResponsePayload, Transaction};

/// The readable parts of an envelope.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredTransaction {
    pub(crate) header: ChannelHeader,
    /// `payload.data`.
    pub(crate) data: Bytes,
}

impl StoredTransaction {
    pub(crate) fn decode(envelope: Bytes) -> Result<StoredTransaction, DecodeError> {
        let payload = Payload::decode(Envelope::decode(envelope)?.payload)?;
        let header = ChannelHeader::decode(payload.header.unwrap_or_default().channel_header)?;
        Ok(StoredTransaction { header, data: payload.data })
    }

    /// The type; anything unknown counts as a message, which does nothing to the state.
    pub(crate) fn kind(&self) -> HeaderType {
        HeaderType::try_from(self.header.r#type).unwrap_or(HeaderType::Message)
    }

    /// The simulation results of an endorser transaction.
    pub(crate) fn results(&self) -> Result<Bytes, DecodeError> {
        let transaction = Transaction::decode(self.data.clone())?;
        let action = transaction.actions.into_iter().next().unwrap_or_default();
        let payload = ChaincodeActionPayload::decode(action.payload)?;
        let response = payload.action.unwrap_or_default().proposal_response_payload;
        let response = ProposalResponsePayload::decode(response)?;
        Ok(ChaincodeAction::decode(response.extension)?.results)
    }
}
