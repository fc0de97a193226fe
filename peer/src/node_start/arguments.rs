//! Flags of `peer node start`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;

/// Start a peer.
///
/// With a core.yaml (in FABRIC_CFG_PATH, the working directory or /etc/hyperledger/fabric) the peer does what it says.
/// Without one, --chaincode-dev starts a development network in this process: an orderer, one organisation, a channel.
/// CORE_CHAINCODE_EXTERNALBUILDERS='[{name: golang, path: /builders/golang}]' gives its peer external builders.
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
    /// Development network: where it keeps everything [env: WEFT_DEV_HOME]. A restart goes on where the last run ended.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Development network: forget everything and start over.
    #[arg(long)]
    pub reset: bool,
    /// Development network: use TLS on all connections [env: WEFT_DEV_TLS=true].
    #[arg(long)]
    pub tls: bool,
    /// Development network: the same, and clients have to show a certificate [env: WEFT_DEV_MUTUAL_TLS=true].
    #[arg(long)]
    pub mutual_tls: bool,
    /// Development network: the address to listen on [env: WEFT_DEV_HOST].
    #[arg(long, value_name = "IP")]
    pub host: Option<String>,
    /// Development network: port of the peer (7051); 0 takes a free one [env: WEFT_DEV_PEER_PORT].
    #[arg(long, value_name = "PORT")]
    pub peer_port: Option<u16>,
    /// Development network: port of the orderer (7050); 0 takes a free one [env: WEFT_DEV_ORDERER_PORT].
    #[arg(long, value_name = "PORT")]
    pub orderer_port: Option<u16>,
    /// Development network: port where chaincode processes register (7052); 0 takes a free one [env:
    /// WEFT_DEV_CHAINCODE_PORT].
    #[arg(long, value_name = "PORT")]
    pub chaincode_port: Option<u16>,
    /// Development network: name of the channel (mychannel) [env: WEFT_DEV_CHANNEL]. Only for a new network.
    #[arg(long, value_name = "NAME", value_parser = parse_channel_id)]
    pub channel: Option<String>,
    /// Development network: how long a block waits for more transactions (2ms). Only for a new network.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub batch_timeout: Option<Duration>,
    /// Development network: most transactions in a block (500). Only for a new network.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_size: Option<u32>,
    /// Development network: capability of the channel's application group (V2_5); with V1_4_2 chaincodes are installed and
    /// instantiated as in Fabric 1.4. Only for a new network.
    #[arg(long, value_name = "NAME", value_parser = ["V1_2", "V1_3", "V1_4_2", "V2_0", "V2_5"])]
    pub application_capability: Option<String>,
}

impl StartArguments {
    /// Takes what the flags leave open from the `WEFT_DEV_` variables.
    pub(super) fn with_environment(mut self, environment: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let port = |name: &str| -> anyhow::Result<Option<u16>> {
            let parse = |text: &String| text.parse().with_context(|| format!("{name}: '{text}' is no port number"));
            set(name).map(parse).transpose()
        };
        self.data_dir = self.data_dir.or_else(|| set("WEFT_DEV_HOME").map(PathBuf::from));
        self.host = self.host.or_else(|| set("WEFT_DEV_HOST").cloned());
        self.peer_port = self.peer_port.map_or_else(|| port("WEFT_DEV_PEER_PORT"), |port| Ok(Some(port)))?;
        self.orderer_port = self.orderer_port.map_or_else(|| port("WEFT_DEV_ORDERER_PORT"), |port| Ok(Some(port)))?;
        self.chaincode_port =
            self.chaincode_port.map_or_else(|| port("WEFT_DEV_CHAINCODE_PORT"), |port| Ok(Some(port)))?;
        if let (None, Some(name)) = (&self.channel, set("WEFT_DEV_CHANNEL")) {
            self.channel = Some(parse_channel_id(name).map_err(|cause| anyhow::anyhow!("WEFT_DEV_CHANNEL: {cause}"))?);
        }
        let flag = |name: &str| match set(name).map(String::as_str) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(other) => Err(anyhow::anyhow!("{name}: '{other}' is neither true nor false")),
        };
        self.tls |= flag("WEFT_DEV_TLS")?;
        self.mutual_tls |= flag("WEFT_DEV_MUTUAL_TLS")?;
        Ok(self)
    }

    /// A configured peer has its own places for these; ignoring them would surprise. Variables are not refused: they
    /// may be there for another command.
    pub(super) fn refuse_dev_network_flags(&self) -> anyhow::Result<()> {
        let given = [
            (self.data_dir.is_some(), "--data-dir"),
            (self.reset, "--reset"),
            (self.tls, "--tls"),
            (self.mutual_tls, "--mutual-tls"),
            (self.host.is_some(), "--host"),
            (self.peer_port.is_some(), "--peer-port"),
            (self.orderer_port.is_some(), "--orderer-port"),
            (self.chaincode_port.is_some(), "--chaincode-port"),
            (self.channel.is_some(), "--channel"),
            (self.batch_timeout.is_some(), "--batch-timeout"),
            (self.batch_size.is_some(), "--batch-size"),
            (self.application_capability.is_some(), "--application-capability"),
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
    node::config::parse_duration(text)
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("'{text}' is no duration above zero, such as 2ms or 1s"))
}

