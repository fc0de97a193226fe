//! Requests for snapshots of a peer's ledger (Fabric `protos.Snapshot`).

use bytes::Bytes;
use msp::{SignError, SigningIdentity};
use prost::Message;
use proto::protos::{SignedSnapshotRequest, SnapshotQuery, SnapshotRequest};

use crate::connection::in_time;
use crate::error::RequestError;
use crate::{Client, Peer};

impl Client {
    /// Asks for a snapshot after block `block_number`; 0 is the last block now.
    pub async fn request_snapshot(&self, peer: &Peer, channel_id: &str, block_number: u64) -> Result<(), RequestError> {
        let request = signed(&self.identity, &self.snapshot_request(channel_id, block_number))?;
        let mut client = peer.snapshot_client();
        Ok(in_time(client.generate(request)).await.map(drop)?)
    }

    /// Takes a request back.
    pub async fn cancel_snapshot(&self, peer: &Peer, channel_id: &str, block_number: u64) -> Result<(), RequestError> {
        let request = signed(&self.identity, &self.snapshot_request(channel_id, block_number))?;
        let mut client = peer.snapshot_client();
        Ok(in_time(client.cancel(request)).await.map(drop)?)
    }

    /// The block numbers of the requests that wait.
    pub async fn pending_snapshots(&self, peer: &Peer, channel_id: &str) -> Result<Vec<u64>, RequestError> {
        let signature_header = Some(self.identity.new_signature_header());
        let query = SnapshotQuery { signature_header, channel_id: channel_id.to_owned() };
        let request = signed(&self.identity, &query)?;
        let mut client = peer.snapshot_client();
        Ok(in_time(client.query_pendings(request)).await?.block_numbers)
    }

    fn snapshot_request(&self, channel_id: &str, block_number: u64) -> SnapshotRequest {
        let signature_header = Some(self.identity.new_signature_header());
        SnapshotRequest { signature_header, channel_id: channel_id.to_owned(), block_number }
    }
}

fn signed(identity: &SigningIdentity, request: &impl Message) -> Result<SignedSnapshotRequest, SignError> {
    let request = Bytes::from(request.encode_to_vec());
    let signature = identity.sign(&request)?;
    Ok(SignedSnapshotRequest { request, signature })
}
