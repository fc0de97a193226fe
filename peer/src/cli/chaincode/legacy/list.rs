//! `peer chaincode list`.

use anyhow::{Context, bail};
use clap::Args;
use proto::protos::ChaincodeInfo;

use super::refused;
use crate::cli::environment::{Environment, Target};
use crate::cli::flags::PeerFlags;
use crate::cli::print;

/// Flags of the command.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode list --instantiated -C mychannel")]
pub struct Arguments {
    /// The channel on which this command should be executed
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Get the installed chaincodes on a peer
    #[arg(long)]
    installed: bool,
    /// Get the instantiated chaincodes on a channel
    #[arg(long)]
    instantiated: bool,
    #[command(flatten)]
    peers: PeerFlags,
}

/// Chaincodes of the form that `lscc` knows; `peer lifecycle chaincode` has the others.
pub async fn list(arguments: Arguments) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let (head, chaincodes) = match (arguments.installed, arguments.instantiated) {
        (true, false) => {
            let peer = environment.peer("list", &arguments.peers, Target::Peer("")).await?;
            let chaincodes = environment.client.legacy_installed(&peer).await.map_err(refused)?;
            ("Get installed chaincodes on peer:".to_owned(), chaincodes)
        }
        (false, true) => {
            let channel_id = environment.channel_id(&arguments.channel_id);
            let channel_id =
                channel_id.context("The required parameter 'channelID' is empty. Rerun the command with -C flag")?;
            let peer = environment.peer("list", &arguments.peers, Target::Channel(&channel_id)).await?;
            let chaincodes = environment.client.legacy_instantiated(&peer, &channel_id).await.map_err(refused)?;
            (format!("Get instantiated chaincodes on channel {channel_id}:"), chaincodes)
        }
        _ => bail!("Must explicitly specify \"--installed\" or \"--instantiated\""),
    };
    let lines = chaincodes.iter().map(line);
    print(std::iter::once(head).chain(lines).map(|line| line + "\n").collect::<String>())
}

/// The fields that are not empty.
fn line(chaincode: &ChaincodeInfo) -> String {
    let ChaincodeInfo { name, version, path, input, escc, vscc, id } = chaincode;
    let id = hex::encode(id);
    let fields = [
        ("Name", name),
        ("Version", version),
        ("Path", path),
        ("Input", input),
        ("Escc", escc),
        ("Vscc", vscc),
        ("Id", &id),
    ];
    let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(field, value)| format!("{field}: {value}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_fields_are_left_out() {
        let chaincode = ChaincodeInfo {
            name: "basic".into(),
            version: "1.0".into(),
            vscc: "vscc".into(),
            id: bytes::Bytes::from_static(&[0xab, 1]),
            ..Default::default()
        };
        assert_eq!(line(&chaincode), "Name: basic, Version: 1.0, Vscc: vscc, Id: ab01");
    }
}
