//! How orderers reach each other. Read so that files of all releases are understood; the solo consenter has no others.

use std::path::PathBuf;
use std::time::Duration;

use node::config::{Source, ValueError};

/// `General.Cluster`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// `ListenAddress` and `ListenPort`, where the cluster has a listener of its own.
    pub listen_address: Option<String>,
    /// `ServerCertificate` and `ServerPrivateKey` of that listener.
    pub server_certificate: Option<(PathBuf, PathBuf)>,
    /// `ClientCertificate` and `ClientPrivateKey`, shown to other orderers.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// `RootCAs`
    pub root_cas: Vec<PathBuf>,
    /// `DialTimeout`
    pub dial_timeout: Duration,
    /// `RPCTimeout`
    pub rpc_timeout: Duration,
    /// `SendBufferSize`: messages that wait for another orderer.
    pub send_buffer: u64,
    /// `ReplicationBufferSize` in bytes
    pub replication_buffer: u64,
    /// `ReplicationPullTimeout`
    pub replication_pull_timeout: Duration,
    /// `ReplicationRetryTimeout`
    pub replication_retry_timeout: Duration,
    /// `ReplicationMaxRetries`
    pub replication_retries_max: u64,
    /// `ReplicationPolicy`: `simple` or `consensus`
    pub replication_policy: String,
    /// `CertExpirationWarningThreshold`
    pub expiration_warning: Duration,
    /// `TLSHandshakeTimeShift`
    pub tls_time_shift: Duration,
}

impl ClusterSettings {
    pub(super) fn from_source(source: &Source) -> Result<Self, ValueError> {
        let key = |name: &str| format!("General.Cluster.{name}");
        let time = |name: &str, default| -> Result<Duration, ValueError> {
            Ok(source.duration(&key(name))?.unwrap_or(default))
        };
        let number =
            |name: &str, default| -> Result<u64, ValueError> { Ok(source.integer(&key(name))?.unwrap_or(default)) };
        let pair = |certificate: &str, private: &str| -> Result<Option<(PathBuf, PathBuf)>, ValueError> {
            Ok(source.path(&key(certificate))?.zip(source.path(&key(private))?))
        };
        let address = source.text(&key("ListenAddress"))?.zip(source.text(&key("ListenPort"))?);
        Ok(ClusterSettings {
            listen_address: address.filter(|(_, port)| port != "0").map(|(host, port)| format!("{host}:{port}")),
            server_certificate: pair("ServerCertificate", "ServerPrivateKey")?,
            client_certificate: pair("ClientCertificate", "ClientPrivateKey")?,
            root_cas: source.paths(&key("RootCAs"))?,
            dial_timeout: time("DialTimeout", Duration::from_secs(5))?,
            rpc_timeout: time("RPCTimeout", Duration::from_secs(7))?,
            send_buffer: number("SendBufferSize", 100)?,
            replication_buffer: number("ReplicationBufferSize", 20_971_520)?,
            replication_pull_timeout: time("ReplicationPullTimeout", Duration::from_secs(5))?,
            replication_retry_timeout: time("ReplicationRetryTimeout", Duration::from_secs(5))?,
            replication_retries_max: number("ReplicationMaxRetries", 12)?,
            replication_policy: source.text(&key("ReplicationPolicy"))?.unwrap_or_else(|| "consensus".to_owned()),
            expiration_warning: time("CertExpirationWarningThreshold", Duration::from_secs(7 * 24 * 3600))?,
            tls_time_shift: time("TLSHandshakeTimeShift", Duration::ZERO)?,
        })
    }
}

/// `Consensus`: of Raft and BFT consenters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsensusSettings {
    /// `WALDir`
    pub wal_dir: Option<PathBuf>,
    /// `SnapDir`
    pub snapshot_dir: Option<PathBuf>,
    /// `EvictionSuspicion`
    pub eviction_suspicion: Option<Duration>,
    /// `TickIntervalOverride`
    pub tick_interval: Option<Duration>,
}

impl ConsensusSettings {
    pub(super) fn from_source(source: &Source) -> Result<Self, ValueError> {
        Ok(ConsensusSettings {
            wal_dir: source.path("Consensus.WALDir")?,
            snapshot_dir: source.path("Consensus.SnapDir")?,
            eviction_suspicion: source.duration("Consensus.EvictionSuspicion")?,
            tick_interval: source.duration("Consensus.TickIntervalOverride")?,
        })
    }
}
