use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use msp::generate::{Organization, OrganizationKind};
use node::grpc::{ServerOptions, ServiceLimit};
use prost::Message;
use proto::common::{BlockMetadataIndex, Envelope, HeaderType, Metadata, Payload, Status};

use crate::fixture::{Batches, CHANNEL, NEVER, Network, header, held_open, identity, signed, transactions};

#[tokio::test]
async fn messages_become_blocks_by_count_and_size() {
    let network = Network::new(Batches { count: 3, preferred_bytes: 20_000, timeout: NEVER });
    let running = network.start().await;
    let responses = running.broadcast((0..3).map(|_| network.transaction(100)).collect()).await;
    assert!(responses.iter().all(|response| response.status == Status::Success as i32));
    running.wait_for_height(2).await;
    // What is larger than a block should be goes into one of its own, and what waited goes before it.
    running.broadcast(vec![network.transaction(100), network.transaction(30_000)]).await;
    running.wait_for_height(4).await;
    let counts: Vec<usize> = (1..4).map(|number| transactions(&running.block(number))).collect();
    assert_eq!(counts, [3, 1, 1]);
    running.stop().await;
}

#[tokio::test]
async fn a_message_waits_for_company_until_the_time_is_up() {
    let network = Network::new(Batches { count: 3, preferred_bytes: 20_000, timeout: Duration::from_millis(2) });
    let running = network.start().await;
    running.broadcast(vec![network.transaction(100)]).await;
    running.wait_for_height(2).await;
    assert_eq!(transactions(&running.block(1)), 1);
    running.stop().await;
}

#[tokio::test]
async fn blocks_are_chained_signed_and_complete() {
    let network = Network::new(Batches { count: 2, preferred_bytes: 50_000, timeout: NEVER });
    let running = network.start().await;
    let sent: Vec<Envelope> = (0..6).map(|size| network.transaction(size)).collect();
    running.broadcast(sent.clone()).await;
    running.wait_for_height(4).await;
    let mut verifier = deliver::BlockVerifier::new(network.bundle(), 0, None);
    let mut ordered = Vec::new();
    for number in 0..4 {
        let block = running.block(number);
        verifier.accept(&block).expect("the next block");
        let metadata = block.metadata.clone().expect("metadata").metadata;
        assert_eq!(metadata.len(), 5);
        if number == 0 {
            continue;
        }
        ordered.extend(block.data.clone().expect("data").data);
        assert_eq!(proto::block::last_config_index(&block).expect("metadata"), 0);
        let slot = proto::block::metadata(&block, BlockMetadataIndex::Signatures);
        assert_eq!(Metadata::decode(slot).expect("metadata").signatures.len(), 1);
        assert_eq!(header(&block).number, number);
    }
    assert_eq!(ordered, sent.iter().map(|envelope| Bytes::from(envelope.encode_to_vec())).collect::<Vec<_>>());

    let mut forged = running.block(3);
    proto::block::set_metadata(&mut forged, BlockMetadataIndex::Signatures, Bytes::new());
    let hash = proto::block::header_hash(&header(&running.block(2)));
    let mut verifier = deliver::BlockVerifier::new(network.bundle(), 3, Some(hash));
    let error = verifier.accept(&forged).expect_err("no signature").to_string();
    assert_eq!(error, "the signatures of block 3 do not satisfy /Channel/Orderer/BlockValidation");
    forged = running.block(3);
    forged.data.as_mut().expect("data").data.pop();
    assert!(verifier.accept(&forged).is_err());
    assert!(verifier.accept(&running.block(2)).is_err());
    verifier.accept(&running.block(3)).expect("the next block");
    running.stop().await;
}

