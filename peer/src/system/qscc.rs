//! `qscc`: blocks and transactions of a channel (Fabric `core/scc/qscc/query.go`). Texts are Fabric's.

use bytes::Bytes;
use ledger::{Ledger, ReadError};
use prost::Message;
use proto::common::{Block, Envelope};
use proto::protos::{ProcessedTransaction, Response};

use super::{SystemCall, SystemChaincodes, error, success};
use crate::access;
use crate::text;

pub(super) fn invoke(system: &SystemChaincodes, call: &SystemCall<'_>) -> Response {
    answer(system, call).map_or_else(error, success)
}

fn answer(system: &SystemChaincodes, call: &SystemCall<'_>) -> Result<Bytes, String> {
    let args = call.args;
    if args.len() < 2 {
        return Err(format!("Incorrect number of arguments, {}", args.len()));
    }
    let (function, channel_id) = (call.text(0), call.text(1));
    if call.proposed != "qscc" {
        return Err(format!(
            "Rejecting invoke of QSCC from another chaincode because of potential for deadlocks, original invocation for \
             '{}'",
            call.proposed
        ));
    }
    if function != "GetChainInfo" && args.len() < 3 {
        return Err(format!("missing 3rd argument for {function}"));
    }
    let Some(channel) = system.channels.channel(&channel_id) else {
        return Err(format!("Invalid chain ID, {channel_id}"));
    };
    access::check_channel_as(&channel, &format!("qscc/{function}"), call.creator_bytes)
        .map_err(|error| format!("access denied for [{function}][{channel_id}]: [{error}]"))?;
    let ledger = channel.ledger();
    match function.as_str() {
        "GetChainInfo" => Ok(ledger.info().encode_to_vec().into()),
        "GetBlockByNumber" => block_by_number(ledger, &call.text(2)),
        "GetBlockByHash" => {
            let failed = format!("Failed to get block hash {}", call.text(2));
            let missing = format!("no such block hash [{}] in index", hex::encode(&args[2]));
            block(ledger.block_by_hash(&args[2]), &failed, &missing)
        }
        "GetTransactionByID" => transaction(ledger, &call.text(2)),
        "GetBlockByTxID" => {
            let tx_id = call.text(2);
            let failed = format!("Failed to get block for txID {tx_id}");
            block(ledger.block_by_tx_id(&tx_id), &failed, &format!("no such transaction ID [{tx_id}] in index"))
        }
        _ => Err(format!("Requested function {function} not found.")),
    }
}

fn block_by_number(ledger: &Ledger, argument: &str) -> Result<Bytes, String> {
    let number = parse_number(argument).map_err(|cause| {
        format!("Failed to parse block number with error strconv.ParseUint: parsing {argument:?}: {cause}")
    })?;
    let failed = format!("Failed to get block number {number}");
    // Clients ask for the last block by the largest number.
    let number = if number == u64::MAX { ledger.height().saturating_sub(1) } else { number };
    match ledger.block_bytes(number) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(format!("{failed}, error no such block number [{number}] in index")),
        Err(error) => Err(format!("{failed}, error {}", text::chain(&error))),
    }
}

/// A number as Go reads it: digits alone.
fn parse_number(text: &str) -> Result<u64, &'static str> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        true => text.parse().map_err(|_| "value out of range"),
        false => Err("invalid syntax"),
    }
}

fn block(found: Result<Option<Block>, ReadError>, failed: &str, missing: &str) -> Result<Bytes, String> {
    match found {
        Ok(Some(block)) => Ok(block.encode_to_vec().into()),
        Ok(None) => Err(format!("{failed}, error {missing}")),
        Err(error) => Err(format!("{failed}, error {}", text::chain(&error))),
    }
}

fn transaction(ledger: &Ledger, tx_id: &str) -> Result<Bytes, String> {
    let failed = |cause: String| format!("Failed to get transaction with id {tx_id}, error {cause}");
    let record = ledger
        .transaction(tx_id)
        .map_err(|error| failed(text::chain(&error)))?
        .ok_or_else(|| failed(format!("no such transaction ID [{tx_id}] in index")))?;
    let envelope = Envelope::decode(record.envelope).map_err(|error| failed(error.to_string()))?;
    let processed = ProcessedTransaction { transaction_envelope: Some(envelope), validation_code: record.code as i32 };
    Ok(processed.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("18446744073709551615", Ok(u64::MAX)),
            ("18446744073709551616", Err("value out of range")),
            ("+1", Err("invalid syntax")),
            ("", Err("invalid syntax")),
            ("0x1", Err("invalid syntax")),
        ] {
            assert_eq!(parse_number(text), expected, "{text}");
        }
    }
}
