//! The file by which a running development network makes itself known to commands on the same machine.
//!
//! `peer node start --chaincode-dev` writes it once everything listens; the `peer` command reads it when no
//! configuration says where a peer is.

use std::path::{Path, PathBuf};

use node::grpc::ClientIdentity;
use serde::{Deserialize, Serialize};

/// Name of the file inside the network's directory.
pub const FILE_NAME: &str = "network.json";

/// A longer file is not ours; keeps a mistaken path from filling memory.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The development network of one machine user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevNetwork {
    /// Process id of the node that wrote the file.
    pub pid: u32,
    /// The channel that the network created.
    pub channel_id: String,
    /// The peer.
    pub peer: Node,
    /// The ordering service.
    pub orderer: Node,
    /// `host:port` where chaincode processes register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chaincode_address: Option<String>,
    /// Who administers the peer's organisation; commands act as this identity.
    pub admin: User,
    /// An ordinary client of the same organisation.
    pub user: User,
}

/// One server of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// `host:port` to connect to.
    pub address: String,
    /// The organisation's MSP ID.
    pub msp_id: String,
    /// PEM file with the TLS authority's certificate; absent when the server does not use TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_ca_file: Option<PathBuf>,
    /// Name that the server's TLS certificate carries, if it differs from the address's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_server_name: Option<String>,
}

/// An identity with its key on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The organisation's MSP ID.
    pub msp_id: String,
    /// MSP directory (`signcerts`, `keystore`, ...).
    pub msp_dir: PathBuf,
    /// Directory with `client.crt` and `client.key`, which the servers want to see; absent where they do not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_dir: Option<PathBuf>,
}

impl User {
    /// What this user shows to servers that ask for a certificate; nothing where they do not.
    pub fn tls_identity(&self) -> Result<Option<ClientIdentity>, NetworkFileError> {
        let Some(dir) = &self.tls_dir else { return Ok(None) };
        let read = |name: &str| {
            let path = dir.join(name);
            std::fs::read_to_string(&path).map_err(|source| NetworkFileError::Read { path, source })
        };
        Ok(Some(ClientIdentity { certificate_pem: read("client.crt")?, key_pem: read("client.key")? }))
    }
}

/// Reading or writing the network file failed.
#[derive(Debug, thiserror::Error)]
pub enum NetworkFileError {
    /// The file could not be read.
    #[error("reading {}", path.display())]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a network description.
    #[error("{} does not describe a development network; starting the network again writes it anew", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The file could not be written.
    #[error("writing {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl DevNetwork {
    /// The directory that the network uses unless it is told otherwise: `$WEFT_DEV_HOME`, else `$XDG_STATE_HOME/weft/dev`,
    /// else `~/.local/state/weft/dev`. `env` looks a variable up. `None` when not even a home directory is known.
    pub fn default_dir(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set("WEFT_DEV_HOME")
            .or_else(|| set("XDG_STATE_HOME").map(|state| state.join("weft/dev")))
            .or_else(|| set("HOME").map(|home| home.join(".local/state/weft/dev")))
    }

    /// Reads the description in `dir`; `None` when there is none.
    pub fn read(dir: &Path) -> Result<Option<Self>, NetworkFileError> {
        use std::io::Read;
        let path = dir.join(FILE_NAME);
        let mut text = String::new();
        let read = std::fs::File::open(&path).and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text));
        match read {
            Ok(_) => serde_json::from_str(&text).map(Some).map_err(|source| NetworkFileError::Parse { path, source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(NetworkFileError::Read { path, source }),
        }
    }

    /// Writes the description into `dir`, so that a reader sees all of it or nothing.
    pub fn write(&self, dir: &Path) -> Result<(), NetworkFileError> {
        let path = dir.join(FILE_NAME);
        let text = serde_json::to_vec_pretty(self).expect("a description has only string keys");
        let unfinished = path.with_extension("json.new");
        std::fs::write(&unfinished, text)
            .and_then(|()| std::fs::rename(&unfinished, &path))
            .map_err(|source| NetworkFileError::Write { path, source })
    }

    /// Removes the description when the network ends; a missing file is fine.
    pub fn remove(dir: &Path) -> std::io::Result<()> {
        match std::fs::remove_file(dir.join(FILE_NAME)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_directory_follows_the_environment() {
        type Case = (&'static [(&'static str, &'static str)], Option<&'static str>);
        let cases: [Case; 5] = [
            (&[("WEFT_DEV_HOME", "/a"), ("XDG_STATE_HOME", "/b"), ("HOME", "/c")], Some("/a")),
            (&[("XDG_STATE_HOME", "/b"), ("HOME", "/c")], Some("/b/weft/dev")),
            (&[("HOME", "/c")], Some("/c/.local/state/weft/dev")),
            (&[("WEFT_DEV_HOME", ""), ("HOME", "/c")], Some("/c/.local/state/weft/dev")),
            (&[], None),
        ];
        for (env, expected) in cases {
            let found = DevNetwork::default_dir(|name| {
                env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            });
            assert_eq!(found.as_deref(), expected.map(Path::new), "{env:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().expect("temporary directory");
        assert_eq!(DevNetwork::read(dir.path()).expect("readable"), None);
        let node = |port: u16| Node {
            address: format!("127.0.0.1:{port}"),
            msp_id: "Org1MSP".into(),
            tls_ca_file: (port == 7051).then(|| "/tls/ca.crt".into()),
            tls_server_name: None,
        };
        let user = User {
            msp_id: "Org1MSP".into(),
            msp_dir: "/users/Admin/msp".into(),
            tls_dir: Some("/users/Admin/tls".into()),
        };
        let network = DevNetwork {
            pid: 7,
            channel_id: "mychannel".into(),
            peer: node(7051),
            orderer: node(7050),
            chaincode_address: Some("127.0.0.1:7052".into()),
            admin: user.clone(),
            user,
        };
        network.write(dir.path()).expect("writable");
        assert_eq!(DevNetwork::read(dir.path()).expect("readable"), Some(network));
        DevNetwork::remove(dir.path()).expect("removable");
        DevNetwork::remove(dir.path()).expect("missing is fine");
        std::fs::write(dir.path().join(FILE_NAME), "{").expect("writable");
        assert!(matches!(DevNetwork::read(dir.path()), Err(NetworkFileError::Parse { .. })));
    }
}
