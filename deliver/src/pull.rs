//! Blocks from the ordering service, for as long as somebody wants them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use channel::Bundle;
use futures::{Stream, StreamExt};
use msp::{SignError, SigningIdentity};
use node::grpc::{ConnectError, Endpoint, connect};
use prost::Message;
use proto::Digest;
use proto::common::{Block, Envelope, HeaderType, Status};
use proto::orderer::{SeekInfo, SeekPosition, SeekSpecified, seek_position};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tracing::{debug, info, warn};

use crate::frame::{ReceiveCodec, Received};
use crate::verify::{BlockVerifier, VerifyError};

/// How much longer each pause is than the one before, as in Fabric.
const GROWTH: f64 = 1.2;

/// Pauses between attempts: each is a fifth longer than the one before, up to the longest.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first pause (`peer.deliveryclient.minimalReconnectInterval`).
    pub first: Duration,
    /// The longest one.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), longest: Duration::from_secs(10) }
    }
}

impl Backoff {
    fn pause(&self, failures: u32) -> Duration {
        let exponent = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.first.as_secs_f64() * GROWTH.powi(exponent);
        Duration::try_from_secs_f64(seconds).unwrap_or(self.longest).min(self.longest)
    }
}

/// Where to go on.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// The first block wanted.
    pub next: u64,
    /// The hash of the header before it; `None` before block 0.
    pub previous_hash: Option<Digest>,
}

/// Finds the orderers of a configuration.
pub type Endpoints = Box<dyn Fn(&Bundle) -> Vec<Endpoint> + Send + Sync>;

/// How blocks are pulled.
pub struct PullOptions {
    /// The channel's configuration at the position; the puller follows it through the blocks it sees.
    pub bundle: Arc<Bundle>,
    /// Who asks.
    pub identity: Arc<SigningIdentity>,
    /// Whom to ask, by the configuration in force; read again before every attempt. They are asked in turn.
    pub endpoints: Endpoints,
    /// Pauses after failures.
    pub backoff: Backoff,
    /// Blocks that wait for the reader.
    pub queue: usize,
}

/// A verified block.
#[derive(Clone, Debug)]
pub struct PulledBlock {
    /// Its number.
    pub number: u64,
    /// The block; its byte strings share memory with `bytes`.
    pub block: Block,
    /// The block as the orderer sent it.
    pub bytes: Bytes,
}

