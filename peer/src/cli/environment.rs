//! Where the network is and as whom a command acts: `CORE_` variables and `core.yaml`, or the development network that
//! runs on this machine.

mod profile;
mod wording;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use client::dev_network::{self, DevNetwork};
use client::{Client, ConnectError, Orderer, Peer, RequestError};
use futures::future::try_join_all;
use msp::{KeyStore, SigningIdentity};
use node::config::Source;
use node::grpc::{ClientIdentity, ClientTls, Endpoint};

use peer::dev_network::PEER_DIR;
use peer::node_start::DEFAULT_DATA_DIR;

use super::flags::{OrdererFlags, PeerFlags};
use wording::{Asker, OrdererUse};

/// Largest certificate or key file read, in bytes.
const MAX_PEM_BYTES: u64 = 1 << 20;

/// What to do when nothing says where a peer is.
const HOW_TO_START: &str = "start one in another terminal with\n    peer node start --chaincode-dev\nor say where it keeps \
                            its data with WEFT_DEV_HOME (its --data-dir), or which network to \
     use with CORE_PEER_ADDRESS, CORE_PEER_LOCALMSPID and CORE_PEER_MSPCONFIGPATH (or FABRIC_CFG_PATH and a core.yaml)";

/// The environment variables whose names and values are text; others are none of ours.
pub fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// A command's view of the network.
pub struct Environment {
    /// Signs and waits.
    pub client: Client,
    origin: Origin,
    /// How long to try to connect to a peer.
    connection_timeout: Duration,
}

enum Origin {
    Configured(Source),
    Development { network: Box<DevNetwork>, dir: PathBuf },
}

impl Environment {
    /// Finds the network and loads the identity.
    pub fn load() -> anyhow::Result<Self> {
        let variables = variables();
        let dir = match place(&variables)? {
            Place::Configured(source) => return Self::configured(source),
            Place::Development(dir) => dir,
        };
        match DevNetwork::read(&dir)? {
            Some(network) => Self::development(network, dir),
            None => bail!(
                "no development network is running (there is no {}); {HOW_TO_START}",
                dir.join(dev_network::FILE_NAME).display()
            ),
        }
    }

    fn configured(source: Source) -> anyhow::Result<Self> {
        let msp_dir = source.path("peer.mspConfigPath")?.with_context(|| match source.file() {
            Some(_) => "no MSP directory: set CORE_PEER_MSPCONFIGPATH, or peer.mspConfigPath in core.yaml",
            None => {
                "no MSP directory: set CORE_PEER_MSPCONFIGPATH, or peer.mspConfigPath in core.yaml; a development network \
                 is used where no variable CORE_... is set, so unset those that are for its peer"
            }
        })?;
        let msp_id = source.text("peer.localMspId")?;
        let msp_id = msp_id
            .context("the local MSP must have an ID: set CORE_PEER_LOCALMSPID, or peer.localMspId in core.yaml")?;
        let connection_timeout = source.duration("peer.client.connTimeout")?.filter(|timeout| !timeout.is_zero());
        Ok(Self {
            client: Client::new(identity(&msp_dir, &msp_id, &peer::bccsp::key_store(&source)?)?),
            origin: Origin::Configured(source),
            connection_timeout: connection_timeout.unwrap_or(Duration::from_secs(3)),
        })
    }

    fn development(network: DevNetwork, dir: PathBuf) -> anyhow::Result<Self> {
        Ok(Self {
            client: Client::new(identity(&network.admin.msp_dir, &network.admin.msp_id, &KeyStore::Files(None))?),
            origin: Origin::Development { network: Box::new(network), dir },
            connection_timeout: Duration::from_secs(3),
        })
    }

    /// Whether the command speaks to the development network.
    pub fn is_development(&self) -> bool {
        matches!(self.origin, Origin::Development { .. })
    }

    /// The channel that was given, else the development network's own.
    pub fn channel_id(&self, given: &str) -> Option<String> {
        match &self.origin {
            _ if !given.is_empty() => Some(given.to_owned()),
            Origin::Development { network, .. } => Some(network.channel_id.clone()),
            Origin::Configured(_) => None,
        }
    }

