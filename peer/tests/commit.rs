//! From an orderer on loopback into the ledger, and out again as blocks, filtered blocks and notices.

#[path = "../../validator/tests/network/mod.rs"]
mod network;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use deliver::DeliverOptions;
use futures::StreamExt;
use network::{CHANNEL, Draft, Network, definition_writes, public, signature_policy};
use node::grpc::{Endpoint, Server, ServerOptions, connect};
use node::shutdown::Stop;
use orderer::{Orderer, OrdererOptions};
use peer::channels::{AddressOverride, Channel, Channels, ChannelsOptions, JoinError, OrdererConnections};
use prost::Message;
use proto::common::{
    ConfigGroup, ConfigSignature, ConfigUpdate, ConfigUpdateEnvelope, ConfigValue, Envelope, HeaderType, Status,
};
use proto::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use proto::orderer::{BatchSize, SeekInfo, SeekPosition, SeekSpecified, seek_position};
use proto::protos::deliver_client::DeliverClient;
use proto::protos::deliver_response::Type;
use proto::protos::{TxValidationCode as Code, filtered_transaction};
use tokio::task::JoinHandle;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

struct RunningOrderer {
    orderer: Arc<Orderer>,
    address: String,
    stop: Stop,
    task: JoinHandle<()>,
}

impl RunningOrderer {
    async fn start(network: &Network, dir: &std::path::Path) -> Self {
        let options = OrdererOptions::new(dir.join("orderer"), node_identity(&network.orderer));
        let orderer = Orderer::open(options).expect("an orderer");
        if orderer.channel(CHANNEL).is_none() {
            orderer.join(&network.genesis).expect("joined");
        }
        let server = Server::bind(ServerOptions::new("127.0.0.1:0", "test")).await.expect("a port");
        let address = server.address().to_string();
        let stop = Stop::new();
        let task = tokio::spawn(server.serve(orderer.routes().await, stop.clone()));
        RunningOrderer { orderer, address, stop, task }
    }

    async fn broadcast(&self, envelopes: Vec<Bytes>) {
        let channel = connect(&Endpoint::new(self.address.clone(), None)).await.expect("connected");
        let count = envelopes.len();
        let envelopes: Vec<Envelope> =
            envelopes.into_iter().map(|bytes| Envelope::decode(bytes).expect("an envelope")).collect();
        let responses = AtomicBroadcastClient::new(channel).broadcast(futures::stream::iter(envelopes)).await;
        let responses: Vec<_> = responses.expect("a stream").into_inner().collect().await;
        assert_eq!(responses.len(), count);
        for response in responses {
            let response = response.expect("an answer");
            assert_eq!(response.status, Status::Success as i32, "{}", response.info);
        }
    }

    async fn stop(self) {
        let RunningOrderer { orderer, stop, task, .. } = self;
        tokio::task::spawn_blocking(move || orderer.stop()).await.expect("stopped");
        stop.trigger();
        task.await.expect("the server ends");
    }
}

/// The identity of an organisation's node, for a process of its own.
fn node_identity(org: &network::Org) -> Arc<msp::SigningIdentity> {
    Arc::new(msp::SigningIdentity::from_msp_dir(&org.peer_msp_dir, &org.msp_id).expect("an identity"))
}

fn open(network: &Network, dir: &std::path::Path, orderer: &RunningOrderer) -> Arc<Channels> {
    open_at(network, dir, &orderer.address)
}

fn open_at(network: &Network, dir: &std::path::Path, address: &str) -> Arc<Channels> {
    let replaced = AddressOverride { from: "127.0.0.1:7050".to_owned(), to: address.to_owned(), roots_pem: Vec::new() };
    Channels::open(ChannelsOptions {
        data_dir: dir.join("ledgers"),
        identity: node_identity(&network.orgs[0]),
        runtime: tokio::runtime::Handle::current(),
        workers: Arc::new(validator::Workers::new(2)),
        orderers: OrdererConnections { overrides: vec![replaced], ..Default::default() },
        ledger: ledger::LedgerOptions::default(),
        metrics: Default::default(),
        client_roots: None,
    })
    .expect("channels")
}

