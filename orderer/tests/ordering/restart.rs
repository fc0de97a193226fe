use orderer::{JoinError, Orderer};
use proto::common::Status;

use crate::fixture::{Batches, CHANNEL, NEVER, Network, transactions};

#[tokio::test]
async fn acknowledged_messages_are_written_when_the_orderer_stops() {
    let network = Network::new(Batches { count: 10, preferred_bytes: 50_000, timeout: NEVER });
    let running = network.start().await;
    let responses = running.broadcast((0..3).map(|_| network.transaction(10)).collect()).await;
    assert!(responses.iter().all(|response| response.status == Status::Success as i32));
    assert_eq!(running.height(), 1);
    running.stop().await;

    let running = network.start().await;
    assert_eq!(running.height(), 2);
    assert_eq!(transactions(&running.block(1)), 3);
    running.broadcast(vec![network.transaction(10)]).await;
    running.stop().await;

    let running = network.start().await;
    let mut verifier = deliver::BlockVerifier::new(network.bundle(), 0, None);
    for number in 0..3 {
        verifier.accept(&running.block(number)).expect("the next block");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_stopped_orderer_says_so() {
    let network = Network::new(Batches { count: 1, preferred_bytes: 50_000, timeout: NEVER });
    let running = network.start().await;
    let orderer = running.orderer.clone();
    tokio::task::spawn_blocking(move || orderer.stop()).await.expect("stopped");
    let responses = running.broadcast(vec![network.transaction(10)]).await;
    assert_eq!(responses[0].status, Status::ServiceUnavailable as i32);
    assert_eq!(responses[0].info, "the orderer is stopping");
    running.stop().await;
}

#[tokio::test]
async fn channels_are_joined_once_and_by_their_genesis_block() {
    let network = Network::new(Batches { count: 1, preferred_bytes: 50_000, timeout: NEVER });
    let orderer = Orderer::open(network.options()).expect("an orderer");
    assert!(orderer.channel_ids().is_empty());
    orderer.join(&network.genesis).expect("joined");
    assert_eq!(orderer.channel_ids(), [CHANNEL]);
    assert!(matches!(orderer.join(&network.genesis), Err(JoinError::Exists)));
    let mut later = network.genesis.clone();
    later.header.as_mut().expect("a header").number = 7;
    assert!(matches!(orderer.join(&later), Err(JoinError::NotGenesis(7))));
    assert!(matches!(orderer.join(&Default::default()), Err(JoinError::Config(_))));
    drop(orderer);
    let orderer = Orderer::open(network.options()).expect("an orderer");
    assert_eq!(orderer.channel_ids(), [CHANNEL]);
}
