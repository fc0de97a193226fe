//! Shows the whole: builds, starts a development network, runs a Wasm contract on it through the `peer` command, and
//! prints what came to stand in the ledger.

mod network;

use anyhow::{Context, Result};

use crate::chaincodes;
use crate::setup::{self, For};
use crate::shell;
use crate::workspace::Workspace;
use network::Network;

const CHANNEL: &str = "mychannel";
const CONTRACT: &str = "asset-transfer-basic";
const ASSET: &str = "asset42";

/// From nothing to a committed transaction.
pub fn run(workspace: &Workspace) -> Result<()> {
    setup::run(workspace, For::Building)?;
    let mut build = workspace.cargo("build");
    build.args(["--release", "--package", "peer"]);
    shell::run_long(&mut build, "Building the peer (the first time about 20 minutes on two cores: RocksDB)")?;
    let contract = chaincodes::build(workspace)?.join(CONTRACT).with_extension("wasm");

    let network = Network::start(workspace)?;
    let contract = contract.strip_prefix(&workspace.root).unwrap_or(&contract).display().to_string();
    network.peer(&["chaincode", "install", &contract])?;
    invoke(&network, r#"{"Args":["InitLedger"]}"#)?;
    let create = format!(r#"{{"Args":["CreateAsset","{ASSET}","teal","7","Ada","1815"]}}"#);
    let committed = invoke(&network, &create)?;
    let value = query(&network, CONTRACT, &format!(r#"{{"Args":["ReadAsset","{ASSET}"]}}"#), &[])?;
    let block = query(
        &network,
        "qscc",
        &format!(r#"{{"Args":["GetBlockByTxID","{CHANNEL}","{}"]}}"#, committed.tx_id),
        &["--hex"],
    )?;
    let block = block_number(&block).context("reading the block that qscc returned")?;
    network.stop()?;

    println!();
    println!("  ledger value   {}", value.trim());
    println!("  transaction    {}  ({})", committed.tx_id, committed.code);
    println!("  block          {block} of channel {CHANNEL}");
    println!();
    println!("The contract is {contract}, built from chaincodes/. To go on by hand, in two terminals:");
    println!("  cargo run --release -p peer -- node start --chaincode-dev");
    println!("  cargo run --release -p peer -- chaincode install {contract}");
    Ok(())
}

/// What the peer said about a committed transaction.
struct Committed {
    tx_id: String,
    code: String,
}

fn invoke(network: &Network, call: &str) -> Result<Committed> {
    let said = network.peer(&["chaincode", "invoke", "-C", CHANNEL, "-n", CONTRACT, "-c", call, "--waitForEvent"])?;
    committed(&said).with_context(|| format!("the peer did not report a commit:\n{said}"))
}

/// Finds `txid [..] committed with status (..)`.
fn committed(text: &str) -> Option<Committed> {
    let (tx_id, rest) = text.split_once("txid [")?.1.split_once(']')?;
    let (code, _) = rest.split_once("committed with status (")?.1.split_once(')')?;
    Some(Committed { tx_id: tx_id.to_string(), code: code.to_string() })
}

fn query(network: &Network, chaincode: &str, call: &str, flags: &[&str]) -> Result<String> {
    let mut arguments = vec!["chaincode", "query", "-C", CHANNEL, "-n", chaincode, "-c", call];
    arguments.extend(flags);
    network.peer(&arguments)
}

/// The number in a marshalled block, in hexadecimal digits: field 1 (header) holds field 1 (number, a varint). An absent
/// number is zero.
fn block_number(hexadecimal: &str) -> Option<u64> {
    let digits = hexadecimal.trim().as_bytes();
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect::<Option<_>>()?;
    let [0x0a, _, header @ ..] = bytes.as_slice() else { return None };
    let [0x08, number @ ..] = header else { return Some(0) };
    let mut value = 0u64;
    for (index, byte) in number.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_number_of_a_block() {
        let cases = [("0a4608051220ab\n", Some(5)), ("0a4708ac021220", Some(300)), ("0a441220", Some(0)), ("", None)];
        for (digits, number) in cases {
            assert_eq!(block_number(digits), number, "{digits}");
        }
    }

    #[test]
    fn finds_the_transaction_in_what_the_peer_said() {
        let said = "INFO [chaincodeCmd] ClientWait -> txid [ab12] committed with status (VALID) at 127.0.0.1:7051\n";
        let found = committed(said).unwrap();
        assert_eq!((found.tx_id.as_str(), found.code.as_str()), ("ab12", "VALID"));
        assert!(committed("Error: no").is_none());
    }
}
