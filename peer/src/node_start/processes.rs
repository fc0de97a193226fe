//! Chaincode in processes: what `core.yaml` says about those that this peer has built and started, and the listener where
//! they register.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use msp::Role;
use msp::generate::{CertificateAuthority, EnrollmentRequest};
use node::config::Source;
use node::grpc::{ClientAuthentication, Server, ServerOptions, ServerTls};
use node::shutdown::Stop;

use super::assembly::DRAIN_TIMEOUT;
use super::{Listen, PeerSettings};
use crate::chaincode::builders::{BuilderSettings, DEFAULT_INSTALL_TIMEOUT, STOP_GRACE};
use crate::chaincode::external::{DEFAULT_STARTUP_TIMEOUT, Hosting, HostingTls};

/// The builder in the `core.yaml` that comes with Fabric, which lies in Fabric's container images alone. This peer does by
/// itself what it does.
const SAMPLE_BUILDER: &str = "/opt/hyperledger/ccaas_builder";

/// Name of the authority that issues certificates for chaincode, as long as the peer runs.
const AUTHORITY_NAME: &str = "chaincode";

const BUILDERS_KEY: &str = "chaincode.externalBuilders";

/// How a peer deals with chaincode in processes.
#[derive(Clone)]
pub struct ProcessSettings {
    /// `chaincode.externalBuilders`
    pub builders: Vec<BuilderSettings>,
    /// `chaincode.installTimeout`
    pub install_timeout: Duration,
    /// `chaincode.startuptimeout`
    pub startup_timeout: Duration,
    /// `peer.chaincodeAddress`: where processes reach the listener, if that cannot be told from the peer's addresses.
    pub address: Option<String>,
    /// Processes may register that the peer did not start: development mode.
    pub everybody: bool,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    name: String,
    #[serde(default)]
    path: PathBuf,
    #[serde(default)]
    propagate_environment: Option<Vec<String>>,
    /// The older name.
    #[serde(default)]
    environment_whitelist: Option<Vec<String>>,
}

impl ProcessSettings {
    /// Reads the settings. Builders get their variables from `environment`.
    pub fn from_source(
        source: &Source,
        environment: &BTreeMap<String, String>,
        everybody: bool,
    ) -> anyhow::Result<ProcessSettings> {
        let entries: Option<Vec<Entry>> =
            source.decoded(BUILDERS_KEY, "a list of builders with name, path and propagateEnvironment")?;
        let mut builders = Vec::new();
        for Entry { name, path, propagate_environment, environment_whitelist } in entries.unwrap_or_default() {
            ensure!(!path.as_os_str().is_empty(), "{BUILDERS_KEY}: the builder '{name}' has no path");
            ensure!(!name.is_empty(), "{BUILDERS_KEY}: the builder at {} has no name", path.display());
            if path == Path::new(SAMPLE_BUILDER) && !path.exists() {
                tracing::warn!(
                    target: "peer",
                    "{BUILDERS_KEY}: '{name}' at {SAMPLE_BUILDER} is not there; this peer does its work by itself"
                );
                continue;
            }
            let propagated = propagate_environment.or(environment_whitelist).unwrap_or_default();
            builders.push(BuilderSettings::new(&name, &path, &propagated, |name| environment.get(name).cloned()));
        }
        Ok(ProcessSettings {
            builders,
            install_timeout: source.duration("chaincode.installTimeout")?.unwrap_or(DEFAULT_INSTALL_TIMEOUT),
            startup_timeout: source.duration("chaincode.startuptimeout")?.unwrap_or(DEFAULT_STARTUP_TIMEOUT),
            address: source.text("peer.chaincodeAddress")?,
            everybody,
        })
    }

    /// Whether processes may register at all.
    pub fn listens(&self) -> bool {
        self.everybody || !self.builders.is_empty()
    }
}

/// Opens the listener for chaincode processes where there is to be one, and says how the peer's own processes reach it.
pub(super) async fn open(settings: &PeerSettings, stop: &Stop) -> anyhow::Result<(Option<Server>, Hosting)> {
    let ProcessSettings { builders, startup_timeout, everybody, .. } = &settings.processes;
    let mut hosting = Hosting {
        address: String::new(),
        msp_id: settings.msp_id.clone(),
        tls: None,
        everybody: *everybody,
        startup_timeout: *startup_timeout,
        stop: stop.clone(),
        stop_grace: STOP_GRACE,
    };
    let Some(listen) = &settings.chaincode_listen else { return Ok((None, hosting)) };
    let mut options = ServerOptions::new(&listen.address, &listen.setting);
    options.drain_timeout = DRAIN_TIMEOUT;
    options.tls = settings.tls.clone();
    if builders.is_empty() {
        return Ok((Some(Server::bind(options).await?), hosting));
    }
    let endpoint = endpoint(settings, listen)?;
    if settings.tls.is_some() {
        let (tls, listener) = tls(settings, &endpoint.host)?;
        hosting.tls = Some(tls);
        options.tls = listener.or(options.tls);
    }
    let server = Server::bind(options).await?;
    let port = endpoint.port.filter(|port| *port != 0).unwrap_or(server.address().port());
    hosting.address = join(&endpoint.host, port);
    Ok((Some(server), hosting))
}