/// Why a stream of blocks ended.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The request could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The stream broke.
    #[error("the block stream failed")]
    Stream(#[source] tonic::Status),
    /// The orderer refused, with a status of Fabric's.
    #[error("the orderer answered {0}")]
    Refused(String),
    /// The orderer sent something that is no block.
    #[error("cannot decode the block")]
    Decode(#[source] prost::DecodeError),
    /// The block is not the next one, or not the orderers'.
    #[error("the block is not to be trusted")]
    Verify(#[from] VerifyError),
    /// The orderer ended the stream.
    #[error("the orderer closed the stream")]
    Closed,
}

/// Verified blocks in order. Dropping it ends the pulling.
pub struct PulledBlocks {
    blocks: mpsc::Receiver<PulledBlock>,
    task: JoinHandle<()>,
}

impl PulledBlocks {
    /// The next block; `None` only when the runtime ends.
    pub async fn next(&mut self) -> Option<PulledBlock> {
        self.blocks.recv().await
    }

    /// The same for a thread of its own.
    pub fn blocking_next(&mut self) -> Option<PulledBlock> {
        self.blocks.blocking_recv()
    }
}

impl Drop for PulledBlocks {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts pulling on the current tokio runtime. It never gives up: failures are logged and followed by a pause.
pub fn pull(options: PullOptions, position: Position) -> PulledBlocks {
    let (sender, blocks) = mpsc::channel(options.queue.max(1));
    let verifier = BlockVerifier::new(options.bundle.clone(), position.next, position.previous_hash);
    let task = tokio::spawn(run(options, verifier, sender));
    PulledBlocks { blocks, task }
}

async fn run(options: PullOptions, mut verifier: BlockVerifier, sender: mpsc::Sender<PulledBlock>) {
    let channel_id = verifier.bundle().channel_id().to_owned();
    let mut failures = 0;
    let mut turn = 0;
    loop {
        let endpoints = (options.endpoints)(verifier.bundle());
        let expected = verifier.next();
        match endpoints.get(turn % endpoints.len().max(1)) {
            None => warn!(channel = channel_id, "no orderer is known to pull blocks from"),
            Some(endpoint) => {
                let address = &endpoint.address;
                match pull_from(endpoint, &options.identity, &mut verifier, &sender).await {
                    Ok(()) => return,
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        warn!(channel = channel_id, orderer = address, error, "cannot pull blocks");
                    }
                }
            }
        }
        // An orderer that gave something was healthy a moment ago.
        failures = if verifier.next() > expected { 1 } else { failures + 1 };
        turn = turn.wrapping_add(1);
        let pause = options.backoff.pause(failures);
        debug!(channel = channel_id, ?pause, "waiting before the next attempt");
        tokio::time::sleep(pause).await;
    }
}

/// Pulls until something fails; `Ok` when nobody wants more blocks.
async fn pull_from(
    endpoint: &Endpoint,
    identity: &SigningIdentity,
    verifier: &mut BlockVerifier,
    sender: &mpsc::Sender<PulledBlock>,
) -> Result<(), PullError> {
    let channel = connect(endpoint).await?;
    let client_identity = endpoint.tls.as_ref().and_then(|tls| tls.identity.as_ref());
    let tls_cert_hash = client_identity.and_then(|identity| identity.certificate_hash());
    let tls_cert_hash = tls_cert_hash.map_or_else(Bytes::new, |hash| Bytes::copy_from_slice(&hash));
    let seek = from_block(verifier.next());
    let envelope = request(verifier.bundle().channel_id(), &seek, identity, tls_cert_hash)?;
    let mut grpc = Grpc::new(channel).max_decoding_message_size(node::grpc::MESSAGE_SIZE_MAX);
    grpc.ready().await.map_err(|error| PullError::Stream(tonic::Status::unavailable(error.to_string())))?;
    let (requests, _open) = held_open(envelope);
    let path = PathAndQuery::from_static("/orderer.AtomicBroadcast/Deliver");
    let responses = grpc.streaming(tonic::Request::new(requests), path, ReceiveCodec).await;
    let mut responses = responses.map_err(PullError::Stream)?.into_inner();
    info!(
        channel = verifier.bundle().channel_id(),
        orderer = endpoint.address,
        next = verifier.next(),
        "pulling blocks"
    );
    while let Some(received) = responses.message().await.map_err(PullError::Stream)? {
        let bytes = match received {
            Received::Block(bytes) => bytes,
            Received::Status(status) => {
                let name = Status::try_from(status).map(|status| status.as_str_name().to_owned());
                return Err(PullError::Refused(name.unwrap_or_else(|_| status.to_string())));
            }
        };
        let block = Block::decode(bytes.clone()).map_err(PullError::Decode)?;
        let number = verifier.next();
        verifier.accept(&block)?;
        if sender.send(PulledBlock { number, block, bytes }).await.is_err() {
            return Ok(());
        }
    }
    Err(PullError::Closed)
}

/// A request stream that stays open as long as the second value lives: an orderer takes its end for a client that hung
/// up, and the connection is only given back when both directions have ended.
fn held_open(envelope: Envelope) -> (impl Stream<Item = Envelope> + Send + 'static, oneshot::Sender<()>) {
    let (open, closed) = oneshot::channel::<()>();
    let end = futures::stream::once(closed).filter_map(|_| std::future::ready(None));
    (futures::stream::iter([envelope]).chain(end), open)
}

fn from_block(number: u64) -> SeekInfo {
    let position =
        |number| Some(SeekPosition { r#type: Some(seek_position::Type::Specified(SeekSpecified { number })) });
    SeekInfo { start: position(number), stop: position(u64::MAX), ..Default::default() }
}

/// A signed seek request, as any client of a peer's or an orderer's Deliver sends it.
///
/// `tls_cert_hash` is the SHA-256 of the client's TLS certificate, empty when it shows none.
pub fn request(
    channel_id: &str,
    seek: &SeekInfo,
    identity: &SigningIdentity,
    tls_cert_hash: Bytes,
) -> Result<Envelope, SignError> {
    let payload = proto::transaction::plain_payload(
        HeaderType::DeliverSeekInfo,
        channel_id,
        SystemTime::now().into(),
        tls_cert_hash,
        identity.new_signature_header(),
        seek.encode_to_vec().into(),
    );
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = identity.sign(&payload)?;
    Ok(Envelope { payload, signature })
}
