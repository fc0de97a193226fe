//! Flags of `peer node start`.

use std::path::PathBuf;
use std::time::Duration;

/// Start a peer.
///
/// With a core.yaml (in FABRIC_CFG_PATH, the working directory or /etc/hyperledger/fabric) the peer does what it says.
/// Without one, --chaincode-dev starts a development network in this process: an orderer, one organisation, a channel.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StartArguments {
    /// Start a development network, or a configured peer in development mode.
    #[arg(
        long,
        visible_alias = "peer-chaincodedev",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true"
    )]
    pub chaincode_dev: bool,
    /// Development network: where it keeps everything. A restart goes on where the last run ended.
    #[arg(long, value_name = "DIR", env = "WEFT_DEV_HOME")]
    pub data_dir: Option<PathBuf>,
    /// Development network: forget everything and start over.
    #[arg(long)]
    pub reset: bool,
    /// Development network: use TLS on all connections.
    #[arg(long, env = "WEFT_DEV_TLS")]
    pub tls: bool,
    /// Development network: the address to listen on.
    #[arg(long, value_name = "IP", env = "WEFT_DEV_HOST")]
    pub host: Option<String>,
    /// Development network: port of the peer (7051); 0 takes a free one.
    #[arg(long, value_name = "PORT", env = "WEFT_DEV_PEER_PORT")]
    pub peer_port: Option<u16>,
    /// Development network: port of the orderer (7050); 0 takes a free one.
    #[arg(long, value_name = "PORT", env = "WEFT_DEV_ORDERER_PORT")]
    pub orderer_port: Option<u16>,
    /// Development network: name of the channel (mychannel).
    #[arg(long, value_name = "NAME", env = "WEFT_DEV_CHANNEL")]
    pub channel: Option<String>,
    /// Development network: how long a block waits for more transactions (2ms). Only for a new network.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub batch_timeout: Option<Duration>,
    /// Development network: most transactions in a block (500). Only for a new network.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_size: Option<u32>,
}

impl StartArguments {
    /// A configured peer has its own places for these; ignoring them would surprise.
    pub(super) fn refuse_dev_network_flags(&self) -> anyhow::Result<()> {
        let given = [
            (self.reset, "--reset"),
            (self.batch_timeout.is_some(), "--batch-timeout"),
            (self.batch_size.is_some(), "--batch-size"),
        ];
        match given.iter().find(|(given, _)| *given) {
            Some((_, flag)) => anyhow::bail!(
                "{flag} is for a development network, but a core.yaml was found; run in another directory, without \
                 FABRIC_CFG_PATH, for a development network"
            ),
            None => Ok(()),
        }
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    node::config::parse_duration(text).ok_or_else(|| format!("'{text}' is no duration such as 2ms or 1s"))
}
