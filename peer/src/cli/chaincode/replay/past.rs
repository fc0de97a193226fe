//! The past, from blocks: the transaction to replay, and the state that was there before it.

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use ledger::{CandidateBlock, CandidateTransaction, Ledger, ReadWriteSet};
use prost::Message;
use proto::common::{Block, BlockMetadataIndex, ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeInvocationSpec, ChaincodeProposalPayload,
    ProposalResponsePayload, Transaction, TxValidationCode,
};

/// A committed transaction of a chaincode.
pub struct Recorded {
    pub block: u64,
    pub code: TxValidationCode,
    pub channel_header: ChannelHeader,
    pub signature_header: SignatureHeader,
    pub args: Vec<Bytes>,
    pub is_init: bool,
    /// What the endorsers signed: results, event, response, and which chaincode.
    pub action: ChaincodeAction,
}

/// Commits blocks to `ledger` up to the one that has the transaction, which is returned.
pub async fn find(
    blocks: impl Stream<Item = Result<Block, client::blocks::FetchError>>,
    ledger: &Ledger,
    tx_id: &str,
) -> anyhow::Result<Recorded> {
    let mut blocks = std::pin::pin!(blocks);
    while let Some(block) = blocks.next().await {
        let block = block.context("reading the channel's blocks")?;
        let number = block.header.as_ref().context("a block has no header")?.number;
        let parsed = parse(&block).with_context(|| format!("block {number} cannot be read"))?;
        if let Some(index) = parsed.iter().position(|transaction| transaction.channel_header.tx_id == tx_id) {
            return recorded(number, &parsed[index]).with_context(|| format!("transaction {tx_id} cannot be replayed"));
        }
        let transactions = parsed.into_iter().map(candidate).collect::<anyhow::Result<_>>()?;
        ledger.commit(CandidateBlock { block, transactions }).with_context(|| format!("taking over block {number}"))?;
    }
    bail!("the channel has no transaction {tx_id}")
}

struct Parsed {
    channel_header: ChannelHeader,
    header: Header,
    data: Bytes,
    code: TxValidationCode,
}

fn parse(block: &Block) -> anyhow::Result<Vec<Parsed>> {
    let metadata = block.metadata.as_ref().map(|metadata| metadata.metadata.as_slice()).unwrap_or_default();
    let flags = metadata.get(BlockMetadataIndex::TransactionsFilter as usize).cloned().unwrap_or_default();
    let data = block.data.as_ref().map(|data| data.data.as_slice()).unwrap_or_default();
    let parse = |(index, envelope): (usize, &Bytes)| {
        let flag = flags.get(index).context("the block does not say whether its transactions are valid")?;
        let code = TxValidationCode::try_from(i32::from(*flag)).unwrap_or(TxValidationCode::InvalidOtherReason);
        // What is unreadable is invalid, too, and changed nothing.
        let payload = Envelope::decode(envelope.clone()).and_then(|envelope| Payload::decode(envelope.payload));
        let payload = payload.unwrap_or_default();
        let header = payload.header.unwrap_or_default();
        let channel_header = ChannelHeader::decode(header.channel_header.clone()).unwrap_or_default();
        Ok(Parsed { channel_header, header, data: payload.data, code })
    };
    data.iter().enumerate().map(parse).collect()
}

fn action(data: &Bytes) -> anyhow::Result<(ChaincodeActionPayload, ChaincodeAction)> {
    let transaction = Transaction::decode(data.clone())?;
    let [action] = transaction.actions.as_slice() else { bail!("the transaction has not exactly one action") };
    let payload = ChaincodeActionPayload::decode(action.payload.clone())?;
    let response = payload.action.as_ref().map(|action| action.proposal_response_payload.clone()).unwrap_or_default();
    let action = ChaincodeAction::decode(ProposalResponsePayload::decode(response)?.extension)?;
    Ok((payload, action))
}

fn candidate(parsed: Parsed) -> anyhow::Result<CandidateTransaction> {
    let kind = HeaderType::try_from(parsed.channel_header.r#type).unwrap_or(HeaderType::Message);
    let is_valid = parsed.code == TxValidationCode::Valid;
    let rwset = match kind {
        HeaderType::EndorserTransaction if is_valid => {
            let (_, action) = action(&parsed.data)?;
            Some(ReadWriteSet::decode(action.results)?)
        }
        _ => None,
    };
    let config = (kind == HeaderType::Config).then_some(parsed.data);
    Ok(CandidateTransaction {
        tx_id: parsed.channel_header.tx_id,
        kind,
        code: parsed.code,
        rwset,
        config,
        private: None,
    })
}

fn recorded(block: u64, parsed: &Parsed) -> anyhow::Result<Recorded> {
    let is_call = parsed.channel_header.r#type == HeaderType::EndorserTransaction as i32;
    ensure!(is_call, "it is no transaction of a chaincode");
    let (payload, action) = action(&parsed.data)?;
    let proposal = ChaincodeProposalPayload::decode(payload.chaincode_proposal_payload)?;
    let spec = ChaincodeInvocationSpec::decode(proposal.input)?;
    let input = spec.chaincode_spec.and_then(|spec| spec.input).context("it has no arguments")?;
    Ok(Recorded {
        block,
        code: parsed.code,
        channel_header: parsed.channel_header.clone(),
        signature_header: SignatureHeader::decode(parsed.header.signature_header.clone())?,
        args: input.args,
        is_init: input.is_init,
        action,
    })
}
