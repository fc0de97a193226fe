use bytes::Bytes;
use prost::Message;
use proto::common::{
    Config, ConfigEnvelope, ConfigGroup, ConfigSignature, ConfigUpdate, ConfigUpdateEnvelope, ConfigValue, Envelope,
    HeaderType, Payload, Status,
};
use proto::orderer::{BatchSize, ConsensusType, consensus_type};

use crate::fixture::{Batches, CHANNEL, NEVER, Network, signed, transactions};

/// A change of values of the Orderer group, signed by the orderer's administrator.
fn update(network: &Network, config: &Config, values: &[(&str, Bytes)]) -> Envelope {
    let root = config.channel_group.clone().expect("a channel group");
    let orderer = root.groups.get("Orderer").expect("an orderer group");
    let read = ConfigGroup { version: orderer.version, ..Default::default() };
    let mut write = read.clone();
    for (key, value) in values {
        let current = orderer.values.get(*key).expect("a value");
        let changed =
            ConfigValue { version: current.version + 1, value: value.clone(), mod_policy: current.mod_policy.clone() };
        write.values.insert((*key).to_owned(), changed);
    }
    let below = |group| ConfigGroup {
        version: root.version,
        groups: [("Orderer".to_owned(), group)].into(),
        ..Default::default()
    };
    let update = ConfigUpdate {
        channel_id: CHANNEL.to_owned(),
        read_set: Some(below(read)),
        write_set: Some(below(write)),
        ..Default::default()
    };
    let config_update = Bytes::from(update.encode_to_vec());
    let signature_header = Bytes::from(network.orderer_admin.new_signature_header().encode_to_vec());
    let signature = network.orderer_admin.sign(&[&signature_header[..], &config_update].concat()).expect("signed");
    let signatures = vec![ConfigSignature { signature_header, signature }];
    let envelope = ConfigUpdateEnvelope { config_update, signatures };
    signed(&network.orderer_admin, HeaderType::ConfigUpdate, CHANNEL, envelope.encode_to_vec().into())
}

fn batch_size(count: u32) -> (&'static str, Bytes) {
    let size = BatchSize { max_message_count: count, absolute_max_bytes: 100_000, preferred_max_bytes: 50_000 };
    ("BatchSize", size.encode_to_vec().into())
}

#[tokio::test]
async fn a_change_goes_alone_and_holds_for_the_next_block() {
    let network = Network::new(Batches { count: 10, preferred_bytes: 50_000, timeout: NEVER });
    let running = network.start().await;
    running.broadcast(vec![network.transaction(10)]).await;
    let source = running.orderer.channel(CHANNEL).expect("joined");
    let change = update(&network, source.bundle().config(), &[batch_size(2)]);
    let responses = running.broadcast(vec![change.clone()]).await;
    assert_eq!(responses[0].status, Status::Success as i32, "{}", responses[0].info);
    running.wait_for_height(3).await;
    assert_eq!(transactions(&running.block(1)), 1);
    let block = running.block(2);
    assert_eq!(proto::block::last_config_index(&block).expect("metadata"), 2);
    let envelope = Envelope::decode(block.data.clone().expect("data").data[0].clone()).expect("an envelope");
    let header = proto::transaction::channel_header(&envelope).expect("a header");
    assert_eq!((header.r#type, header.tx_id.as_str()), (HeaderType::Config as i32, ""));
    let payload = Payload::decode(envelope.payload).expect("a payload");
    let config = ConfigEnvelope::decode(payload.data).expect("a configuration");
    assert_eq!(config.last_update.as_ref(), Some(&change));
    assert_eq!(config.config.expect("a configuration").sequence, 1);
    assert_eq!(source.bundle().sequence(), 1);

    // Two messages now make a block, and a follower of the chain accepts all of it.
    running.broadcast(vec![network.transaction(10), network.transaction(10)]).await;
    running.wait_for_height(4).await;
    assert_eq!(proto::block::last_config_index(&running.block(3)).expect("metadata"), 2);
    let mut verifier = deliver::BlockVerifier::new(network.bundle(), 0, None);
    for number in 0..4 {
        verifier.accept(&running.block(number)).expect("the next block");
    }
    assert_eq!(verifier.bundle().sequence(), 1);

    // The same change again is stale.
    let responses = running.broadcast(vec![change]).await;
    assert_eq!(responses[0].status, Status::BadRequest as i32);
    drop(source);
    running.stop().await;

    let running = network.start().await;
    assert_eq!(running.orderer.channel(CHANNEL).expect("joined").bundle().sequence(), 1);
    running.broadcast(vec![network.transaction(10), network.transaction(10)]).await;
    running.wait_for_height(5).await;
    running.stop().await;
}

#[tokio::test]
async fn in_maintenance_mode_only_administrators_pass() {
    let network = Network::new(Batches { count: 1, preferred_bytes: 50_000, timeout: NEVER });
    let running = network.start().await;
    let source = running.orderer.channel(CHANNEL).expect("joined");
    let consensus = |kind: &str, state: consensus_type::State| {
        let value = ConsensusType { r#type: kind.to_owned(), metadata: Bytes::new(), state: state as i32 };
        ("ConsensusType", Bytes::from(value.encode_to_vec()))
    };
    let maintenance = consensus("solo", consensus_type::State::Maintenance);
    let refusals = [
        (vec![maintenance.clone(), batch_size(2)], "more then just the ConsensusType value"),
        (vec![consensus("BFT", consensus_type::State::Maintenance)], "but ConsensusType.State is changing"),
        (vec![consensus("etcdraft", consensus_type::State::Normal)], "is not in maintenance mode"),
    ];
    for (values, info) in refusals {
        let change = update(&network, source.bundle().config(), &values);
        let responses = running.broadcast(vec![change]).await;
        assert_eq!(responses[0].status, Status::BadRequest as i32, "{info}");
        assert!(responses[0].info.contains(info), "{info}: {}", responses[0].info);
    }
    let change = update(&network, source.bundle().config(), &[maintenance]);
    let responses = running.broadcast(vec![change]).await;
    assert_eq!(responses[0].status, Status::Success as i32, "{}", responses[0].info);
    running.wait_for_height(2).await;
    let responses = running.broadcast(vec![network.transaction(10)]).await;
    assert_eq!(responses[0].status, Status::ServiceUnavailable as i32);
    assert_eq!(responses[0].info, "normal transactions are rejected: maintenance mode");
    drop(source);
    running.stop().await;
}