    /// Where the peer of this machine keeps its data.
    pub fn peer_data_dir(&self) -> anyhow::Result<PathBuf> {
        Ok(match &self.origin {
            Origin::Configured(source) => {
                source.path("peer.fileSystemPath")?.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR))
            }
            Origin::Development { dir, .. } => dir.join(PEER_DIR),
        })
    }

    /// Connects to the one peer of a command of `peer chaincode` that takes no more.
    pub async fn peer(&self, command: &str, flags: &PeerFlags, target: Target<'_>) -> anyhow::Result<Peer> {
        self.one_peer(Asker::Chaincode(command), flags, target).await
    }

    /// The same for a command of `peer lifecycle chaincode`.
    pub async fn lifecycle_peer(&self, command: &str, flags: &PeerFlags, target: Target<'_>) -> anyhow::Result<Peer> {
        self.one_peer(Asker::Lifecycle(command), flags, target).await
    }

    /// The peer of `peer channel`: the one that the configuration names.
    pub async fn channel_peer(&self) -> anyhow::Result<Peer> {
        self.connect(Asker::Channel, self.own_peer()?).await
    }

    /// The peer of `peer logging` and `peer node status`: the one that the configuration names.
    pub async fn administered_peer(&self) -> anyhow::Result<Peer> {
        self.connect(Asker::Admin, self.own_peer()?).await
    }

    /// The peer of `peer snapshot`; `address` is empty for the one that the configuration names. With TLS a file with the
    /// authority of its certificate must be given.
    pub async fn snapshot_peer(&self, address: &str, tls_root_cert_file: &str) -> anyhow::Result<Peer> {
        let endpoint = if self.is_development() && tls_root_cert_file.is_empty() && address.is_empty() {
            self.own_peer()?
        } else {
            let has_tls = self.peer_tls()?;
            ensure!(
                !has_tls || !tls_root_cert_file.is_empty(),
                "the required parameter 'tlsRootCertFile' is empty. Rerun the command with --tlsRootCertFile flag"
            );
            if address.is_empty() {
                self.own_peer()?
            } else {
                let root = has_tls.then(|| read_pem(Path::new(tls_root_cert_file))).transpose()?;
                self.peer_endpoint(address.to_owned(), root)?
            }
        };
        self.connect(Asker::Snapshot, endpoint).await
    }

    async fn one_peer(&self, asker: Asker<'_>, flags: &PeerFlags, target: Target<'_>) -> anyhow::Result<Peer> {
        asker.refuse_several(flags.addresses.len())?;
        let endpoints = self.peer_endpoints(asker, flags, target)?;
        asker.refuse_several(endpoints.len())?;
        let endpoint = endpoints.into_iter().next().context("the connection profile names no peer for this command")?;
        self.connect(asker, endpoint).await
    }

    /// Connects to all peers of `peer chaincode invoke`.
    pub async fn peers(&self, flags: &PeerFlags, target: Target<'_>) -> anyhow::Result<Vec<Peer>> {
        self.all_peers(Asker::Chaincode("invoke"), flags, target).await
    }

    /// Connects to all peers of a command of `peer lifecycle chaincode`.
    pub async fn lifecycle_peers(
        &self,
        command: &str,
        flags: &PeerFlags,
        target: Target<'_>,
    ) -> anyhow::Result<Vec<Peer>> {
        self.all_peers(Asker::Lifecycle(command), flags, target).await
    }

    async fn all_peers(&self, asker: Asker<'_>, flags: &PeerFlags, target: Target<'_>) -> anyhow::Result<Vec<Peer>> {
        let endpoints = self.peer_endpoints(asker, flags, target)?;
        ensure!(!endpoints.is_empty(), "the connection profile names no endorsing peer on the channel");
        try_join_all(endpoints.into_iter().map(|endpoint| self.connect(asker, endpoint))).await
    }

    async fn connect(&self, asker: Asker<'_>, mut endpoint: Endpoint) -> anyhow::Result<Peer> {
        endpoint.connect_timeout = self.connection_timeout;
        let connected = Peer::connect(&endpoint).await;
        connected.map_err(|error| {
            let failed = self.unreachable(asker.client(), &endpoint.address, &error);
            match asker.no_client() {
                Some(what) if !self.is_development() => failed.context(what),
                _ => failed,
            }
        })
    }

    /// Says what a failed connection means.
    fn unreachable(&self, who: &str, address: &str, error: &ConnectError) -> anyhow::Error {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let cause = cause.to_string();
        let hint = if cause.contains("InvalidContentType") {
            "; the other side does not seem to use TLS: unset CORE_PEER_TLS_ENABLED, or leave out --tls"
        } else {
            ""
        };
        let failed = anyhow!("{who} failed to connect to {address}: {cause}{hint}");
        match &self.origin {
            Origin::Development { network, dir } if [&network.peer, &network.orderer].iter().any(|node| node.address == address) => failed.context(format!(
                "the development network in {} (process {}) does not answer; start it in another terminal with\n    \
                 peer node start --chaincode-dev\nThe cause is",
                dir.display(),
                network.pid
            )),
            _ => failed,
        }
    }

    fn peer_endpoints(&self, asker: Asker<'_>, flags: &PeerFlags, target: Target<'_>) -> anyhow::Result<Vec<Endpoint>> {
        if let Some(path) = &flags.connection_profile {
            let listed = profile::peers(path, target).context(asker.bad_parameters())?;
            if !listed.is_empty() {
                return listed.into_iter().map(|peer| self.peer_endpoint(peer.address, peer.tls_root)).collect();
            }
        }
        if flags.addresses.is_empty() {
            return Ok(vec![self.own_peer()?]);
        }
        let roots = &flags.tls_root_cert_files;
        if self.peer_tls()? && !self.is_development() && roots.len() != flags.addresses.len() {
            bail!(
                "{}: number of peer addresses ({}) does not match the number of TLS root cert files ({})",
                asker.bad_parameters(),
                flags.addresses.len(),
                roots.len()
            );
        }
        let endpoint = |(index, address): (usize, &String)| {
            let root = roots.get(index).filter(|root| !root.is_empty());
            let root = root.map(|path| read_pem(Path::new(path))).transpose()?;
            self.peer_endpoint(address.clone(), root)
        };
        flags.addresses.iter().enumerate().map(endpoint).collect()
    }

    fn peer_tls(&self) -> anyhow::Result<bool> {
        Ok(match &self.origin {
            Origin::Configured(source) => source.flag("peer.tls.enabled")?.unwrap_or(false),
            Origin::Development { network, .. } => network.peer.tls_ca_file.is_some(),
        })
    }

    /// The peer that the configuration names.
    fn own_peer(&self) -> anyhow::Result<Endpoint> {
        match &self.origin {
            Origin::Development { network, .. } => self.peer_endpoint(network.peer.address.clone(), None),
            Origin::Configured(source) => {
                let address = source.text("peer.address")?;
                let address =
                    address.context("no peer address: set CORE_PEER_ADDRESS, or peer.address in core.yaml")?;
                let root = match source.path("peer.tls.rootcert.file")? {
                    Some(path) if self.peer_tls()? => {
                        Some(read_pem(&path).context("unable to load peer.tls.rootcert.file")?)
                    }
                    _ => None,
                };
                self.peer_endpoint(address, root)
            }
        }
    }

    /// An endpoint with this environment's TLS settings; `root` is the PEM of the peer's own authority.
    fn peer_endpoint(&self, address: String, root: Option<String>) -> anyhow::Result<Endpoint> {
        if !self.peer_tls()? {
            return Ok(Endpoint::new(address, None));
        }
        let tls = match &self.origin {
            Origin::Development { network, .. } => development_tls(network, &network.peer, root)?,
            Origin::Configured(source) => ClientTls {
                roots_pem: vec![root.with_context(|| format!("tls root cert file must be set for {address}"))?],
                server_name: source.text("peer.tls.serverhostoverride")?,
                identity: client_certificate(source)?,
            },
        };
        Ok(Endpoint::new(address, Some(tls)))
    }

    /// Connects to the ordering service for `peer chaincode`: the one given, else the development network's, else the first
    /// that the channel's configuration names.
    pub async fn orderer(&self, flags: &OrdererFlags, peer: &Peer, channel_id: &str) -> anyhow::Result<Orderer> {
        self.channel_orderer(OrdererUse::Chaincode, flags, peer, channel_id).await
    }

    /// The same for `peer lifecycle chaincode`.
    pub async fn lifecycle_orderer(
        &self,
        flags: &OrdererFlags,
        peer: &Peer,
        channel_id: &str,
    ) -> anyhow::Result<Orderer> {
        self.channel_orderer(OrdererUse::Lifecycle, flags, peer, channel_id).await
    }

    /// Connects to the orderer given for reading blocks.
    pub async fn block_orderer(&self, flags: &OrdererFlags) -> anyhow::Result<Orderer> {
        self.connect_orderers(OrdererUse::Blocks, flags, &flags.orderer).await
    }

    /// Connects to the orderer that takes a channel's configuration: the one given, else the development network's.
    pub async fn config_orderer(&self, flags: &OrdererFlags) -> anyhow::Result<Orderer> {
        let addresses = match &self.origin {
            Origin::Development { network, .. } if flags.orderer.is_empty() => &network.orderer.address,
            _ => &flags.orderer,
        };
        ensure!(
            !addresses.is_empty(),
            "ordering service endpoint {addresses} is not valid or missing; give one with -o"
        );
        self.connect_orderers(OrdererUse::Config, flags, addresses).await
    }

    async fn channel_orderer(
        &self,
        purpose: OrdererUse,
        flags: &OrdererFlags,
        peer: &Peer,
        channel_id: &str,
    ) -> anyhow::Result<Orderer> {
        let addresses = match &self.origin {
            _ if !flags.orderer.is_empty() => flags.orderer.clone(),
            Origin::Development { network, .. } => network.orderer.address.clone(),
            Origin::Configured(_) => {
                let config = self.client.channel_config(peer, channel_id).await;
                let config = config.map_err(|error| match error {
                    RequestError::Refused { status, message } => {
                        anyhow!("error bad proposal response {status}: {message}")
                    }
                    error => anyhow!("error endorsing GetChannelConfig: {error}"),
                });
                let config =
                    config.with_context(|| format!("error getting channel ({channel_id}) orderer endpoint"))?;
                let first = client::system::orderer_addresses(&config).into_iter().next();
                let first = first.with_context(|| {
                    format!("no orderer endpoints retrieved for channel {channel_id}, pass orderer endpoint with -o flag instead")
                })?;
                tracing::info!(target: "chaincodeCmd", "Retrieved channel ({channel_id}) orderer endpoint: {first}");
                first
            }
        };
        self.connect_orderers(purpose, flags, &addresses).await
    }

    /// Connects to one orderer, or to several whose addresses are separated by commas, as the flags say.
    async fn connect_orderers(
        &self,
        purpose: OrdererUse,
        flags: &OrdererFlags,
        addresses: &str,
    ) -> anyhow::Result<Orderer> {
        let connect = async |address: &str| {
            let mut endpoint = Endpoint::new(address, self.orderer_tls(flags)?);
            endpoint.connect_timeout = flags.connection_timeout;
            endpoint.tls_time_shift = flags.tls_handshake_time_shift;
            let connected = Orderer::connect(&endpoint).await;
            connected.map_err(|error| {
                let failed = self.unreachable("orderer client", &endpoint.address, &error);
                if self.is_development() { failed } else { failed.context(purpose.no_client()) }
            })
        };
        let mut orderers = try_join_all(addresses.split(',').map(connect)).await?;
        let first = orderers.remove(0);
        Ok(first.with_others(orderers))
    }

    fn orderer_tls(&self, flags: &OrdererFlags) -> anyhow::Result<Option<ClientTls>> {
        let root = flags.cafile.as_deref().map(read_pem).transpose().context("unable to load --cafile")?;
        let mut tls = match &self.origin {
            Origin::Development { network, .. } if network.orderer.tls_ca_file.is_some() => {
                development_tls(network, &network.orderer, root)?
            }
            _ if !flags.tls => return Ok(None),
            _ => ClientTls {
                roots_pem: vec![root.context("--tls needs --cafile with the orderer's TLS root certificate")?],
                ..ClientTls::default()
            },
        };
        if flags.tls_hostname_override.is_some() {
            tls.server_name.clone_from(&flags.tls_hostname_override);
        }
        if flags.clientauth {
            let (Some(key), Some(certificate)) = (&flags.keyfile, &flags.certfile) else {
                bail!("--clientauth needs --keyfile and --certfile");
            };
            tls.identity = Some(ClientIdentity { certificate_pem: read_pem(certificate)?, key_pem: read_pem(key)? });
        }
        Ok(Some(tls))
    }
}

