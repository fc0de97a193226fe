//! `peer chaincode query`.

use std::fmt::Write;

use anyhow::{Context, bail, ensure};
use clap::Args;
use client::text;

use super::CallFlags;
use crate::cli::environment::{Environment, Target};
use crate::cli::flags::PeerFlags;
use crate::cli::{print, progress};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  peer chaincode query -C mychannel -n basic -c '{\"Args\":[\"ReadAsset\",\"asset1\"]}'"
)]
pub struct Arguments {
    #[command(flatten)]
    call: CallFlags,
    #[command(flatten)]
    peers: PeerFlags,
    /// Print the result as a list of byte values
    #[arg(short, long)]
    raw: bool,
    /// Print the result in hexadecimal. Incompatible with --raw
    #[arg(short = 'x', long)]
    hex: bool,
}

pub async fn run(arguments: Arguments, transient: &str) -> anyhow::Result<()> {
    ensure!(!(arguments.raw && arguments.hex), "options --raw (-r) and --hex (-x) are not compatible");
    let environment = Environment::load()?;
    let call = arguments.call.call(&environment, transient)?;
    let peer = environment.peer("query", &arguments.peers, Target::Channel(&call.channel_id)).await?;
    let asked = progress::during("Waiting for the chaincode", environment.client.evaluate(&peer, call)).await;
    let answer = match asked.context("error endorsing query") {
        Ok(answer) => answer,
        Err(error) => bail!("{error:#} - proposal response: <nil>"),
    };
    if answer.endorsement.is_none() {
        bail!("endorsement failure during query. response: {}", text::response(answer.response.as_ref()));
    }
    let payload = answer.response.unwrap_or_default().payload;
    let mut output = match (arguments.raw, arguments.hex) {
        (true, _) => byte_list(&payload).into_bytes(),
        (_, true) => hex::encode(&payload).into_bytes(),
        _ => payload.to_vec(),
    };
    output.push(b'\n');
    print(output)
}

/// `[104 105]`, as Fabric prints bytes.
fn byte_list(bytes: &[u8]) -> String {
    let mut list = String::from("[");
    for (index, byte) in bytes.iter().enumerate() {
        let separator = if index == 0 { "" } else { " " };
        write!(list, "{separator}{byte}").expect("writing to a string cannot fail");
    }
    list.push(']');
    list
}

#[cfg(test)]
mod tests {
    #[test]
    fn raw_bytes_are_a_list() {
        assert_eq!(super::byte_list(b"hi\xff"), "[104 105 255]");
        assert_eq!(super::byte_list(b""), "[]");
    }
}