async fn stop(channels: Arc<Channels>) {
    tokio::task::spawn_blocking(move || channels.stop()).await.expect("stopped");
}

async fn wait_for_height(channel: &Channel, wanted: u64) {
    let mut heights = channel.height();
    let reached = heights.wait_for(|height| *height >= wanted);
    tokio::time::timeout(PATIENCE, reached).await.expect("in time").expect("open");
}

async fn status(channel: &Channel, tx_id: &str) -> (Code, u64) {
    let status = tokio::time::timeout(PATIENCE, channel.transaction_status(tx_id)).await.expect("in time");
    status.expect("readable").expect("the channel stays open")
}

/// A transaction that defines `basic`.
fn definition(network: &Network) -> Draft<'_> {
    let set = definition_writes("basic", signature_policy("OR('Org1MSP.peer')"), None);
    network.put("").invoke("_lifecycle", vec![public("_lifecycle", set)])
}

/// One transaction in each block.
fn network() -> (Network, tempfile::TempDir) {
    (Network::with_batches(1, 1, Duration::from_secs(3600)), tempfile::tempdir().expect("a directory"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_join_is_undone() {
    let (network, dir) = network();
    let orderer = RunningOrderer::start(&network, dir.path()).await;
    let half = dir.path().join("ledgers").join(CHANNEL);
    drop(ledger::Ledger::open(&half, CHANNEL, ledger::LedgerOptions::default()).expect("opened"));
    let channels = open(&network, dir.path(), &orderer);
    assert!(channels.all().is_empty() && !half.exists());
    channels.join(&network.genesis).expect("joined");
    stop(channels).await;
    let channels = open(&network, dir.path(), &orderer);
    assert!(channels.channel(CHANNEL).is_some());
    stop(channels).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_committed_and_waiters_told() {
    let (network, dir) = network();
    let orderer = RunningOrderer::start(&network, dir.path()).await;
    let channels = open(&network, dir.path(), &orderer);
    assert!(channels.channel(CHANNEL).is_none());
    let channel = channels.join(&network.genesis).expect("joined");
    assert!(matches!(channels.join(&network.genesis), Err(JoinError::Exists { .. })));
    assert_eq!(channel.lifecycle_epoch(), 0);

    let put = network.put("a");
    let tx_id = put.channel_header.tx_id.clone();
    let waiting = tokio::spawn({
        let (channel, tx_id) = (channel.clone(), tx_id.clone());
        async move { status(&channel, &tx_id).await }
    });
    let put = put.sign();
    orderer.broadcast(vec![definition(&network).sign(), put.clone()]).await;
    assert_eq!(waiting.await.expect("told"), (Code::Valid, 2));
    assert_eq!(channel.lifecycle_epoch(), 1);
    assert_eq!(status(&channel, &tx_id).await, (Code::Valid, 2), "also when it is committed already");

    let mut event = network.put("b");
    event.event("basic", b"payload");
    let refused = network.put("c").with(|draft| draft.endorsers.clear());
    orderer.broadcast(vec![put, event.sign(), refused.sign()]).await;
    wait_for_height(&channel, 6).await;
    assert_eq!(status(&channel, &tx_id).await, (Code::Valid, 2), "a duplicate changes nothing");
    let events = channel.block_events(4).expect("readable").expect("committed");
    let event = events[0].event.as_ref().expect("an event");
    assert_eq!((event.event_name.as_str(), &event.payload[..]), ("happened", &b"payload"[..]));
    assert_eq!(channel.block_events(5).expect("readable").expect("committed").len(), 0, "invalid");
    assert_eq!(channel.block_events(6).expect("readable"), None);

    let gives_up = tokio::spawn({
        let channel = channel.clone();
        async move { channel.transaction_status("never").await.expect("readable") }
    });
    stop(channels).await;
    assert_eq!(gives_up.await.expect("told"), None);
    orderer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_was_away_catches_up() {
    let (network, dir) = network();
    let orderer = RunningOrderer::start(&network, dir.path()).await;
    let channels = open(&network, dir.path(), &orderer);
    let channel = channels.join(&network.genesis).expect("joined");
    orderer.broadcast(vec![definition(&network).sign()]).await;
    wait_for_height(&channel, 2).await;
    drop(channel);
    stop(channels).await;

    let drafts: Vec<Draft<'_>> = (0..40).map(|number| network.put(&format!("key{number}"))).collect();
    let tx_ids: Vec<String> = drafts.iter().map(|draft| draft.channel_header.tx_id.clone()).collect();
    orderer.broadcast(drafts.into_iter().map(Draft::sign).collect()).await;

    let channels = open(&network, dir.path(), &orderer);
    let channel = channels.channel(CHANNEL).expect("still joined");
    wait_for_height(&channel, 42).await;
    for (tx_id, block) in tx_ids.iter().zip(2..) {
        assert_eq!(status(&channel, tx_id).await, (Code::Valid, block));
    }
    drop(channel);
    // The orderer goes away and comes back at another address: a fresh peer process finds it there.
    stop(channels).await;
    orderer.stop().await;
    let orderer = RunningOrderer::start(&network, dir.path()).await;
    let channels = open(&network, dir.path(), &orderer);
    orderer.broadcast(vec![network.put("late").sign()]).await;
    wait_for_height(&channels.channel(CHANNEL).expect("joined"), 43).await;
    stop(channels).await;
    orderer.stop().await;
}

/// Changes the batch size to two, signed by the orderer's administrator.
fn configuration_update(network: &Network) -> Bytes {
    let root = network.bundle.config().channel_group.clone().expect("a channel group");
    let group = &root.groups["Orderer"];
    let current = &group.values["BatchSize"];
    let size = BatchSize { max_message_count: 2, absolute_max_bytes: 10 << 20, preferred_max_bytes: 2 << 20 };
    let value = ConfigValue {
        version: current.version + 1,
        value: size.encode_to_vec().into(),
        mod_policy: current.mod_policy.clone(),
    };
    let below = |values| ConfigGroup {
        version: root.version,
        groups: [("Orderer".to_owned(), ConfigGroup { version: group.version, values, ..Default::default() })].into(),
        ..Default::default()
    };
    let update = ConfigUpdate {
        channel_id: CHANNEL.to_owned(),
        read_set: Some(below(Default::default())),
        write_set: Some(below([("BatchSize".to_owned(), value)].into())),
        ..Default::default()
    };
    let admin = &network.orderer.admin;
    let config_update = Bytes::from(update.encode_to_vec());
    let signature_header = Bytes::from(admin.new_signature_header().encode_to_vec());
    let signature = admin.sign(&[&signature_header[..], &config_update].concat()).expect("signed");
    let update =
        ConfigUpdateEnvelope { config_update, signatures: vec![ConfigSignature { signature_header, signature }] };
    let payload = proto::transaction::plain_payload(
        HeaderType::ConfigUpdate,
        CHANNEL,
        std::time::SystemTime::now().into(),
        Bytes::new(),
        admin.new_signature_header(),
        update.encode_to_vec().into(),
    );
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = admin.sign(&payload).expect("signed");
    Envelope { payload, signature }.encode_to_vec().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_configuration_comes_into_force() {
    let (network, dir) = network();
    let orderer = RunningOrderer::start(&network, dir.path()).await;
    let channels = open(&network, dir.path(), &orderer);
    let channel = channels.join(&network.genesis).expect("joined");
    orderer.broadcast(vec![definition(&network).sign()]).await;
    orderer.broadcast(vec![configuration_update(&network)]).await;
    let last = network.put("b");
    let tx_id = last.channel_header.tx_id.clone();
    orderer.broadcast(vec![network.put("a").sign(), last.sign()]).await;
    // Both in one block now.
    assert_eq!(status(&channel, &tx_id).await, (Code::Valid, 3));
    assert_eq!(channel.bundle().sequence(), 1);
    drop(channel);
    stop(channels).await;

    let channels = open(&network, dir.path(), &orderer);
    assert_eq!(channels.channel(CHANNEL).expect("joined").bundle().sequence(), 1, "also after a restart");
    stop(channels).await;
    orderer.stop().await;
}

fn seek(identity: &msp::SigningIdentity, start: u64, stop: u64) -> Envelope {
    let at = |number| Some(SeekPosition { r#type: Some(seek_position::Type::Specified(SeekSpecified { number })) });
    let info = SeekInfo { start: at(start), stop: at(stop), ..Default::default() };
    deliver::request(CHANNEL, &info, identity, Bytes::new()).expect("signed")
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_receive_blocks_and_filtered_blocks() {
    let (network, dir) = network();
    let orderer = RunningOrderer::start(&network, dir.path()).await;
    let channels = open(&network, dir.path(), &orderer);
    let channel = channels.join(&network.genesis).expect("joined");
    let services = peer::services::deliver_services(&channels, DeliverOptions::default(), &Default::default());
    let server = Server::bind(ServerOptions::new("127.0.0.1:0", "test")).await.expect("a port");
    let address = server.address().to_string();
    let server_stop = Stop::new();
    let serving = tokio::spawn(server.serve(tonic::service::Routes::new(services), server_stop.clone()));
    let mut client = DeliverClient::new(connect(&Endpoint::new(address, None)).await.expect("connected"));

    let user = &network.orgs[0].user;
    // The streams are open before there is anything to send.
    let request = |start, stop| futures::stream::iter([seek(user, start, stop)]).chain(futures::stream::pending());
    let mut blocks = client.deliver(request(0, 2)).await.expect("a stream").into_inner();
    let mut filtered = client.deliver_filtered(request(1, 2)).await.expect("a stream").into_inner();
    let mut private = client.deliver_with_private_data(request(1, 2)).await.expect("a stream").into_inner();

    let mut put = network.put("a");
    put.event("basic", b"payload");
    let tx_id = put.channel_header.tx_id.clone();
    orderer.broadcast(vec![definition(&network).sign(), put.sign()]).await;

    for number in 0..=2 {
        let Some(Type::Block(block)) = blocks.message().await.expect("a message").expect("open").r#type else {
            panic!("block {number} expected")
        };
        assert_eq!(block.header.as_ref().expect("header").number, number);
        assert_eq!(proto::block::validation_code(&block, 0), Code::Valid);
    }
    let done = blocks.message().await.expect("a message").expect("open").r#type;
    assert_eq!(done, Some(Type::Status(Status::Success as i32)));

    filtered.message().await.expect("a message").expect("block 1");
    let Some(Type::FilteredBlock(block)) = filtered.message().await.expect("a message").expect("open").r#type else {
        panic!("a filtered block expected")
    };
    assert_eq!((block.channel_id.as_str(), block.number), (CHANNEL, 2));
    let [transaction] = &block.filtered_transactions[..] else { panic!("one transaction") };
    assert_eq!((transaction.txid.as_str(), transaction.tx_validation_code), (tx_id.as_str(), Code::Valid as i32));
    let Some(filtered_transaction::Data::TransactionActions(actions)) = &transaction.data else { panic!("actions") };
    let event = actions.chaincode_actions[0].chaincode_event.as_ref().expect("an event");
    assert_eq!((event.event_name.as_str(), event.payload.len()), ("happened", 0), "the payload stays here");

    private.message().await.expect("a message").expect("block 1");
    let received = private.message().await.expect("a message").expect("open").r#type;
    let Some(Type::BlockAndPrivateData(with)) = received else {
        panic!("a block with private data expected, not {received:?}")
    };
    assert_eq!(with.block.expect("a block").header.expect("header").number, 2);

    // Someone the channel does not know.
    let foreign = Network::new(1);
    let request = futures::stream::iter([seek(&foreign.orgs[0].user, 0, 0)]).chain(futures::stream::pending());
    let mut refused = client.deliver(request).await.expect("a stream").into_inner();
    let refused = refused.message().await.expect("a message").expect("open").r#type;
    assert_eq!(refused, Some(Type::Status(Status::Forbidden as i32)));

    // A stream that waits for more ends when the channel closes.
    let request = futures::stream::iter([seek(user, 3, u64::MAX)]).chain(futures::stream::pending());
    let mut waiting = client.deliver(request).await.expect("a stream").into_inner();
    drop(channel);
    stop(channels).await;
    let ended = tokio::time::timeout(PATIENCE, waiting.message()).await.expect("in time");
    let ended = ended.expect("a message").and_then(|message| message.r#type);
    assert_eq!(ended, Some(Type::Status(Status::ServiceUnavailable as i32)));
    drop((blocks, filtered, private, client, waiting));
    server_stop.trigger();
    serving.await.expect("the server ends");
    orderer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_was_cut_back_knows_until_it_has_its_blocks_again() {
    let (network, dir) = network();
    let orderer = RunningOrderer::start(&network, dir.path()).await;
    let channels = open(&network, dir.path(), &orderer);
    let channel = channels.join(&network.genesis).expect("joined");
    let puts = ["a", "b", "c"].map(|key| network.put(key).sign());
    orderer.broadcast([vec![definition(&network).sign()], puts.to_vec()].concat()).await;
    wait_for_height(&channel, 5).await;
    assert!(!channels.is_rebuilding());
    let ledgers = dir.path().join("ledgers");
    let options = ledger::LedgerOptions::default;
    let running = ledger::Ledgers::open(&ledgers, options()).expect_err("the peer runs").to_string();
    assert!(running.starts_with("as another peer node command is executing"), "{running}");
    drop(channel);
    stop(channels).await;
    let stopped = || {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            match ledger::Ledgers::open(&ledgers, options()) {
                Ok(ledgers) => return ledgers,
                // The task that follows the heights may be about to end.
                Err(error) => assert!(std::time::Instant::now() < deadline, "{error}"),
            }
        }
    };
    stopped().rollback(CHANNEL, 1).expect("rolled back");

    // Nobody gives it the blocks.
    let channels = open_at(&network, dir.path(), "127.0.0.1:1");
    assert_eq!(channels.channel(CHANNEL).expect("joined").ledger().height(), 2);
    assert!(channels.is_rebuilding());
    stop(channels).await;

    // A paused channel hinders nothing.
    stopped().pause(CHANNEL).expect("paused");
    let channels = open(&network, dir.path(), &orderer);
    assert!(channels.channel(CHANNEL).is_none() && channels.is_paused(CHANNEL).expect("readable"));
    assert!(!channels.is_rebuilding());
    let again = channels.join(&network.genesis).err().expect("it is there already").to_string();
    assert_eq!(
        again,
        format!("cannot create ledger from genesis block: ledger [{CHANNEL}] already exists with state [INACTIVE]")
    );
    stop(channels).await;
    stopped().resume(CHANNEL).expect("resumed");

    let channels = open(&network, dir.path(), &orderer);
    assert!(channels.is_rebuilding());
    wait_for_height(&channels.channel(CHANNEL).expect("joined"), 5).await;
    tokio::time::timeout(PATIENCE, async {
        while channels.is_rebuilding() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it notices");
    stop(channels).await;
    assert!(stopped().pre_reset_heights(&[CHANNEL.to_owned()]).expect("readable").is_empty());
    orderer.stop().await;
}