fn parse_channel_id(text: &str) -> Result<String, String> {
    match channel::check_channel_id(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(format!("{error}; use lower-case letters, digits, dots and dashes, and begin with a letter")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        start: StartArguments,
    }

    fn parse(flags: &[&str]) -> Result<StartArguments, String> {
        let flags = std::iter::once("start").chain(flags.iter().copied());
        Command::try_parse_from(flags).map(|command| command.start).map_err(|error| error.to_string())
    }

    #[test]
    fn values_that_no_network_can_have_are_refused_before_anything_is_written() {
        for (flag, value, expected) in [
            ("--channel", "My Channel", "'My Channel' contains illegal characters; use lower-case letters"),
            ("--channel", "", "cannot be empty"),
            ("--batch-timeout", "0s", "no duration above zero"),
            ("--batch-timeout", "soon", "no duration above zero"),
            ("--batch-size", "0", "0 is not in 1.."),
            ("--peer-port", "70000", "70000 is not in 0..=65535"),
        ] {
            let error = parse(&[flag, value]).expect_err("refused");
            assert!(error.contains(expected), "{flag} {value}: {error}");
        }
    }

    #[test]
    fn flags_win_over_variables() {
        let variables = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let environment = variables(&[("WEFT_DEV_PEER_PORT", "1"), ("WEFT_DEV_HOST", "h"), ("WEFT_DEV_TLS", "true")]);
        let start = parse(&["--peer-port", "2"]).expect("parsed").with_environment(&environment).expect("read");
        assert_eq!((start.peer_port, start.host.as_deref(), start.tls), (Some(2), Some("h"), true));
        for (name, value) in [
            ("WEFT_DEV_PEER_PORT", "x"),
            ("WEFT_DEV_TLS", "perhaps"),
            ("WEFT_DEV_MUTUAL_TLS", "perhaps"),
            ("WEFT_DEV_CHANNEL", "A"),
            ("WEFT_DEV_ORDERER_PORT", "-1"),
        ] {
            let error =
                parse(&[]).expect("parsed").with_environment(&variables(&[(name, value)])).expect_err("refused");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn a_configured_peer_refuses_each_flag_of_a_development_network() {
        for flags in [
            &["--data-dir", "d"][..],
            &["--reset"],
            &["--tls"],
            &["--mutual-tls"],
            &["--host", "h"],
            &["--peer-port", "1"],
            &["--orderer-port", "1"],
            &["--chaincode-port", "1"],
            &["--channel", "c"],
            &["--batch-timeout", "1s"],
            &["--batch-size", "1"],
        ] {
            let error = parse(flags).expect("parsed").refuse_dev_network_flags().expect_err("refused").to_string();
            assert!(error.starts_with(&format!("{} is for a development network", flags[0])), "{error}");
        }
        assert!(parse(&["--chaincode-dev"]).expect("parsed").refuse_dev_network_flags().is_ok());
    }
}
