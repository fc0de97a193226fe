use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use deliver::{Backoff, Position, PullOptions, pull};
use msp::generate::{Organization, OrganizationKind};
use prost::Message;
use proto::common::{Block, Envelope, HeaderType, Payload, Status};
use proto::orderer::deliver_response::Type;
use proto::orderer::seek_info::{SeekBehavior, SeekContentType};
use proto::orderer::{DeliverResponse, SeekInfo};

use crate::fixture::{
    Batches, CHANNEL, NEVER, Network, Open, Running, at, between, header, identity, seal, signed, transactions,
};

const ONE_EACH: Batches = Batches { count: 1, preferred_bytes: 50_000, timeout: NEVER };

fn seek(network: &Network, info: &SeekInfo) -> Envelope {
    deliver::request(CHANNEL, info, &network.client, Bytes::new()).expect("signed")
}

async fn next(open: &mut Open<DeliverResponse>) -> Option<Type> {
    let message = tokio::time::timeout(Duration::from_secs(20), open.stream.message()).await.expect("in time");
    message.expect("a response").map(|response| response.r#type.expect("status or block"))
}

/// All blocks' numbers up to the status.
async fn answer(stream: &mut Open<DeliverResponse>) -> (Vec<Block>, i32) {
    let mut blocks = Vec::new();
    loop {
        match next(stream).await.expect("an answer") {
            Type::Block(block) => blocks.push(block),
            Type::Status(status) => return (blocks, status),
        }
    }
}

async fn three_blocks(network: &Network) -> Running {
    let running = network.start().await;
    running.broadcast((0..3).map(|_| network.transaction(10)).collect()).await;
    running.wait_for_height(4).await;
    running
}

#[tokio::test]
async fn blocks_are_delivered_and_the_stream_takes_another_request() {
    let network = Network::new(ONE_EACH);
    let running = three_blocks(&network).await;
    let requests = vec![seek(&network, &between(0, 2)), seek(&network, &between(3, 3))];
    let mut stream = running.deliver_all(requests).await;
    let (blocks, status) = answer(&mut stream).await;
    assert_eq!(blocks, (0..3).map(|number| running.block(number)).collect::<Vec<_>>());
    assert_eq!(status, Status::Success as i32);
    let (blocks, status) = answer(&mut stream).await;
    assert_eq!((blocks.len(), status), (1, Status::Success as i32));
    drop(stream);
    running.stop().await;
}

#[tokio::test]
async fn refusals_have_fabrics_statuses_and_end_the_stream() {
    let network = Network::new(ONE_EACH);
    let running = three_blocks(&network).await;
    let stranger = Organization::create(network.directory.path(), OrganizationKind::Peer, "org9.example.com")
        .and_then(|organization| organization.add_user("User1", msp::Role::Client))
        .expect("certificates");
    let stranger = identity(&stranger, "Org1MSP");
    let good = seek(&network, &between(0, 0));
    let at_time = |timestamp: Option<SystemTime>| {
        let mut payload = Payload::decode(good.payload.clone()).expect("a payload");
        let header = payload.header.as_mut().expect("a header");
        let mut channel_header = proto::common::ChannelHeader::decode(header.channel_header.clone()).expect("a header");
        channel_header.timestamp = timestamp.map(Into::into);
        header.channel_header = channel_header.encode_to_vec().into();
        seal(&network.client, &payload)
    };
    let now = SystemTime::now();
    let fail = |number| SeekInfo { behavior: SeekBehavior::FailIfNotReady as i32, ..between(number, number) };
    let info = |start, stop| seek(&network, &SeekInfo { start, stop, ..Default::default() });
    let cases = [
        ("no payload", Envelope::default(), Status::BadRequest),
        ("noise", Envelope { payload: Bytes::from_static(b"\xff"), ..good.clone() }, Status::BadRequest),
        ("no timestamp", at_time(None), Status::BadRequest),
        ("too old", at_time(Some(now - Duration::from_secs(16 * 60))), Status::BadRequest),
        ("too new", at_time(Some(now + Duration::from_secs(16 * 60))), Status::BadRequest),
        ("no start", info(None, at(1)), Status::BadRequest),
        ("no stop", info(at(1), None), Status::BadRequest),
        ("backwards", info(at(2), at(1)), Status::BadRequest),
        ("beyond the next", info(at(9), at(9)), Status::NotFound),
        ("not ready", seek(&network, &fail(4)), Status::NotFound),
        (
            "unknown channel",
            deliver::request("elsewhere", &between(0, 0), &network.client, Bytes::new()).expect("signed"),
            Status::NotFound,
        ),
        ("bad signature", Envelope { signature: Bytes::from_static(b"forged"), ..good.clone() }, Status::Forbidden),
        (
            "stranger",
            deliver::request(CHANNEL, &between(0, 0), &stranger, Bytes::new()).expect("signed"),
            Status::Forbidden,
        ),
        (
            "not a seek request",
            signed(&network.client, HeaderType::DeliverSeekInfo, CHANNEL, Bytes::from_static(b"\xff")),
            Status::BadRequest,
        ),
    ];
    for (name, request, expected) in cases {
        let mut stream = running.deliver(request).await;
        assert_eq!(next(&mut stream).await, Some(Type::Status(expected as i32)), "{name}");
        assert_eq!(next(&mut stream).await, None, "{name}");
    }
    running.stop().await;
}

#[tokio::test]
async fn streams_wait_for_blocks_and_hang_ups_free_everything() {
    let network = Network::new(ONE_EACH);
    let running = three_blocks(&network).await;
    let source = running.orderer.channel(CHANNEL).expect("joined");
    let idle = Arc::strong_count(&source);
    let mut stream = running.deliver(seek(&network, &between(3, u64::MAX))).await;
    assert!(matches!(next(&mut stream).await, Some(Type::Block(_))));
    assert!(Arc::strong_count(&source) > idle);
    running.broadcast(vec![network.transaction(10)]).await;
    match next(&mut stream).await {
        Some(Type::Block(block)) => assert_eq!(header(&block).number, 4),
        other => panic!("expected block 4, got {other:?}"),
    }
    drop(stream);
    let freed = async {
        while Arc::strong_count(&source) > idle {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), freed).await.expect("freed");
    drop(source);
    running.stop().await;
}

#[tokio::test]
async fn closing_the_orderer_ends_waiting_streams() {
    let network = Network::new(ONE_EACH);
    let running = three_blocks(&network).await;
    let mut stream = running.deliver(seek(&network, &between(4, u64::MAX))).await;
    let orderer = running.orderer.clone();
    tokio::task::spawn_blocking(move || orderer.stop()).await.expect("stopped");
    assert_eq!(next(&mut stream).await, Some(Type::Status(Status::ServiceUnavailable as i32)));
    drop(stream);
    running.stop().await;
}

#[tokio::test]
async fn header_streams_leave_transactions_out() {
    let network = Network::new(ONE_EACH);
    let running = three_blocks(&network).await;
    let info = SeekInfo { content_type: SeekContentType::HeaderWithSig as i32, ..between(0, 1) };
    let mut stream = running.deliver(seek(&network, &info)).await;
    let (blocks, _) = answer(&mut stream).await;
    assert_eq!(blocks[0], running.block(0));
    assert_eq!(blocks[1], Block { data: None, ..running.block(1) });
    drop(stream);
    running.stop().await;
}

#[tokio::test]
async fn pulling_survives_restarts_of_the_orderer() {
    let network = Network::new(ONE_EACH);
    let running = three_blocks(&network).await;
    let address = Arc::new(std::sync::Mutex::new(running.endpoint(None)));
    let shared = address.clone();
    let options = PullOptions {
        bundle: network.bundle(),
        identity: network.client.clone(),
        endpoints: Box::new(move |_| vec![shared.lock().expect("no panic").clone()]),
        backoff: Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(20) },
        queue: 1,
    };
    let mut pulled = pull(options, Position { next: 0, previous_hash: None });
    for number in 0..4 {
        let block = pulled.next().await.expect("a block");
        assert_eq!((block.number, &block.block), (number, &running.block(number)));
        assert_eq!(Block::decode(block.bytes).expect("a block"), block.block);
    }
    running.stop().await;
    let running = network.start().await;
    *address.lock().expect("no panic") = running.endpoint(None);
    running.broadcast(vec![network.transaction(10)]).await;
    let block = tokio::time::timeout(Duration::from_secs(20), pulled.next()).await.expect("in time");
    assert_eq!(transactions(&block.expect("a block").block), 1);
    drop(pulled);
    running.stop().await;
}
