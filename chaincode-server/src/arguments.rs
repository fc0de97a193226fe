//! The command line. Names of variables are those of Fabric's samples of chaincode as a service.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Parser;
use node::grpc::{ClientAuthentication, ClientTls, Endpoint, ServerOptions, ServerTls};

/// Runs a Wasm contract as Fabric chaincode, for a peer to connect to, or registered with a peer in development mode.
#[derive(Debug, Parser)]
#[command(
    name = "chaincode-server",
    version,
    after_help = "Examples:\n  chaincode-server basic.wasm --id basic_1.0:5a6b… --listen 0.0.0.0:9999\n  \
                  chaincode-server basic.wasm --id mine:1.0 --peer 127.0.0.1:7052"
)]
pub struct Arguments {
    /// The contract: a WebAssembly module or component
    pub contract: PathBuf,
    /// The chaincode's package id, by which the peer knows it [env: CHAINCODE_ID]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Where to listen for the peer [env: CHAINCODE_SERVER_ADDRESS]
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "peer")]
    listen: Option<String>,
    /// The peer in development mode to register with
    #[arg(long, value_name = "HOST:PORT")]
    peer: Option<String>,
    /// The server's certificate, PEM; without it connections are plain text [env: CHAINCODE_TLS_CERT]
    #[arg(long, value_name = "FILE", conflicts_with = "peer")]
    tls_cert: Option<PathBuf>,
    /// The key of --tls-cert, PEM [env: CHAINCODE_TLS_KEY]
    #[arg(long, value_name = "FILE", conflicts_with = "peer")]
    tls_key: Option<PathBuf>,
    /// Authorities of certificates that peers must have, PEM [env: CHAINCODE_CLIENT_CA_CERT]
    #[arg(long, value_name = "FILE", conflicts_with = "peer")]
    client_ca: Option<PathBuf>,
    /// Authorities of the peer's certificate for --peer, PEM; without it the connection is plain text
    #[arg(long, value_name = "FILE")]
    tls_root: Option<PathBuf>,
    /// A folder in which compiled code is kept; it must belong to this user alone
    #[arg(long, value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
    /// Time that a call may take, in seconds; the peer's chaincode.executetimeout ends it as well
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    execute_timeout: u64,
}

/// Who connects to whom.
pub enum Mode {
    /// The peer connects.
    Listen(Box<ServerOptions>),
    /// This program does.
    Register(Endpoint),
}

impl Arguments {
    /// Takes from the environment what no flag says.
    pub fn with_environment(mut self, environment: &BTreeMap<String, String>) -> Self {
        let value = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let file = |name: &str| value(name).map(PathBuf::from);
        self.id = self.id.or_else(|| value("CHAINCODE_ID")).or_else(|| value("CORE_CHAINCODE_ID_NAME"));
        // The variables say how to serve.
        if self.peer.is_some() {
            return self;
        }
        self.listen = self.listen.or_else(|| value("CHAINCODE_SERVER_ADDRESS"));
        if value("CHAINCODE_TLS_DISABLED").is_none_or(|disabled| disabled != "true") {
            self.tls_cert = self.tls_cert.or_else(|| file("CHAINCODE_TLS_CERT"));
            self.tls_key = self.tls_key.or_else(|| file("CHAINCODE_TLS_KEY"));
            self.client_ca = self.client_ca.or_else(|| file("CHAINCODE_CLIENT_CA_CERT"));
        }
        self
    }

    pub fn id(&self) -> anyhow::Result<&str> {
        let id = self.id.as_deref().filter(|id| !id.is_empty());
        id.context("say which chaincode this is, with --id PACKAGE_ID or the variable CHAINCODE_ID")
    }

    pub fn execute_timeout(&self) -> Duration {
        Duration::from_secs(self.execute_timeout)
    }

    pub fn mode(&self) -> anyhow::Result<Mode> {
        match (&self.listen, &self.peer) {
            (Some(address), _) => {
                ensure!(
                    self.tls_root.is_none(),
                    "--tls-root is for --peer; with --listen, --client-ca says which peers may connect"
                );
                let mut options = ServerOptions::new(address, "--listen");
                options.tls = self.server_tls()?;
                Ok(Mode::Listen(Box::new(options)))
            }
            (None, Some(address)) => {
                let tls = self.tls_root.as_ref().map(|root| -> anyhow::Result<ClientTls> {
                    Ok(ClientTls { roots_pem: vec![text(root)?], server_name: None, identity: None })
                });
                Ok(Mode::Register(Endpoint::new(address, tls.transpose()?)))
            }
            (None, None) => bail!(
                "say where to listen for the peer with --listen HOST:PORT, or which peer in development mode to \
                 register with with --peer HOST:PORT"
            ),
        }
    }

    fn server_tls(&self) -> anyhow::Result<Option<ServerTls>> {
        let (certificate, key) = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => {
                ensure!(self.client_ca.is_none(), "--client-ca needs --tls-cert and --tls-key");
                return Ok(None);
            }
            _ => bail!("--tls-cert and --tls-key belong together"),
        };
        let clients = match &self.client_ca {
            Some(roots) => ClientAuthentication::required(text(roots)?.as_bytes())
                .with_context(|| format!("reading {}", roots.display()))?,
            None => ClientAuthentication::Requested,
        };
        let tls = ServerTls::new(text(certificate)?.as_bytes(), text(key)?.as_bytes(), &clients);
        tls.map(Some).with_context(|| format!("using {} and {}", certificate.display(), key.display()))
    }
}

fn text(path: &PathBuf) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}
