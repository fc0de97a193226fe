//! Nothing that comes from outside makes the translation panic, and what it shows it reads.

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message;
use proto::common::{ChannelHeader, Envelope, Header, HeaderType, Payload};
use tools::protolator::{DEPTH_MAX, Protolator};

const TYPES: [&str; 9] = [
    "common.Block",
    "common.Envelope",
    "common.Config",
    "common.ConfigUpdate",
    "common.Payload",
    "common.Policy",
    "msp.MSPConfig",
    "orderer.ConsensusType",
    "protos.Transaction",
];

/// A configuration block, which most changes leave readable in parts.
const BLOCK: &[u8] = include_bytes!("../../channel/tests/data/configtxgen-mychannel.block");

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), name in 0..TYPES.len()) {
        let protolator = Protolator::default();
        if let Ok(json) = protolator.decode(TYPES[name], bytes.into()) {
            let encoded = protolator.encode(TYPES[name], json.as_bytes()).expect("what is shown is read");
            prop_assert_eq!(protolator.decode(TYPES[name], encoded.into()).expect("the same"), json);
        }
    }

    #[test]
    fn damaged_blocks(at in 0..BLOCK.len(), with in any::<u8>()) {
        let protolator = Protolator::default();
        let mut block = BLOCK.to_vec();
        block[at] = with;
        if let Ok(json) = protolator.decode("common.Block", block.into()) {
            let encoded = protolator.encode("common.Block", json.as_bytes()).expect("what is shown is read");
            prop_assert_eq!(protolator.decode("common.Block", encoded.into()).expect("the same"), json);
        }
    }

    #[test]
    fn any_json(text in "[{}\\[\\]\":,a-z0-9 .]{0,60}", name in 0..TYPES.len()) {
        let _ = Protolator::default().encode(TYPES[name], text.as_bytes());
    }
}

#[test]
fn messages_nest_only_so_deep() {
    let header = ChannelHeader { r#type: HeaderType::OrdererTransaction as i32, ..Default::default() };
    let header = Header { channel_header: header.encode_to_vec().into(), ..Default::default() };
    let mut envelope = Bytes::new();
    for _ in 0..DEPTH_MAX {
        let payload = Payload { header: Some(header.clone()), data: envelope };
        envelope = Envelope { payload: payload.encode_to_vec().into(), ..Default::default() }.encode_to_vec().into();
    }
    let error = Protolator::default().decode("common.Envelope", envelope).expect_err("too deep").to_string();
    assert!(error.ends_with(": messages nest deeper than 400 levels"), "{}", &error[error.len() - 100..]);
}

#[test]
fn forms_of_values() {
    let protolator = Protolator::default();
    let encode = |name: &str, json: &str| protolator.encode(name, json.as_bytes()).map_err(|error| error.to_string());
    // Numbers as texts or with an exponent, enumerations by name or number, base64 of both alphabets, names in camel case.
    let one = encode(
        "orderer.BatchSize",
        r#"{"max_message_count": 10, "absoluteMaxBytes": "20", "preferred_max_bytes": 3e2}"#,
    );
    assert_eq!(one, Ok(vec![8, 10, 16, 20, 24, 172, 2]));
    assert_eq!(
        encode("common.ImplicitMetaPolicy", r#"{"rule": "MAJORITY"}"#),
        encode("common.ImplicitMetaPolicy", r#"{"rule": 2}"#)
    );
    assert_eq!(encode("common.LastConfig", r#"{"index": null}"#), Ok(vec![]));
    assert_eq!(
        encode("common.BlockMetadata", r#"{"metadata": ["+/8=", "-_8"]}"#),
        Ok(vec![10, 2, 251, 255, 10, 2, 251, 255])
    );
    let wrong = |name, json| encode(name, json).expect_err(json);
    assert!(wrong("orderer.BatchSize", r#"{"max": 1}"#).starts_with("unknown field \"max\""));
    assert!(
        wrong("orderer.BatchSize", r#"{"max_message_count": 4294967296}"#).starts_with("max_message_count: expected")
    );
    assert!(wrong("orderer.BatchSize", "[]").starts_with("expected an object"));
    let both = r#"{"rule": {"signed_by": 1, "n_out_of": {"n": 1}}}"#;
    assert!(wrong("common.SignaturePolicyEnvelope", both).contains("only one of them may be"));
    // A threshold of a policy, which is a oneof, and a time.
    let json = r#"{"version": 0, "identities": [], "rule": {"n_out_of": {"n": 1, "rules": [{"signed_by": 0}]}}}"#;
    let encoded = encode("common.SignaturePolicyEnvelope", json).expect("good");
    let shown = protolator.decode("common.SignaturePolicyEnvelope", encoded.into()).expect("good");
    assert!(shown.contains("\"signed_by\": 0"), "{shown}");
    for (written, expected) in [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.5+01:00", "2026-01-02T02:04:05.500Z"),
        ("2026-01-02T03:04:05.000001Z", "2026-01-02T03:04:05.000001Z"),
        ("2026-01-02T03:04:05.000000001Z", "2026-01-02T03:04:05.000000001Z"),
    ] {
        let encoded = encode("common.ChannelHeader", &format!("{{\"timestamp\": \"{written}\"}}")).expect("a time");
        let shown = protolator.decode("common.ChannelHeader", encoded.into()).expect("shown");
        assert!(shown.contains(&format!("\"timestamp\": \"{expected}\"")), "{shown}");
    }
}
