//! A network of one organisation and one orderer, on loopback.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use channel::{Bundle, genesis};
use futures::StreamExt;
use msp::SigningIdentity;
use msp::generate::{Organization, OrganizationKind};
use node::grpc::{ClientTls, Endpoint, Server, ServerOptions, connect};
use node::shutdown::Stop;
use orderer::{Orderer, OrdererOptions};
use prost::Message;
use proto::common::{Block, BlockHeader, Envelope, HeaderType, Payload};
use proto::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use proto::orderer::{BatchSize, BroadcastResponse, DeliverResponse, SeekInfo, SeekPosition, seek_position};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Streaming;
use tonic::transport::Channel;

pub const CHANNEL: &str = "mychannel";

/// How batches are cut.
#[derive(Clone, Copy)]
pub struct Batches {
    pub count: u32,
    pub preferred_bytes: u32,
    pub timeout: Duration,
}

/// A batch timeout that no test waits for.
pub const NEVER: Duration = Duration::from_secs(3600);

pub struct Network {
    pub directory: tempfile::TempDir,
    pub organization: Organization,
    pub orderer_organization: Organization,
    pub genesis: Block,
    pub orderer: Arc<SigningIdentity>,
    pub client: Arc<SigningIdentity>,
    pub orderer_admin: Arc<SigningIdentity>,
}

impl Network {
    pub fn new(batches: Batches) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path();
        let create = |kind, domain| Organization::create(root, kind, domain).expect("certificates");
        let organization = create(OrganizationKind::Peer, "org1.example.com");
        let orderer_organization = create(OrganizationKind::Orderer, "example.com");
        let node = orderer_organization.add_node("orderer", &["127.0.0.1"]).expect("certificates");
        let admin = orderer_organization.add_user("Admin", msp::Role::Admin).expect("certificates");
        let client = organization.add_user("User1", msp::Role::Client).expect("certificates");
        let profile = genesis::Profile {
            channel_id: CHANNEL.to_owned(),
            application: vec![group(&organization, "Org1MSP")],
            orderer: vec![group(&orderer_organization, "OrdererMSP")],
            consensus_type: "solo".to_owned(),
            consensus_metadata: Bytes::new(),
            batch_size: BatchSize {
                max_message_count: batches.count,
                absolute_max_bytes: 100_000,
                preferred_max_bytes: batches.preferred_bytes,
            },
            batch_timeout: batches.timeout,
            channel_capability: "V2_0".to_owned(),
            orderer_capability: "V2_0".to_owned(),
            application_capability: "V2_5".to_owned(),
            timestamp: SystemTime::now().into(),
            nonce: Bytes::from_static(&[7; 24]),
        };
        Self {
            genesis: genesis::block(&profile),
            orderer: identity(&node, "OrdererMSP"),
            orderer_admin: identity(&admin, "OrdererMSP"),
            client: identity(&client, "Org1MSP"),
            organization,
            orderer_organization,
            directory,
        }
    }

    pub fn options(&self) -> OrdererOptions {
        OrdererOptions::new(self.directory.path().join("orderer"), self.orderer.clone())
    }

    pub fn bundle(&self) -> Arc<Bundle> {
        Arc::new(Bundle::from_config_block(&self.genesis).expect("a configuration"))
    }

    /// An orderer that has joined the channel and listens in plain text.
    pub async fn start(&self) -> Running {
        self.start_with(self.options(), ServerOptions::new("127.0.0.1:0", "General.ListenPort")).await
    }

    pub async fn start_with(&self, options: OrdererOptions, server: ServerOptions) -> Running {
        let orderer = Orderer::open(options).expect("an orderer");
        if orderer.channel(CHANNEL).is_none() {
            orderer.join(&self.genesis).expect("joined");
        }
        let server = Server::bind(server).await.expect("a port");
        let address = server.address().to_string();
        let stop = Stop::new();
        let task = tokio::spawn(server.serve(orderer.routes().await, stop.clone()));
        Running { orderer, address, stop, task }
    }

    /// A transaction of the client with `size` bytes of data.
    pub fn transaction(&self, size: usize) -> Envelope {
        signed(&self.client, HeaderType::EndorserTransaction, CHANNEL, Bytes::from(vec![1; size]))
    }
}

pub struct Running {
    pub orderer: Arc<Orderer>,
    pub address: String,
    stop: Stop,
    task: JoinHandle<()>,
}

impl Running {
    pub fn endpoint(&self, tls: Option<ClientTls>) -> Endpoint {
        Endpoint::new(self.address.clone(), tls)
    }

