//! Connection profiles: the part that says where peers are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::{Target, read_pem, read_text};

/// Largest profile read, in bytes.
const MAX_PROFILE_BYTES: u64 = 4 << 20;

/// A peer of a profile.
#[derive(Debug, PartialEq, Eq)]
pub struct ListedPeer {
    /// `host:port`.
    pub address: String,
    /// PEM of its TLS authority, if the profile has one.
    pub tls_root: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    channels: BTreeMap<String, ProfileChannel>,
    peers: BTreeMap<String, ProfilePeer>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProfileChannel {
    peers: BTreeMap<String, ChannelPeer>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ChannelPeer {
    endorsing_peer: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ProfilePeer {
    url: String,
    #[serde(rename = "tlsCACerts")]
    tls_ca_certs: TlsAuthority,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TlsAuthority {
    path: Option<PathBuf>,
    pem: Option<String>,
}

/// The peers that a command is for; none if the profile does not know the channel.
pub fn peers(path: &Path, target: Target<'_>) -> anyhow::Result<Vec<ListedPeer>> {
    let text = read_text(path, MAX_PROFILE_BYTES).context("error reading connection profile")?;
    let profile = parse(&text).with_context(|| format!("in connection profile {}", path.display()))?;
    select(&profile, target)
}

fn parse(text: &str) -> anyhow::Result<Profile> {
    serde_yaml_ng::from_str(text).context("error unmarshalling YAML")
}

fn select(profile: &Profile, target: Target<'_>) -> anyhow::Result<Vec<ListedPeer>> {
    let names: Vec<&str> = match target {
        Target::Peer(name) => {
            ensure!(
                !name.is_empty(),
                "--targetPeer must be specified for channel-less operation using connection profile"
            );
            vec![name]
        }
        Target::Channel(channel_id) => {
            let listed = profile.channels.get(channel_id).into_iter().flat_map(|channel| &channel.peers);
            listed.filter(|(_, peer)| peer.endorsing_peer).map(|(name, _)| name.as_str()).collect()
        }
    };
    let find = |name| {
        let peer =
            profile.peers.get(name).with_context(|| format!("peer '{name}' doesn't have associated peer config"))?;
        let tls_root = match (&peer.tls_ca_certs.pem, &peer.tls_ca_certs.path) {
            (Some(pem), _) => Some(pem.clone()),
            (None, Some(path)) if !path.as_os_str().is_empty() => Some(read_pem(path)?),
            _ => None,
        };
        let address = peer.url.strip_prefix("grpcs://").or_else(|| peer.url.strip_prefix("grpc://"));
        Ok(ListedPeer { address: address.unwrap_or(&peer.url).to_owned(), tls_root })
    };
    names.into_iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "
channels:
  mychannel:
    peers:
      peer0: {endorsingPeer: true, eventSource: true}
      peer1: {endorsingPeer: false}
      peer2: {endorsingPeer: true}
peers:
  peer0: {url: 'grpcs://localhost:7051', tlsCACerts: {pem: PEM}}
  peer2: {url: 'localhost:9051', grpcOptions: {keep-alive-time: 0s}}
";

    #[test]
    fn channel_operations_go_to_endorsing_peers() {
        let peer = |address: &str, tls_root: Option<&str>| ListedPeer {
            address: address.into(),
            tls_root: tls_root.map(str::to_owned),
        };
        let profile = parse(PROFILE).expect("YAML");
        let found = select(&profile, Target::Channel("mychannel")).expect("good");
        assert_eq!(found, [peer("localhost:7051", Some("PEM")), peer("localhost:9051", None)]);
        assert_eq!(select(&profile, Target::Channel("other")).expect("good"), []);
        assert_eq!(select(&profile, Target::Peer("peer2")).expect("good"), [peer("localhost:9051", None)]);
    }

    #[test]
    fn faults_are_named() {
        let cases = [
            (PROFILE, Target::Peer("peer1"), "peer 'peer1' doesn't have associated peer config"),
            (
                PROFILE,
                Target::Peer(""),
                "--targetPeer must be specified for channel-less operation using connection profile",
            ),
            (
                "channels: {mychannel: {peers: {peer0: {endorsingPeer: trueish}}}}",
                Target::Channel("mychannel"),
                "error unmarshalling YAML: channels.mychannel.peers.peer0.endorsingPeer: invalid type: \
                 string \"trueish\", expected a boolean at line 1 column 55",
            ),
        ];
        for (text, target, expected) in cases {
            assert_eq!(
                format!("{:#}", parse(text).and_then(|profile| select(&profile, target)).expect_err(expected)),
                expected
            );
        }
    }
}