/// Certificates for processes, and the listener's own TLS if it is not the peer's. In development mode processes that others
/// started have no certificates of ours, and know the peer's.
fn tls(settings: &PeerSettings, host: &str) -> anyhow::Result<(HostingTls, Option<ServerTls>)> {
    let authority = CertificateAuthority::new(AUTHORITY_NAME, &settings.msp_id)?;
    if settings.processes.everybody {
        let root_pem = settings.tls_roots_pem.concat();
        ensure!(!root_pem.is_empty(), "external builders in development mode need peer.tls.rootcert.file");
        return Ok((HostingTls { root_pem, authority }, None));
    }
    let request =
        EnrollmentRequest { common_name: host.to_owned(), role: Role::Peer, sans: vec![host.to_owned()], tls: true };
    let own = authority.issue(&request).context("making a certificate for the chaincode listener")?;
    let root_pem = authority.cert_pem().to_owned();
    let clients = ClientAuthentication::required(root_pem.as_bytes())?;
    let listener = ServerTls::new(own.cert_pem.as_bytes(), own.key_pem.as_bytes(), &clients);
    let listener = listener.context("setting up TLS for the chaincode listener")?;
    Ok((HostingTls { root_pem, authority }, Some(listener)))
}

/// Where processes reach the listener; without a port it is the listener's own.
#[derive(Debug, PartialEq, Eq)]
struct Endpoint {
    host: String,
    port: Option<u16>,
}

/// `peer.chaincodeAddress`, else the listener's address, else the peer's host: the first that names a machine.
fn endpoint(settings: &PeerSettings, listen: &Listen) -> anyhow::Result<Endpoint> {
    let processes = &settings.processes;
    if let Some(address) = &processes.address {
        let endpoint = split(address).filter(|endpoint| endpoint.port.is_some() && !is_everywhere(&endpoint.host));
        return endpoint
            .with_context(|| format!("peer.chaincodeAddress: '{address}' is no host:port that chaincode can reach"));
    }
    for address in [&listen.address, &settings.external_address] {
        if let Some(endpoint) = split(address).filter(|endpoint| !is_everywhere(&endpoint.host)) {
            return Ok(Endpoint { port: None, ..endpoint });
        }
    }
    if processes.everybody {
        // Development: whatever is started, is started here.
        return Ok(Endpoint { host: "127.0.0.1".to_owned(), port: None });
    }
    bail!(
        "chaincode of external builders cannot reach this peer: neither {} nor peer.address names a machine; set \
         peer.chaincodeAddress to the host:port where it can",
        listen.setting
    )
}

/// Host, without the brackets of IPv6, and port.
fn split(address: &str) -> Option<Endpoint> {
    let (host, port) = address.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some(Endpoint { host, port: port.parse().ok() })
}

fn join(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn is_everywhere(host: &str) -> bool {
    host.is_empty() || host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str, environment: &[(&str, &str)]) -> anyhow::Result<ProcessSettings> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let source = Source::parse(yaml, "CORE", &environment).expect("YAML");
        ProcessSettings::from_source(&source, &environment, false)
    }

    #[test]
    fn builders_are_read_as_fabric_writes_them() {
        let yaml = "chaincode:\n  startuptimeout: 7s\n  externalBuilders:\n  - name: golang\n    path: /builders/golang\n    \
                    propagateEnvironment: [GOPROXY, UNSET]\n  - {name: old, path: /old, environmentWhitelist: [HOME]}\n  - \
                    {name: ccaas_builder, path: /opt/hyperledger/ccaas_builder}\n";
        let environment = [("GOPROXY", "direct"), ("HOME", "/root"), ("PATH", "/bin"), ("SECRET", "x")];
        let settings = read(yaml, &environment).expect("read");
        let found: Vec<_> = settings.builders.iter().map(|builder| (&*builder.name, &builder.environment)).collect();
        let variables = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let golang = variables(&[("GOPROXY", "direct"), ("PATH", "/bin")]);
        let old = variables(&[("HOME", "/root"), ("PATH", "/bin")]);
        assert_eq!(found, [("golang", &golang), ("old", &old)]);
        assert_eq!(
            (settings.install_timeout, settings.startup_timeout),
            (Duration::from_secs(300), Duration::from_secs(7))
        );
        assert!(settings.listens());
        assert!(!read("chaincode: {}", &[]).expect("read").listens());

        let variable = ("CORE_CHAINCODE_EXTERNALBUILDERS", "[{name: x, path: dir1}, {name: y, path: dir2}]");
        let names: Vec<_> =
            read(yaml, &[variable]).expect("read").builders.into_iter().map(|found| found.name).collect();
        assert_eq!(names, ["x", "y"]);
    }

    #[test]
    fn builders_without_name_or_path_are_refused() {
        for (entry, expected) in [
            ("{name: a}", "the builder 'a' has no path"),
            ("{path: /b}", "the builder at /b has no name"),
            ("a", "is not a list of builders"),
        ] {
            let error = read(&format!("chaincode: {{externalBuilders: [{entry}]}}"), &[]).err().expect("refused");
            assert!(error.to_string().contains(expected), "{entry}: {error}");
        }
    }

    #[test]
    fn addresses_are_taken_apart() {
        for (address, host, port) in [
            ("peer0:7052", "peer0", Some(7052)),
            ("[::1]:80", "::1", Some(80)),
            (":7052", "", Some(7052)),
            ("a:x", "a", None),
        ] {
            assert_eq!(split(address), Some(Endpoint { host: host.to_owned(), port }), "{address}");
        }
        assert_eq!(split("peer0"), None);
        assert_eq!(join("::1", 80), "[::1]:80");
        for (host, expected) in [("", true), ("0.0.0.0", true), ("::", true), ("127.0.0.1", false), ("peer0", false)] {
            assert_eq!(is_everywhere(host), expected, "{host}");
        }
    }
}
