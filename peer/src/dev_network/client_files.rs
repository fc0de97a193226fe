//! What clients need to reach a development network, as files and on the screen: variables for the `peer` command,
//! connection profiles for SDKs, and the description by which the `peer` command finds the network on its own.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use client::dev_network::{DevNetwork, Node, User};
use node::grpc::{ClientTls, Endpoint};
use serde_json::{Value, json};

use super::data_dir::{MARKER_FILE, PEER_DIR, write_whole};
use super::genesis::reachable;
use super::organizations::{Files, ORDERER_MSP_ID, ORDERER_NAME, PEER_MSP_ID, PEER_NAME, PEER_ORG, Security};

/// Shell lines to source.
const ENVIRONMENT_FILE: &str = "env.sh";
/// Directory of the `core.yaml` that Fabric's own `peer` command insists on.
const CONFIG_DIR: &str = "config";
const CORE_YAML: &str = "\
# For Fabric's own `peer` command, which needs a core.yaml to run. Everything is said by environment variables;
# `peer node start` of the development network does not read this file.
peer:
  BCCSP:
    Default: SW
    SW:
      Hash: SHA2
      Security: 256
";

/// Whether `dir` only holds the `core.yaml` that a development network writes for clients: no configuration of a peer.
pub fn is_client_configuration(dir: &Path) -> bool {
    dir.file_name().is_some_and(|name| name == CONFIG_DIR)
        && dir.parent().is_some_and(|parent| parent.join(MARKER_FILE).exists())
}

/// How a client in this process or another connects to a listener of the network.
pub(super) fn endpoint(listening: SocketAddr, tls: Option<ClientTls>) -> Endpoint {
    Endpoint::new(client_address(listening), tls)
}