/// Which peers of a connection profile a command is for.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// The endorsing peers of a channel.
    Channel(&'a str),
    /// One peer by name; empty when `--targetPeer` is missing.
    Peer(&'a str),
}

fn development_tls(network: &DevNetwork, node: &dev_network::Node, root: Option<String>) -> anyhow::Result<ClientTls> {
    let own = node.tls_ca_file.as_deref().map(read_pem).transpose()?;
    Ok(ClientTls {
        roots_pem: root.into_iter().chain(own).collect(),
        server_name: node.tls_server_name.clone(),
        identity: network.admin.tls_identity()?,
    })
}

fn client_certificate(source: &Source) -> anyhow::Result<Option<ClientIdentity>> {
    if !source.flag("peer.tls.clientAuthRequired")?.unwrap_or(false) {
        return Ok(None);
    }
    let load = |key: &str| -> anyhow::Result<String> {
        let path = source.path(key)?.with_context(|| format!("{key} is not set"))?;
        read_pem(&path).with_context(|| format!("unable to load {key}"))
    };
    let key_pem = load("peer.tls.clientKey.file")?;
    Ok(Some(ClientIdentity { certificate_pem: load("peer.tls.clientCert.file")?, key_pem }))
}

/// Whose configuration a command follows.
enum Place {
    Configured(Source),
    /// The directory of a development network, whether it is there or not.
    Development(PathBuf),
}

fn place(variables: &BTreeMap<String, String>) -> anyhow::Result<Place> {
    let source = Source::open("core", "CORE", variables)?;
    if source.file().is_some() || source.has_overrides() {
        return Ok(Place::Configured(source));
    }
    if let Some(dir) = variables.get(node::config::PATH_VARIABLE).filter(|dir| !dir.is_empty()) {
        bail!(
            "FABRIC_CFG_PATH is {dir}, where there is no core.yaml; correct it, or unset it to use a development network"
        );
    }
    match DevNetwork::default_dir(|name| variables.get(name).cloned()) {
        Some(dir) => Ok(Place::Development(dir)),
        None => bail!("no network is configured and no home directory is known; {HOW_TO_START}"),
    }
}

/// Where the peer of this machine keeps its data, for commands that act as nobody.
pub fn peer_data_dir() -> anyhow::Result<PathBuf> {
    match place(&variables())? {
        Place::Configured(source) => {
            Ok(source.path("peer.fileSystemPath")?.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR)))
        }
        Place::Development(dir) if dir.join(PEER_DIR).is_dir() => Ok(dir.join(PEER_DIR)),
        Place::Development(dir) => {
            bail!("no peer has data on this machine (there is no {}); {HOW_TO_START}", dir.join(PEER_DIR).display())
        }
    }
}

