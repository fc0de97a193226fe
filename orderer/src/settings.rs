//! What `orderer.yaml` says, typed. Defaults are Fabric's. Files of all releases from 1.4 on are understood; what this orderer
//! would do otherwise than the file says is refused when the process starts ([`OrdererSettings::refuse_unsupported`]).

mod cluster;

use std::path::PathBuf;
use std::time::Duration;

use deliver::DeliverOptions;
use msp::KeyStore;
use node::config::{Source, ValueError};
use node::grpc::{
    ClientAuthentication, Keepalive, MESSAGE_SIZE_MAX, MessageSizes, PING_INTERVAL_MIN, ServerTls, TlsError,
};
use node::metrics::{MetricsKeys, MetricsSettings};
use node::operations::{OperationsKeys, OperationsSettings};
use node::profile::ProfileSettings;
use rustls_pki_types::CertificateDer;

pub use cluster::{ClusterSettings, ConsensusSettings};

/// Fabric's default for `FileLedger.Location`.
const DEFAULT_DATA_DIR: &str = "/var/hyperledger/production/orderer";

/// Fabric's default for `ChannelParticipation.MaxRequestBodySize`, in bytes.
const BODY_MAX: u64 = 1024 * 1024;

/// The settings cannot be used. Says which key is wrong.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is not what it should be.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The settings of an HTTP listener do not go together.
    #[error(transparent)]
    Listener(#[from] node::operations::SettingsError),
    /// A setting is missing.
    #[error("{key} is not set, but {because}")]
    Missing {
        /// The key.
        key: &'static str,
        /// Why it must be.
        because: &'static str,
    },
    /// A file cannot be read.
    #[error("{key}: cannot read {}", .path.display())]
    Read {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file has no certificate of an authority.
    #[error("{key}: {} has no certificate that can be an authority's", path.display())]
    NoCertificate {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The certificates and keys cannot be used.
    #[error("cannot set up General.TLS from General.TLS.Certificate and General.TLS.PrivateKey")]
    Tls(#[source] TlsError),
    /// This orderer does something else than the setting asks for.
    #[error("{key}: {reason}")]
    Unsupported {
        /// The key.
        key: &'static str,
        /// What to do about it.
        reason: String,
    },
}

/// What an orderer is, and where it keeps its data.
pub struct OrdererSettings {
    /// `General.ListenAddress` and `General.ListenPort`
    pub listen_address: String,
    /// What to change when that is in use.
    pub listen_setting: String,
    /// `General.TLS`
    pub tls: Option<ServerTls>,
    /// `General.TLS.ClientRootCAs`, where clients must show certificates. Those of the channels come on top.
    pub client_roots: Option<Vec<CertificateDer<'static>>>,
    /// `General.Keepalive`
    pub keepalive: Keepalive,
    /// `General.Keepalive.ServerMinInterval`
    pub ping_interval_min: Duration,
    /// `General.ConnectionTimeout`: for a TLS handshake.
    pub handshake_timeout: Option<Duration>,
    /// `General.MaxRecvMsgSize`, `General.MaxSendMsgSize`
    pub sizes: MessageSizes,
    /// `General.LocalMSPDir`
    pub msp_dir: PathBuf,
    /// `General.LocalMSPID`
    pub msp_id: String,
    /// `General.BCCSP`: where the private key is.
    pub keys: KeyStore,
    /// `General.Authentication.TimeWindow`, and whether readers prove themselves by TLS certificates.
    pub deliver: DeliverOptions,
    /// `FileLedger.Location`
    pub data_dir: PathBuf,
    /// `General.Cluster`
    pub cluster: ClusterSettings,
    /// `Consensus`
    pub consensus: ConsensusSettings,
    /// `Operations`
    pub operations: OperationsSettings,
    /// `Metrics`
    pub metrics: MetricsSettings,
    /// `General.Profile`
    pub profile: ProfileSettings,
    /// `Admin`: the listener of channel participation.
    pub admin: OperationsSettings,
    /// `ChannelParticipation.Enabled`
    pub participation: bool,
    /// `ChannelParticipation.MaxRequestBodySize` in bytes
    pub participation_body_max: usize,
}

impl OrdererSettings {
    /// Reads the settings and the files that they name.
    pub fn from_source(source: &Source) -> Result<Self, SettingsError> {
        let text = |key: &str, default: &str| -> Result<String, ValueError> {
            Ok(source.text(key)?.unwrap_or_else(|| default.to_owned()))
        };
        let flag = |key: &str, default: bool| -> Result<bool, ValueError> { Ok(source.flag(key)?.unwrap_or(default)) };
        let (host, port) = (text("General.ListenAddress", "127.0.0.1")?, text("General.ListenPort", "7050")?);
        let variable = source.variable("General.ListenPort");
        let client_roots = client_roots(source)?;
        let default = DeliverOptions::default();
        let time_window = source.duration("General.Authentication.TimeWindow")?.unwrap_or(default.time_window);
        let body_max = source.size("ChannelParticipation.MaxRequestBodySize")?.unwrap_or(BODY_MAX);
        Ok(OrdererSettings {
            listen_address: format!("{host}:{port}"),
            listen_setting: format!("General.ListenAddress and General.ListenPort ({variable})"),
            tls: tls(source, client_roots.as_deref())?,
            keepalive: keepalive(source)?,
            ping_interval_min: source.duration("General.Keepalive.ServerMinInterval")?.unwrap_or(PING_INTERVAL_MIN),
            handshake_timeout: source.duration("General.ConnectionTimeout")?.filter(|timeout| !timeout.is_zero()),
            sizes: MessageSizes {
                receive_max: size(source, "General.MaxRecvMsgSize")?,
                send_max: size(source, "General.MaxSendMsgSize")?,
            },
            msp_dir: source.path("General.LocalMSPDir")?.unwrap_or_else(|| source.directory().join("msp")),
            msp_id: text("General.LocalMSPID", "SampleOrg")?,
            keys: key_store(source)?,
            deliver: DeliverOptions { time_window, mutual_tls: client_roots.is_some() },
            client_roots,
            data_dir: source.path("FileLedger.Location")?.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR)),
            cluster: ClusterSettings::from_source(source)?,
            consensus: ConsensusSettings::from_source(source)?,
            operations: OperationsSettings::from_source(source, &OperationsKeys::ORDERER)?,
            metrics: MetricsSettings::from_source(source, &MetricsKeys::ORDERER)?,
            profile: ProfileSettings::from_source(source, "General.Profile.Enabled", "General.Profile.Address")?,
            admin: OperationsSettings::from_source(source, &OperationsKeys::ADMIN)?,
            participation: flag("ChannelParticipation.Enabled", true)?,
            participation_body_max: usize::try_from(body_max).unwrap_or(usize::MAX),
        })
    }

    /// Refuses what would have an orderer do something that this one does not do.
    pub fn refuse_unsupported(source: &Source) -> Result<(), SettingsError> {
        let refused = |key, reason: String| Err(SettingsError::Unsupported { key, reason });
        for key in ["General.BootstrapMethod", "General.GenesisMethod"] {
            let method = source.text(key)?.unwrap_or_default();
            if !matches!(&*method, "" | "none") {
                let reason = format!(
                    "'{method}' is for a system channel, which this orderer does not have; set it to none \
                                      and join channels with osnadmin channel join"
                );
                return refused(key, reason);
            }
        }
        if let Some(kind) = source.text("General.LedgerType")?.filter(|kind| kind != "file") {
            return refused("General.LedgerType", format!("'{kind}' is not supported, use file"));
        }
        for key in ["Debug.BroadcastTraceDir", "Debug.DeliverTraceDir"] {
            if source.text(key)?.is_some() {
                return refused(key, "this orderer writes no traces; take the value away".to_owned());
            }
        }
        if source.integer("General.Throttling.Rate")?.is_some_and(|rate| rate > 0) {
            return refused(
                "General.Throttling.Rate",
                "this orderer does not throttle clients, set it to 0".to_owned(),
            );
        }
        if source.flag("General.Authentication.NoExpirationChecks")?.unwrap_or(false) {
            let reason = "this orderer always checks whether identities have expired, set it to false";
            return refused("General.Authentication.NoExpirationChecks", reason.to_owned());
        }
        Ok(())
    }
}

fn size(source: &Source, key: &'static str) -> Result<usize, SettingsError> {
    match source.size(key)? {
        Some(0) => Err(SettingsError::Unsupported { key, reason: "no message is of 0 bytes".to_owned() }),
        Some(size) => Ok(usize::try_from(size).unwrap_or(usize::MAX)),
        None => Ok(MESSAGE_SIZE_MAX),
    }
}

fn keepalive(source: &Source) -> Result<Keepalive, SettingsError> {
    let time = |key, default| match source.duration(key)? {
        Some(Duration::ZERO) => {
            let reason = "connections would be checked without end".to_owned();
            Err(SettingsError::Unsupported { key, reason })
        }
        time => Ok(time.unwrap_or(default)),
    };
    let Keepalive { interval, timeout } = Keepalive::SERVER;
    Ok(Keepalive {
        interval: time("General.Keepalive.ServerInterval", interval)?,
        timeout: time("General.Keepalive.ServerTimeout", timeout)?,
    })
}

fn key_store(source: &Source) -> Result<KeyStore, SettingsError> {
    let key = "General.BCCSP.Default";
    match source.text(key)?.as_deref() {
        None | Some("SW") => {
            let files = source.path("General.BCCSP.SW.FileKeyStore.KeyStore")?;
            Ok(KeyStore::Files(files.filter(|path| path != source.directory())))
        }
        Some(other) => {
            let reason = format!("'{other}' is not supported by this orderer, use SW");
            Err(SettingsError::Unsupported { key, reason })
        }
    }
}

fn read(key: &'static str, path: PathBuf) -> Result<Vec<u8>, SettingsError> {
    std::fs::read(&path).map_err(|source| SettingsError::Read { key, path, source })
}

fn client_roots(source: &Source) -> Result<Option<Vec<CertificateDer<'static>>>, SettingsError> {
    let enabled = source.flag("General.TLS.Enabled")?.unwrap_or(false);
    if !enabled || !source.flag("General.TLS.ClientAuthRequired")?.unwrap_or(false) {
        return Ok(None);
    }
    let key = "General.TLS.ClientRootCAs";
    let mut roots = Vec::new();
    for path in source.paths(key)? {
        let found = ClientAuthentication::usable_roots(&read(key, path.clone())?);
        if found.is_empty() {
            return Err(SettingsError::NoCertificate { key, path });
        }
        roots.extend(found);
    }
    match roots.is_empty() {
        true => Err(SettingsError::Missing { key, because: "General.TLS.ClientAuthRequired is true" }),
        false => Ok(Some(roots)),
    }
}

