//! Blocks that real Fabric wrote.

use bytes::Bytes;
use channel::{Bundle, OrdererEndpoint, SignedData};
use prost::Message;
use proto::common::{Block, BlockMetadataIndex, Envelope, Header, Metadata, Payload, SignatureHeader};
use proto::protos::{ChaincodeActionPayload, Transaction};

/// Block 0 by `configtxgen`, and block 3 of that channel as its peer delivers it: one transaction.
const GENESIS: &[u8] = include_bytes!("../data/configtxgen-mychannel.block");
const BLOCK_3: &[u8] = include_bytes!("../data/peer-block-3.block");

fn bundle() -> Bundle {
    Bundle::from_config_block(&Block::decode(GENESIS).expect("a block")).expect("a channel")
}

#[test]
fn configtxgens_block_makes_a_channel() {
    let bundle = bundle();
    assert_eq!((bundle.channel_id(), bundle.sequence()), ("mychannel", 0));
    assert_eq!(bundle.application_orgs().collect::<Vec<_>>(), ["Org1MSP"]);
    let mut msps: Vec<&str> = bundle.msps().msps().iter().map(|msp| msp.id()).collect();
    msps.sort_unstable();
    assert_eq!(msps, ["OrdererMSP", "Org1MSP"]);
    let orderer = bundle.orderer();
    assert_eq!(orderer.consensus_type, "etcdraft");
    assert!(!orderer.maintenance && !orderer.batch_timeout.is_zero() && orderer.batch_size.max_message_count > 0);
    let [OrdererEndpoint { address, msp_id, tls_roots }] = &bundle.orderer_endpoints()[..] else { panic!("one") };
    assert!(address.contains(':'));
    assert_eq!(msp_id, "OrdererMSP");
    assert!(tls_roots.iter().all(|pem| pem.starts_with(b"-----BEGIN CERTIFICATE-----")) && tls_roots.len() == 1);
    for path in [
        "/Channel/Readers",
        "/Channel/Writers",
        "/Channel/Admins",
        "/Channel/Application/Readers",
        "/Channel/Application/Writers",
        "/Channel/Application/Endorsement",
        "/Channel/Application/LifecycleEndorsement",
        "/Channel/Application/Org1MSP/Endorsement",
        "/Channel/Orderer/BlockValidation",
        "/Channel/Orderer/Writers",
    ] {
        assert!(bundle.policy(path).is_some(), "{path}");
    }
    assert!(bundle.policy("/Channel/Nothing").is_none());
    assert!(bundle.policy("Application/Writers").is_some(), "relative to the channel");
}

#[test]
fn signatures_by_fabric_satisfy_its_policies() {
    let bundle = bundle();
    let block = Block::decode(BLOCK_3).expect("a block");
    let envelope = Envelope::decode(block.data.as_ref().expect("data").data[0].clone()).expect("an envelope");
    let payload = Payload::decode(envelope.payload.clone()).expect("a payload");
    let Header { signature_header, .. } = payload.header.expect("a header");
    let creator = SignatureHeader::decode(signature_header).expect("a signature header").creator;
    let by_creator = SignedData { identity: creator, message: envelope.payload, signature: envelope.signature };
    bundle.evaluate("/Channel/Application/Writers", std::slice::from_ref(&by_creator)).expect("a writer");

    let transaction = Transaction::decode(payload.data).expect("a transaction");
    let action = ChaincodeActionPayload::decode(transaction.actions[0].payload.clone()).expect("an action");
    let endorsed = action.action.expect("an endorsed action");
    let endorsements: Vec<SignedData> = endorsed
        .endorsements
        .iter()
        .map(|endorsement| SignedData {
            identity: endorsement.endorser.clone(),
            message: [&endorsed.proposal_response_payload[..], &endorsement.endorser[..]].concat().into(),
            signature: endorsement.signature.clone(),
        })
        .collect();
    bundle.evaluate("/Channel/Application/Endorsement", &endorsements).expect("endorsed");

    let signatures = proto::block::metadata(&block, BlockMetadataIndex::Signatures);
    let metadata = Metadata::decode(signatures).expect("metadata");
    let header = proto::block::header_der(block.header.as_ref().expect("a header"));
    let by_orderer: Vec<SignedData> = metadata
        .signatures
        .iter()
        .map(|signature| SignedData {
            identity: SignatureHeader::decode(signature.signature_header.clone()).expect("a header").creator,
            message: [&metadata.value[..], &signature.signature_header[..], &header[..]].concat().into(),
            signature: signature.signature.clone(),
        })
        .collect();
    bundle.evaluate("/Channel/Orderer/BlockValidation", &by_orderer).expect("signed by the orderer");

    // And none of them when a single bit differs.
    for (path, mut signed) in [
        ("/Channel/Application/Writers", vec![by_creator]),
        ("/Channel/Application/Endorsement", endorsements),
        ("/Channel/Orderer/BlockValidation", by_orderer),
    ] {
        let mut message = signed[0].message.to_vec();
        message[0] ^= 1;
        signed[0].message = Bytes::from(message);
        bundle.evaluate(path, &signed).expect_err(path);
    }
}
