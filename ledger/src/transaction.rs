//! What the ledger needs to know of a committed transaction when all it has is its envelope.

use bytes::Bytes;
use prost::{DecodeError, Message};
use proto::common::{ChannelHeader, Envelope, HeaderType, Payload, SignatureHeader};
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

    /// The id of a transaction whose header has none, such as those that change the configuration (Fabric
    /// `protoutil/txutils.go`, `GetOrComputeTxIDFromEnvelope`). Empty where the envelope is malformed.
    pub(crate) fn computed_tx_id(envelope: &Bytes) -> String {
        let header = || {
            let payload = Payload::decode(Envelope::decode(envelope.clone())?.payload)?;
            let Some(header) = payload.header else { return Ok(None) };
            let channel_header = ChannelHeader::decode(header.channel_header)?;
            Ok::<_, DecodeError>(Some((channel_header.tx_id, SignatureHeader::decode(header.signature_header)?)))
        };
        match header() {
            Ok(Some((tx_id, header))) if tx_id.is_empty() => proto::transaction::tx_id(&header.nonce, &header.creator),
            Ok(Some((tx_id, _))) => tx_id,
            Ok(None) | Err(_) => String::new(),
        }
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
