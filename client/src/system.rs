//! Requests to the system chaincodes `cscc` (channels of a peer) and `qscc` (a channel's ledger).

use bytes::Bytes;
use prost::Message;
use proto::common::{Block, BlockchainInfo, Config, OrdererAddresses};
use proto::protos::{ChannelQueryResponse, JoinBySnapshotStatus, ProcessedTransaction};

use crate::{Call, Client, Peer, RequestError};

impl Client {
    /// The channels that the peer has joined.
    pub async fn channels(&self, peer: &Peer) -> Result<Vec<String>, RequestError> {
        let payload = self.query(peer, Call::new("", "cscc", "GetChannels", [])).await?;
        let channels = ChannelQueryResponse::decode(payload)?.channels;
        Ok(channels.into_iter().map(|channel| channel.channel_id).collect())
    }

    /// Makes the peer join the channel whose block 0 is `genesis_block`.
    pub async fn join(&self, peer: &Peer, genesis_block: Bytes) -> Result<(), RequestError> {
        self.query(peer, Call::new("", "cscc", "JoinChain", [genesis_block])).await.map(drop)
    }

    /// Makes the peer join the channel whose snapshot is in a directory of the peer's machine. The peer goes on with it
    /// after it has answered.
    pub async fn join_by_snapshot(&self, peer: &Peer, dir: &str) -> Result<(), RequestError> {
        let dir = Bytes::copy_from_slice(dir.as_bytes());
        self.query(peer, Call::new("", "cscc", "JoinChainBySnapshot", [dir])).await.map(drop)
    }

    /// Whether the peer is joining a channel by a snapshot.
    pub async fn join_by_snapshot_status(&self, peer: &Peer) -> Result<JoinBySnapshotStatus, RequestError> {
        Ok(JoinBySnapshotStatus::decode(self.query(peer, Call::new("", "cscc", "JoinBySnapshotStatus", [])).await?)?)
    }

    /// A channel's current configuration.
    pub async fn channel_config(&self, peer: &Peer, channel_id: &str) -> Result<Config, RequestError> {
        let channel = Bytes::copy_from_slice(channel_id.as_bytes());
        Ok(Config::decode(self.query(peer, Call::new("", "cscc", "GetChannelConfig", [channel])).await?)?)
    }

    /// Height and last hashes of a channel's ledger.
    pub async fn chain_info(&self, peer: &Peer, channel_id: &str) -> Result<BlockchainInfo, RequestError> {
        Ok(BlockchainInfo::decode(self.query(peer, ledger_call("GetChainInfo", channel_id, None)).await?)?)
    }

    /// A block by its number.
    pub async fn block_by_number(&self, peer: &Peer, channel_id: &str, number: u64) -> Result<Block, RequestError> {
        let call = ledger_call("GetBlockByNumber", channel_id, Some(&number.to_string()));
        Ok(Block::decode(self.query(peer, call).await?)?)
    }

    /// The block that holds a transaction.
    pub async fn block_by_tx_id(&self, peer: &Peer, channel_id: &str, tx_id: &str) -> Result<Block, RequestError> {
        Ok(Block::decode(self.query(peer, ledger_call("GetBlockByTxID", channel_id, Some(tx_id))).await?)?)
    }

    /// A transaction and its validation code.
    pub async fn transaction(
        &self,
        peer: &Peer,
        channel_id: &str,
        tx_id: &str,
    ) -> Result<ProcessedTransaction, RequestError> {
        let call = ledger_call("GetTransactionByID", channel_id, Some(tx_id));
        Ok(ProcessedTransaction::decode(self.query(peer, call).await?)?)
    }
}

fn ledger_call(function: &str, channel_id: &str, arg: Option<&str>) -> Call {
    let args = std::iter::once(channel_id).chain(arg).map(|arg| Bytes::copy_from_slice(arg.as_bytes()));
    Call::new("", "qscc", function, args)
}

/// The addresses of a channel's ordering service: those of the orderer organisations, else the global list of old
/// configurations. Unreadable entries are left out.
pub fn orderer_addresses(config: &Config) -> Vec<String> {
    let Some(root) = &config.channel_group else { return Vec::new() };
    let decode = |value: Option<&proto::common::ConfigValue>| {
        value.and_then(|value| OrdererAddresses::decode(value.value.clone()).ok()).unwrap_or_default().addresses
    };
    let organisations = root.groups.get("Orderer").into_iter().flat_map(|orderer| orderer.groups.values());
    let of_organisations: Vec<String> =
        organisations.flat_map(|organisation| decode(organisation.values.get("Endpoints"))).collect();
    if of_organisations.is_empty() { decode(root.values.get("OrdererAddresses")) } else { of_organisations }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::common::{ConfigGroup, ConfigValue};

    #[test]
    fn orderer_addresses_prefer_the_organisations() {
        let value = |addresses: &[&str]| ConfigValue {
            value: OrdererAddresses { addresses: addresses.iter().map(|&address| address.into()).collect() }
                .encode_to_vec()
                .into(),
            ..Default::default()
        };
        let config = |global: &[&str], organisation: &[&str]| {
            let mut member = ConfigGroup::default();
            member.values.insert("Endpoints".into(), value(organisation));
            let mut orderer = ConfigGroup::default();
            orderer.groups.insert("OrdererOrg".into(), member);
            let mut root = ConfigGroup::default();
            root.values.insert("OrdererAddresses".into(), value(global));
            root.groups.insert("Orderer".into(), orderer);
            Config { channel_group: Some(root), ..Default::default() }
        };
        assert_eq!(orderer_addresses(&config(&["a:1"], &["b:2"])), ["b:2"]);
        assert_eq!(orderer_addresses(&config(&["a:1"], &[])), ["a:1"]);
        assert!(orderer_addresses(&Config::default()).is_empty());
    }
}