fn client_address(listening: SocketAddr) -> String {
    let host = match listening {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    format!("{}:{}", reachable(&host), listening.port())
}

/// A running network as clients see it.
#[derive(Clone, Debug)]
pub(super) struct Description {
    pub(super) dir: PathBuf,
    /// Whether the `peer` command looks there by itself.
    pub(super) is_default_dir: bool,
    pub(super) channel_id: String,
    pub(super) peer: SocketAddr,
    pub(super) orderer: SocketAddr,
    pub(super) chaincode: Option<SocketAddr>,
    pub(super) security: Security,
    pub(super) files: Files,
}

impl Description {
    /// Writes all files, the one that announces the network last, and prints what to do next.
    pub(super) fn announce(&self) -> anyhow::Result<()> {
        let config = self.dir.join(CONFIG_DIR);
        std::fs::create_dir_all(&config).with_context(|| format!("cannot create {}", config.display()))?;
        write_whole(&config.join("core.yaml"), CORE_YAML.as_bytes())?;
        let environment = self.environment();
        write_whole(&self.dir.join(ENVIRONMENT_FILE), environment.as_bytes())?;
        let profile = self.connection_profile();
        let text = serde_json::to_vec_pretty(&profile).context("writing the connection profile")?;
        write_whole(&self.dir.join("connection-org1.json"), &text)?;
        let text = serde_yaml_ng::to_string(&profile).context("writing the connection profile")?;
        write_whole(&self.dir.join("connection-org1.yaml"), text.as_bytes())?;
        self.network().write(&self.dir).context("announcing the network")?;
        let mut output = std::io::stdout().lock();
        // Who does not read standard output does not get to stop the network.
        let _ = output.write_all(self.banner(&environment).as_bytes()).and_then(|()| output.flush());
        Ok(())
    }

    fn network(&self) -> DevNetwork {
        let node = |listening, msp_id: &str, ca: &Path| Node {
            address: client_address(listening),
            msp_id: msp_id.to_owned(),
            tls_ca_file: self.security.is_tls().then(|| ca.to_owned()),
            tls_server_name: None,
        };
        let user = |msp_dir: &Path| User {
            msp_id: PEER_MSP_ID.to_owned(),
            msp_dir: msp_dir.to_owned(),
            tls_dir: (self.security == Security::MutualTls).then(|| msp_dir.with_file_name("tls")),
        };
        DevNetwork {
            pid: std::process::id(),
            channel_id: self.channel_id.clone(),
            peer: node(self.peer, PEER_MSP_ID, &self.files.peer_tls_ca),
            orderer: node(self.orderer, ORDERER_MSP_ID, &self.files.orderer_tls_ca),
            chaincode_address: self.chaincode.map(client_address),
            admin: user(&self.files.admin_msp_dir),
            user: user(&self.files.user_msp_dir),
        }
    }

    /// Variables that Fabric's `peer` command and its scripts understand.
    fn environment(&self) -> String {
        let files = &self.files;
        let path = |path: &Path| shell_quoted(&path.display().to_string());
        let mut lines = String::new();
        let mut export = |name: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "export {name}={value}");
        };
        export("FABRIC_CFG_PATH", path(&self.dir.join(CONFIG_DIR)));
        export("CORE_PEER_LOCALMSPID", PEER_MSP_ID.to_owned());
        export("CORE_PEER_MSPCONFIGPATH", path(&files.admin_msp_dir));
        export("CORE_PEER_ADDRESS", client_address(self.peer));
        // For commands that read the peer's files.
        export("CORE_PEER_FILESYSTEMPATH", path(&self.dir.join(PEER_DIR)));
        export("CORE_PEER_TLS_ENABLED", self.security.is_tls().to_string());
        export("CORE_PEER_TLS_ROOTCERT_FILE", path(&files.peer_tls_ca));
        if self.security == Security::MutualTls {
            let tls_dir = files.admin_msp_dir.with_file_name("tls");
            let (certificate, key) = (path(&tls_dir.join("client.crt")), path(&tls_dir.join("client.key")));
            export("CORE_PEER_TLS_CLIENTAUTHREQUIRED", "true".to_owned());
            export("CORE_PEER_TLS_CLIENTCERT_FILE", certificate);
            export("CORE_PEER_TLS_CLIENTKEY_FILE", key);
        }
        export("ORDERER_ADDRESS", client_address(self.orderer));
        export("ORDERER_CA", path(&files.orderer_tls_ca));
        lines
    }

    /// A connection profile in the form that Fabric's SDKs read.
    fn connection_profile(&self) -> Value {
        let server = |listening, name: &str, ca: &Path| {
            let scheme = if self.security.is_tls() { "grpcs" } else { "grpc" };
            let mut server = json!({ "url": format!("{scheme}://{}", client_address(listening)) });
            if self.security.is_tls() {
                server["tlsCACerts"] = json!({ "path": ca });
                server["grpcOptions"] = json!({ "ssl-target-name-override": name, "hostnameOverride": name });
            }
            server
        };
        let roles = json!({ "endorsingPeer": true, "chaincodeQuery": true, "ledgerQuery": true, "eventSource": true });
        json!({
            "name": "weft-dev",
            "version": "1.0.0",
            "client": {
                "organization": PEER_ORG,
                "connection": { "timeout": { "peer": { "endorser": "300" }, "orderer": "300" } }
            },
            "channels": {
                self.channel_id.clone(): { "orderers": [ORDERER_NAME], "peers": { PEER_NAME: roles } }
            },
            "organizations": {
                PEER_ORG: {
                    "mspid": PEER_MSP_ID,
                    "peers": [PEER_NAME],
                    "adminPrivateKey": { "path": self.files.admin_msp_dir.join("keystore/priv_sk") },
                    "signedCert": { "path": self.files.admin_msp_dir.join("signcerts") }
                }
            },
            "orderers": { ORDERER_NAME: server(self.orderer, ORDERER_NAME, &self.files.orderer_tls_ca) },
            "peers": { PEER_NAME: server(self.peer, PEER_NAME, &self.files.peer_tls_ca) }
        })
    }

    fn banner(&self, environment: &str) -> String {
        let dir = self.dir.display();
        let channel = &self.channel_id;
        format!(
            "\nThe development network is up: channel {channel}, peer {}, orderer {}{}{}.\n\n\
             In another terminal:\n{}\
             \x20 peer chaincode install contract.wasm\n\
             \x20 peer chaincode invoke -C {channel} -n contract -c '{{\"Args\":[\"InitLedger\"]}}'\n\n\
             For Fabric's own tools (the commands above need nothing of it): source {dir}/{ENVIRONMENT_FILE}\n\
             {environment}\n\
             For SDKs: {dir}/connection-org1.json (and .yaml), user certificate and key in\n\
             \x20 {}\n\nCtrl-C stops it; the next start goes on from here, --reset starts over.\n\n",
            client_address(self.peer),
            client_address(self.orderer),
            self.chaincode.map(|address| format!(", chaincode {}", client_address(address))).unwrap_or_default(),
            match self.security {
                Security::Plain => "",
                Security::Tls => ", with TLS",
                Security::MutualTls => ", with mutual TLS",
            },
            if self.is_default_dir {
                String::new()
            } else {
                format!("  export WEFT_DEV_HOME={}\n", shell_quoted(&dir.to_string()))
            },
            self.files.user_msp_dir.display(),
        )
    }
}

fn shell_quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@%,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_shell() {
        assert_eq!(shell_quoted("/home/a/dev"), "/home/a/dev");
        assert_eq!(shell_quoted("/home/a b/it's"), r"'/home/a b/it'\''s'");
        assert_eq!(shell_quoted("$(rm)"), "'$(rm)'");
    }

    #[test]
    fn clients_connect_to_an_address_that_exists() {
        let address = |text: &str| client_address(text.parse().expect("an address"));
        assert_eq!(address("0.0.0.0:7051"), "127.0.0.1:7051");
        assert_eq!(address("[::]:7051"), "[::1]:7051");
        assert_eq!(address("10.0.0.7:1"), "10.0.0.7:1");
    }
}
