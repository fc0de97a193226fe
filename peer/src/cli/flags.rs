//! Flags that several commands share.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// How to reach the ordering service.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Ordering service")]
pub struct OrdererFlags {
    /// Ordering service endpoint (host:port); several, separated by commas, are all sent to
    #[arg(short = 'o', long, value_name = "ENDPOINT", global = true, default_value = "", hide_default_value = true)]
    pub orderer: String,
    /// Use TLS when communicating with the orderer endpoint
    #[arg(
        long, global = true, value_parser = go_bool, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value = "false", default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
    )]
    pub tls: bool,
    /// Use mutual TLS when communicating with the orderer endpoint
    #[arg(
        long, global = true, value_parser = go_bool, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value = "false", default_missing_value = "true", hide_default_value = true,
    )]
    pub clientauth: bool,
    /// PEM file with trusted certificates for the ordering endpoint
    #[arg(long, value_name = "FILE", global = true)]
    pub cafile: Option<PathBuf>,
    /// PEM file with the private key for mutual TLS with the orderer endpoint
    #[arg(long, value_name = "FILE", global = true)]
    pub keyfile: Option<PathBuf>,
    /// PEM file with the certificate for mutual TLS with the orderer endpoint
    #[arg(long, value_name = "FILE", global = true)]
    pub certfile: Option<PathBuf>,
    /// Name to expect in the orderer's TLS certificate
    #[arg(long = "ordererTLSHostnameOverride", value_name = "NAME", global = true)]
    pub tls_hostname_override: Option<String>,
    /// Timeout for client to connect
    #[arg(long = "connTimeout", value_name = "DURATION", global = true, value_parser = duration, default_value = "3s")]
    pub connection_timeout: Duration,
    /// How far to look back when checking whether the orderer's TLS certificate has ended
    #[arg(
        long = "tlsHandshakeTimeShift", value_name = "DURATION", global = true, value_parser = duration, default_value = "0s",
        hide_default_value = true
    )]
    pub tls_handshake_time_shift: Duration,
}

/// Which peers to ask.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Peers")]
pub struct PeerFlags {
    /// Address of a peer to connect to; repeat for several
    #[arg(long = "peerAddresses", value_name = "ENDPOINT", action = clap::ArgAction::Append)]
    pub addresses: Vec<String>,
    /// TLS root certificate file of a peer, in the order of --peerAddresses; repeat for several
    #[arg(long = "tlsRootCertFiles", value_name = "FILE", action = clap::ArgAction::Append)]
    pub tls_root_cert_files: Vec<String>,
    /// Connection profile (YAML or JSON) that says where the peers are
    #[arg(long = "connectionProfile", value_name = "FILE")]
    pub connection_profile: Option<PathBuf>,
}

/// Waiting for a commit, as `lifecycle` commands do by default.
#[derive(Clone, Copy, Debug, Args)]
pub struct WaitFlags {
    /// Wait until each peer has committed the transaction
    #[arg(
        long = "waitForEvent", value_parser = go_bool, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value = "true", default_missing_value = "true",
    )]
    pub wait: bool,
    /// How long to wait
    #[arg(long = "waitForEventTimeout", value_name = "DURATION", value_parser = duration, default_value = "30s")]
    pub timeout: Duration,
}

/// `true` or `false` in the spellings Go's flags take.
pub fn go_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("give true or false".to_owned()),
    }
}

/// A duration in Go's notation.
pub fn duration(text: &str) -> Result<Duration, String> {
    node::config::parse_duration(text).ok_or_else(|| "give a duration such as 30s, 500ms or 1m30s".to_owned())
}
