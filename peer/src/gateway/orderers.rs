//! Connections to orderers: one a node, with broadcast streams that are used again.

use std::collections::HashMap;
use std::time::Duration;

use node::grpc;
use parking_lot::Mutex;
use proto::common::Envelope;
use proto::orderer::BroadcastResponse;
use proto::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::channels::OrdererNode;
use crate::text;

/// Idle broadcast streams kept for one orderer.
const IDLE_STREAMS_MAX: usize = 64;

/// Connections to the orderers of all channels.
pub(super) struct Orderers {
    broadcast_timeout: Duration,
    /// By address. Channel configurations name the addresses, so clients cannot make it grow.
    connections: Mutex<HashMap<String, Connection>>,
}

struct Connection {
    tls_roots_pem: Vec<String>,
    channel: Channel,
    idle: Vec<BroadcastStream>,
}

/// One open call of `Broadcast`. Used by one request at a time, since an orderer ends the call after a refusal.
struct BroadcastStream {
    requests: mpsc::Sender<Envelope>,
    responses: Streaming<BroadcastResponse>,
}

impl Orderers {
    pub(super) fn new(broadcast_timeout: Duration) -> Self {
        Orderers { broadcast_timeout, connections: Mutex::default() }
    }

    /// Sends one envelope and waits for the orderer's answer.
    pub(super) async fn broadcast(&self, node: &OrdererNode, envelope: Envelope) -> Result<BroadcastResponse, Status> {
        let exchange = async {
            if let Some(mut stream) = self.idle_stream(node) {
                // The orderer may have gone since; then a new stream shows whether it is back.
                if let Ok(response) = stream.exchange(envelope.clone()).await {
                    self.keep(node, stream, &response);
                    return Ok(response);
                }
            }
            let mut stream = self.open(node, envelope).await?;
            let response = stream.answer().await?;
            self.keep(node, stream, &response);
            Ok(response)
        };
        let timed_out = || Status::deadline_exceeded("the orderer did not answer in time");
        tokio::time::timeout(self.broadcast_timeout, exchange).await.unwrap_or_else(|_| Err(timed_out()))
    }

    fn idle_stream(&self, node: &OrdererNode) -> Option<BroadcastStream> {
        let mut connections = self.connections.lock();
        let connection = connections.get_mut(&node.endpoint.address)?;
        if connection.tls_roots_pem != roots(node) {
            return None;
        }
        connection.idle.pop()
    }

    /// Opens a call with its first message, for an orderer may say nothing before it has one.
    async fn open(&self, node: &OrdererNode, first: Envelope) -> Result<BroadcastStream, Status> {
        let channel = self.channel(node)?;
        let (requests, receiver) = mpsc::channel(1);
        requests.try_send(first).expect("the queue is new and has room for one");
        let mut client = AtomicBroadcastClient::new(channel);
        let responses = client.broadcast(ReceiverStream::new(receiver)).await?.into_inner();
        Ok(BroadcastStream { requests, responses })
    }

    fn channel(&self, node: &OrdererNode) -> Result<Channel, Status> {
        let mut connections = self.connections.lock();
        if let Some(connection) = connections.get(&node.endpoint.address)
            && connection.tls_roots_pem == roots(node)
        {
            return Ok(connection.channel.clone());
        }
        let channel = grpc::connect_lazy(&node.endpoint).map_err(|error| Status::unavailable(text::chain(&error)))?;
        let connection = Connection { tls_roots_pem: roots(node).to_vec(), channel: channel.clone(), idle: Vec::new() };
        connections.insert(node.endpoint.address.clone(), connection);
        Ok(channel)
    }

    fn keep(&self, node: &OrdererNode, stream: BroadcastStream, response: &BroadcastResponse) {
        // An orderer ends the call after any other answer.
        if response.status() != proto::common::Status::Success {
            return;
        }
        let mut connections = self.connections.lock();
        if let Some(connection) = connections.get_mut(&node.endpoint.address)
            && connection.tls_roots_pem == roots(node)
            && connection.idle.len() < IDLE_STREAMS_MAX
        {
            connection.idle.push(stream);
        }
    }
}

impl BroadcastStream {
    async fn exchange(&mut self, envelope: Envelope) -> Result<BroadcastResponse, Status> {
        self.requests.send(envelope).await.map_err(|_| closed())?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<BroadcastResponse, Status> {
        self.responses.message().await?.ok_or_else(closed)
    }
}

/// The authorities that a connection trusts; other ones make it another connection.
fn roots(node: &OrdererNode) -> &[String] {
    node.endpoint.tls.as_ref().map_or(&[], |tls| &tls.roots_pem)
}

/// The nodes in an order that spreads the load.
pub(super) fn shuffled(mut nodes: Vec<OrdererNode>) -> Vec<OrdererNode> {
    let mut random = [0; 8];
    // Any order will do where the system has no randomness to give.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let mut random = u64::from_le_bytes(random);
    for last in (1..nodes.len()).rev() {
        let count = last as u64 + 1;
        nodes.swap(last, (random % count) as usize);
        random /= count;
    }
    nodes
}

fn closed() -> Status {
    Status::unavailable("the orderer closed the stream")
}