#[tokio::test]
async fn bad_messages_are_refused_with_fabrics_answers() {
    let network = Network::new(Batches { count: 10, preferred_bytes: 50_000, timeout: NEVER });
    let running = network.start().await;
    let stranger = Organization::create(network.directory.path(), OrganizationKind::Peer, "org9.example.com")
        .and_then(|organization| organization.add_user("User1", msp::Role::Client))
        .expect("certificates");
    let stranger = identity(&stranger, "Org1MSP");
    let good = network.transaction(10);
    let of_type = |kind| signed(&network.client, kind, CHANNEL, Bytes::new());
    let headless = Envelope { payload: Payload::default().encode_to_vec().into(), ..good.clone() };
    let cases = [
        (Envelope::default(), Status::BadRequest, "channel does not exist"),
        (headless, Status::BadRequest, "channel does not exist"),
        (
            Envelope { payload: Bytes::from_static(b"\xff\xff"), ..good.clone() },
            Status::BadRequest,
            "could not determine channel ID: ",
        ),
        (
            signed(&network.client, HeaderType::EndorserTransaction, "elsewhere", Bytes::new()),
            Status::BadRequest,
            "channel does not exist",
        ),
        (of_type(HeaderType::Config), Status::BadRequest, "message is of type that cannot be processed directly"),
        (of_type(HeaderType::OrdererTransaction), Status::BadRequest, "message is of type that is no longer supported"),
        (network.transaction(200_000), Status::BadRequest, "message payload is 20"),
        (
            Envelope { signature: Bytes::from_static(b"forged"), ..good.clone() },
            Status::Forbidden,
            "implicit policy evaluation failed - 0 sub-policies were satisfied",
        ),
        (Envelope { signature: Bytes::new(), ..good.clone() }, Status::Forbidden, "implicit policy evaluation failed"),
        (
            signed(&stranger, HeaderType::EndorserTransaction, CHANNEL, Bytes::new()),
            Status::Forbidden,
            "implicit policy evaluation failed",
        ),
        (of_type(HeaderType::ConfigUpdate), Status::BadRequest, "error applying config update to existing channel"),
    ];
    for (envelope, status, info) in cases {
        // The refusal ends the stream, so the good message after it is not answered.
        let responses = running.broadcast(vec![good.clone(), envelope, good.clone()]).await;
        assert_eq!(responses.len(), 2, "{info}");
        assert_eq!(responses[0].status, Status::Success as i32, "{info}");
        assert_eq!(responses[1].status, status as i32, "{info}: {}", responses[1].info);
        assert!(responses[1].info.starts_with(info), "{info}: {}", responses[1].info);
    }
    running.stop().await;
}

#[tokio::test]
async fn concurrency_is_limited_with_fabrics_text() {
    let network = Network::new(Batches { count: 1, preferred_bytes: 50_000, timeout: NEVER });
    let limit = ServiceLimit { service: "orderer.AtomicBroadcast".to_owned(), requests_max: 1 };
    let server = ServerOptions { limits: vec![limit], ..ServerOptions::new("127.0.0.1:0", "General.ListenPort") };
    let running = network.start_with(network.options(), server).await;
    let mut client = running.client().await;
    let (requests, open) = held_open(Vec::new());
    let first = client.broadcast(requests).await.expect("admitted");
    let refused = client.broadcast(futures::stream::empty()).await.expect_err("over the limit");
    assert_eq!(refused.code(), tonic::Code::Unknown);
    assert_eq!(refused.message(), "too many requests for /orderer.AtomicBroadcast, exceeding concurrency limit (1)");
    drop((first, open));
    // The place is free again once the server has noticed.
    let again = async {
        while client.broadcast(futures::stream::empty()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("admitted again");
    drop(client);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_lose_nothing() {
    let network = Network::new(Batches { count: 7, preferred_bytes: 50_000, timeout: Duration::from_millis(1) });
    let running = Arc::new(network.start().await);
    let mut clients = tokio::task::JoinSet::new();
    for size in 0..8 {
        let envelopes: Vec<_> = (0..50).map(|_| network.transaction(size)).collect();
        let running = running.clone();
        clients.spawn(async move { running.broadcast(envelopes).await.len() });
    }
    assert_eq!(clients.join_all().await.into_iter().sum::<usize>(), 400);
    let running = Arc::into_inner(running).expect("the clients are done");
    let orderer = running.orderer.clone();
    let source = orderer.channel(CHANNEL).expect("joined");
    drop(orderer);
    let closing = running.orderer.clone();
    tokio::task::spawn_blocking(move || closing.stop()).await.expect("stopped");
    let height = *source.heights().borrow();
    let total: usize = (1..height).map(|number| transactions(&running.block(number))).sum();
    assert_eq!(total, 400);
    drop(source);
    running.stop().await;
}
