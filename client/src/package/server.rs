//! Packages that hold no contract but say where a chaincode serves: Fabric's "chaincode as a service"
//! (Fabric `ccaas_builder`, `core/container/externalbuilder/instance.go`).

use std::time::Duration;

use serde::Deserialize;

use super::{CODE_FILE, Package, PackageError, for_each_file, read_bounded};

/// The `type` of such packages.
pub const SERVICE_TYPE: &str = "ccaas";
/// The file in the inner archive that says where the chaincode is.
const CONNECTION_FILE: &str = "connection.json";
/// Largest `connection.json`, with its certificates.
const CONNECTION_BYTES_MAX: u64 = 256 << 10;
/// Fabric's default for connecting.
const DIAL_TIMEOUT: Duration = Duration::from_secs(3);

/// Where a chaincode serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChaincodeServer {
    /// `host:port`
    pub address: String,
    /// Time to connect.
    pub dial_timeout: Duration,
    /// PEM texts for TLS; plain text without them.
    pub tls: Option<ServerTls>,
}

/// How a chaincode server shows itself, and the peer itself to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerTls {
    /// The authority of the server's certificate.
    pub root_cert: String,
    /// Certificate and key of the peer, where the server asks for them.
    pub client: Option<(String, String)>,
}

#[derive(Deserialize)]
struct Connection {
    address: String,
    #[serde(default)]
    dial_timeout: String,
    #[serde(default)]
    tls_required: bool,
    #[serde(default)]
    client_auth_required: bool,
    #[serde(default)]
    client_key: String,
    #[serde(default)]
    client_cert: String,
    #[serde(default)]
    root_cert: String,
}

impl Package {
    /// Whether the package names a chaincode server.
    pub fn is_service(&self) -> bool {
        self.metadata.kind.eq_ignore_ascii_case(SERVICE_TYPE)
    }

    /// The server that a package of the type [`SERVICE_TYPE`] names.
    pub fn server(&self) -> Result<ChaincodeServer, PackageError> {
        let mut found = None;
        for_each_file(&self.code, CODE_FILE, |name, contents| {
            if name.trim_start_matches("./") != CONNECTION_FILE {
                return Ok(());
            }
            if found.is_some() {
                return Err(PackageError::NotOne(CONNECTION_FILE));
            }
            found = Some(read_bounded(contents, CONNECTION_BYTES_MAX, CONNECTION_FILE)?);
            Ok(())
        })?;
        ChaincodeServer::parse(&found.ok_or(PackageError::NotOne(CONNECTION_FILE))?)
    }
}

impl ChaincodeServer {
    /// Reads the text of a `connection.json`.
    pub fn parse(text: &[u8]) -> Result<ChaincodeServer, PackageError> {
        if text.len() as u64 > CONNECTION_BYTES_MAX {
            return Err(PackageError::UnpacksTooLarge { archive: CONNECTION_FILE, limit: CONNECTION_BYTES_MAX });
        }
        let connection: Connection = serde_json::from_slice(text).map_err(PackageError::Connection)?;
        connection.check().map_err(PackageError::Server)
    }
}

/// A name or an IP address, as far as their letters go.
fn is_host(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]%".contains(&byte))
}

/// Whether there is a PEM block, and nothing that is none.
fn is_pem(text: &str) -> bool {
    pem::parse_many(text).is_ok_and(|blocks| !blocks.is_empty())
}

impl Connection {
    /// The texts of what is missing are Fabric's.
    fn check(self) -> Result<ChaincodeServer, String> {
        if self.address.is_empty() {
            return Err("chaincode address not provided".to_owned());
        }
        if self.address.contains("{{") {
            return Err(format!("the address '{}' is a template, and this peer fills in none", self.address));
        }
        let port = self.address.rsplit_once(':').filter(|(host, _)| !host.is_empty() && is_host(host));
        if !port.is_some_and(|(_, port)| port.parse::<u16>().is_ok_and(|port| port != 0)) {
            return Err(format!("the address '{}' is not host:port", self.address.escape_debug()));
        }
        let dial_timeout = match self.dial_timeout.as_str() {
            "" => DIAL_TIMEOUT,
            text => node::config::parse_duration(text)
                .filter(|timeout| !timeout.is_zero())
                .ok_or_else(|| format!("dial_timeout '{text}' is no duration such as 10s"))?,
        };
        let tls = self.tls_required.then(|| self.tls()).transpose()?;
        Ok(ChaincodeServer { address: self.address, dial_timeout, tls })
    }

    fn tls(&self) -> Result<ServerTls, String> {
        let given = |text: &str, what: &str| match text {
            "" => Err(format!("{what} not provided")),
            text if !is_pem(text) => Err(format!("{what} is not PEM")),
            text => Ok(text.to_owned()),
        };
        let client = match self.client_auth_required {
            false => None,
            true => Some((given(&self.client_cert, "client_cert")?, given(&self.client_key, "client_key")?)),
        };
        Ok(ServerTls { root_cert: given(&self.root_cert, "root_cert")?, client })
    }
}