fn identity(msp_dir: &Path, msp_id: &str, keys: &KeyStore) -> anyhow::Result<Arc<SigningIdentity>> {
    ensure!(
        msp_dir.exists(),
        "Cannot run peer because cannot init crypto, specified path \"{}\" does not exist or cannot be accessed",
        msp_dir.display()
    );
    ensure!(
        msp_dir.is_dir(),
        "Cannot run peer because cannot init crypto, specified path \"{}\" is not a directory",
        msp_dir.display()
    );
    let loaded = SigningIdentity::load(msp_dir, msp_id, keys);
    let identity = loaded.with_context(|| format!("loading the identity in {}", msp_dir.display()))?;
    identity.check_expiry(std::time::SystemTime::now())?;
    Ok(Arc::new(identity))
}

/// Reads a file of text that cannot be long.
fn read_pem(path: &Path) -> anyhow::Result<String> {
    read_text(path, MAX_PEM_BYTES)
}

/// Reads a text file of at most `limit` bytes.
pub fn read_text(path: &Path, limit: u64) -> anyhow::Result<String> {
    let bytes = read_file(path, limit)?;
    String::from_utf8(bytes).with_context(|| format!("{} is not text", path.display()))
}

/// Reads a file of at most `limit` bytes; a failure to open it is told as Go tells it.
pub fn read_file_as_go(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    if let Err(error) = std::fs::File::open(path) {
        let cause = error.to_string().to_ascii_lowercase();
        let cause = cause.split(" (os error").next().unwrap_or_default();
        bail!("open {}: {cause}", path.display());
    }
    read_file(path, limit)
}

/// Reads a file of at most `limit` bytes.
pub fn read_file(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    read.with_context(|| format!("reading {}", path.display()))?;
    ensure!(bytes.len() as u64 <= limit, "{} has more than {limit} bytes", path.display());
    Ok(bytes)
}