fn tls(source: &Source, roots: Option<&[CertificateDer<'static>]>) -> Result<Option<ServerTls>, SettingsError> {
    if !source.flag("General.TLS.Enabled")?.unwrap_or(false) {
        return Ok(None);
    }
    let file = |key: &'static str| {
        let missing = SettingsError::Missing { key, because: "General.TLS.Enabled is true" };
        read(key, source.path(key)?.ok_or(missing)?)
    };
    let clients = roots.map_or(ClientAuthentication::Requested, |roots| ClientAuthentication::Required(roots.to_vec()));
    let (certificate, key) = (file("General.TLS.Certificate")?, file("General.TLS.PrivateKey")?);
    ServerTls::new(&certificate, &key, &clients).map(Some).map_err(SettingsError::Tls)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn source(yaml: &str) -> Source {
        Source::parse(yaml, "ORDERER", &BTreeMap::new()).expect("YAML")
    }

    #[test]
    fn configurations_of_all_releases_are_understood() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../node/tests/orderer");
        for release in ["1.4", "2.0", "2.2", "2.5", "3.1"] {
            let path = folder.join(format!("orderer-{release}.yaml"));
            let source = Source::read(&path, "ORDERER", &BTreeMap::new()).expect("YAML");
            let settings = OrdererSettings::from_source(&source).expect(release);
            assert_eq!((&*settings.msp_id, &*settings.listen_address), ("OrdererMSP", "127.0.0.1:7050"), "{release}");
            assert_eq!(settings.cluster.rpc_timeout, Duration::from_secs(7), "{release}");
            assert!(settings.consensus.wal_dir.is_some(), "{release}");
        }
    }

    #[test]
    fn variables_win_over_the_file() {
        let variables = [("ORDERER_GENERAL_LISTENPORT", "9050"), ("ORDERER_FILELEDGER_LOCATION", "/data")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let source = Source::parse("General: {ListenAddress: 0.0.0.0, ListenPort: 7050}", "ORDERER", &variables);
        let settings = OrdererSettings::from_source(&source.expect("YAML")).expect("read");
        assert_eq!((&*settings.listen_address, settings.data_dir), ("0.0.0.0:9050", PathBuf::from("/data")));
    }

    #[test]
    fn what_would_be_different_is_refused() {
        for (yaml, expected) in [
            ("General: {BootstrapMethod: file}", "General.BootstrapMethod: 'file' is for a system channel"),
            ("General: {GenesisMethod: provisional}", "General.GenesisMethod: 'provisional' is for a system channel"),
            ("General: {LedgerType: ram}", "General.LedgerType: 'ram'"),
            ("General: {Throttling: {Rate: 5}}", "General.Throttling.Rate"),
            ("General: {Authentication: {NoExpirationChecks: true}}", "General.Authentication.NoExpirationChecks"),
            ("Debug: {DeliverTraceDir: /tmp/x}", "Debug.DeliverTraceDir"),
        ] {
            let error = OrdererSettings::refuse_unsupported(&source(yaml)).expect_err("refused").to_string();
            assert!(error.starts_with(expected), "{yaml}: {error}");
        }
        let usual = "General: {BootstrapMethod: none, Throttling: {Rate: 0}}\nDebug: {BroadcastTraceDir: }";
        OrdererSettings::refuse_unsupported(&source(usual)).expect("supported");
        for (yaml, expected) in [
            ("General: {TLS: {Enabled: true}}", "General.TLS.Certificate is not set, but General.TLS.Enabled is true"),
            ("General: {BCCSP: {Default: PKCS11}}", "General.BCCSP.Default: 'PKCS11'"),
            ("General: {MaxRecvMsgSize: 0}", "General.MaxRecvMsgSize"),
            ("General: {Keepalive: {ServerInterval: 0s}}", "General.Keepalive.ServerInterval"),
            ("Admin: {ListenAddress: 'a:1', TLS: {Enabled: true}}", "Admin.TLS.Certificate is not set"),
        ] {
            let error = OrdererSettings::from_source(&source(yaml)).err().expect("refused").to_string();
            assert!(error.starts_with(expected), "{yaml}: {error}");
        }
    }
}