    pub async fn client(&self) -> AtomicBroadcastClient<Channel> {
        AtomicBroadcastClient::new(connect(&self.endpoint(None)).await.expect("connected"))
    }

    /// Sends `envelopes` over one stream and collects the answers.
    pub async fn broadcast(&self, envelopes: Vec<Envelope>) -> Vec<BroadcastResponse> {
        let stream = self.client().await.broadcast(futures::stream::iter(envelopes)).await.expect("a stream");
        let mut responses = stream.into_inner();
        let mut collected = Vec::new();
        while let Some(response) = responses.message().await.expect("an answer") {
            collected.push(response);
        }
        collected
    }

    /// Opens a deliver stream.
    pub async fn deliver(&self, request: Envelope) -> Open<DeliverResponse> {
        self.deliver_all(vec![request]).await
    }

    /// Opens a deliver stream with several requests.
    pub async fn deliver_all(&self, requests: Vec<Envelope>) -> Open<DeliverResponse> {
        let (requests, open) = held_open(requests);
        let stream = self.client().await.deliver(requests).await.expect("a stream").into_inner();
        Open { stream, _requests: open }
    }

    pub fn height(&self) -> u64 {
        *self.orderer.channel(CHANNEL).expect("joined").heights().borrow()
    }

    pub async fn wait_for_height(&self, wanted: u64) {
        let mut heights = self.orderer.channel(CHANNEL).expect("joined").heights();
        let reached = heights.wait_for(|height| *height >= wanted);
        tokio::time::timeout(Duration::from_secs(20), reached).await.expect("in time").expect("open");
    }

    pub fn block(&self, number: u64) -> Block {
        let source = self.orderer.channel(CHANNEL).expect("joined");
        Block::decode(source.block_bytes(number).expect("readable").expect("there")).expect("a block")
    }

    /// Ends orderer and server and waits for both.
    pub async fn stop(self) {
        let Self { orderer, stop, task, .. } = self;
        let closing = orderer.clone();
        tokio::task::spawn_blocking(move || closing.stop()).await.expect("stopped");
        stop.trigger();
        task.await.expect("the server ends");
        assert_eq!(Arc::strong_count(&orderer), 1, "nothing keeps a stopped orderer");
    }
}

/// Answers to a request stream that stays open until this is dropped.
pub struct Open<T> {
    pub stream: Streaming<T>,
    _requests: oneshot::Sender<()>,
}

/// Envelopes, and then nothing until the second value is dropped. Clients that never end their requests would keep the
/// connection when they drop the answers.
pub fn held_open(
    envelopes: Vec<Envelope>,
) -> (impl futures::Stream<Item = Envelope> + Send + 'static, oneshot::Sender<()>) {
    let (open, closed) = oneshot::channel();
    let end = futures::stream::once(closed).filter_map(|_| std::future::ready(None));
    (futures::stream::iter(envelopes).chain(end), open)
}

fn group(organization: &Organization, msp_id: &str) -> genesis::Organization {
    let config = msp::read_config(&organization.msp_dir(), msp_id).expect("an MSP directory");
    genesis::Organization {
        name: msp_id.to_owned(),
        msp_id: msp_id.to_owned(),
        msp: proto::msp::MspConfig { r#type: 0, config: config.encode_to_vec().into() },
        endpoints: vec!["127.0.0.1:7050".to_owned()],
        anchor_peers: Vec::new(),
    }
}

pub fn identity(directory: &Path, msp_id: &str) -> Arc<SigningIdentity> {
    Arc::new(SigningIdentity::from_msp_dir(&directory.join("msp"), msp_id).expect("an identity"))
}

pub fn signed(signer: &SigningIdentity, kind: HeaderType, channel_id: &str, data: Bytes) -> Envelope {
    let payload = proto::transaction::plain_payload(
        kind,
        channel_id,
        SystemTime::now().into(),
        Bytes::new(),
        signer.new_signature_header(),
        data,
    );
    seal(signer, &payload)
}

pub fn seal(signer: &SigningIdentity, payload: &Payload) -> Envelope {
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = signer.sign(&payload).expect("signed");
    Envelope { payload, signature }
}

pub fn at(number: u64) -> Option<SeekPosition> {
    let specified = proto::orderer::SeekSpecified { number };
    Some(SeekPosition { r#type: Some(seek_position::Type::Specified(specified)) })
}

pub fn between(start: u64, stop: u64) -> SeekInfo {
    SeekInfo { start: at(start), stop: at(stop), ..Default::default() }
}

pub fn header(block: &Block) -> BlockHeader {
    block.header.clone().expect("a header")
}

pub fn transactions(block: &Block) -> usize {
    block.data.as_ref().map_or(0, |data| data.data.len())
}
