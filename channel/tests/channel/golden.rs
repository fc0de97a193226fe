//! Blocks that real Fabric wrote.

use bytes::Bytes;
use channel::{Acl, Bundle, LocalRole, OrdererEndpoint, SignedData, consensus, policy_language, update};
use prost::Message;
use proto::common::policy::PolicyType;
use proto::common::{
    Block, ConfigGroup, ConfigUpdateEnvelope, Envelope, Header, HeaderType, Payload, SignatureHeader,
    SignaturePolicyEnvelope,
};
use proto::etcdraft::ConfigMetadata;
use proto::protos::{ChaincodeActionPayload, Transaction};

use crate::network::{chain_of, config_of};

/// Block 0 by `configtxgen`, and block 3 of that channel as its peer delivers it: one transaction.
const GENESIS: &[u8] = include_bytes!("../data/configtxgen-mychannel.block");
const BLOCK_3: &[u8] = include_bytes!("../data/peer-block-3.block");

/// Block 0 of a BFT channel with Channel V3_0, Application V2_5, and [`POLICIES`] as policies `P00`, `P01`, .. of the
/// application group; of a Raft channel with Channel V1_4_3 and Application V1_4_2. Nobody has to sign as an admin.
const BFT: &[u8] = include_bytes!("../data/configtxgen-bft.block");
const RAFT: &[u8] = include_bytes!("../data/configtxgen-raft.block");
/// What `configtxlator` computed as the update of the Raft channel that adds Org2, takes a consenter,
/// `/Channel/Writers` and `ChannelRestrictions` away, and changes the batch size, an ACL and a `mod_policy`.
const UPDATE: &[u8] = include_bytes!("../data/configtxlator-update.pb");

const POLICIES: &[&str] = &[
    "OR('Org1MSP.member')",
    "AND('Org1MSP.member')",
    "OR('Org1MSP.admin', 'Org2MSP.client', 'Org3MSP.peer', 'OrdererMSP.orderer')",
    "And(\"Org1MSP.member\", \"Org2MSP.member\")",
    "AND('A.member', OR('B.peer', 'C.peer'), 'D.admin')",
    "Or('A.member', AND('B.peer', 'C.peer'))",
    "OutOf(2, 'A.member', 'B.member', 'C.member')",
    "OUTOF(1, 'A.member', OutOf(2, 'B.member', 'C.member', 'A.member'), OR('D.peer', 'E.peer'))",
    "outof('2', 'A.member', 'B.member')",
    "OutOf(0, 'A.member')",
    "OutOf(3, 'A.member', 'B.member')",
    "AND('A.peer', 'A.peer', 'A.peer')",
    "OR('my-org.example.com.member', '0rg.1.admin')",
    "OR(AND(OR('A.peer', AND('B.peer', 'C.peer')), 'D.peer'), 'E.peer')",
    "AND  (  'A.member'  ,'B.member')",
    "OutOf(1, 'Org1MSP.member.admin')",
    "OR('A.member',)",
];

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

    let by_orderer = bundle.block_signatures(&block).expect("signatures");
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

#[test]
fn policies_are_encoded_as_configtxgen_does() {
    let config = config_of(&Block::decode(BFT).expect("a block"));
    let application = &config.channel_group.expect("a group").groups["Application"];
    for (index, text) in POLICIES.iter().enumerate() {
        let theirs = application.policies[&format!("P{index:02}")].policy.as_ref().expect("a policy");
        assert_eq!(theirs.r#type, PolicyType::Signature as i32);
        let ours = policy_language::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(ours, SignaturePolicyEnvelope::decode(theirs.value.clone()).expect("a policy"), "{text}");
        assert_eq!(ours.encode_to_vec(), theirs.value, "{text}");
        // What is printed means the same, but for how principals are numbered.
        let again = policy_language::parse(&policy_language::print(&ours));
        assert_eq!(again.as_ref(), Ok(&ours), "{text}");
    }
}

#[test]
fn a_bft_channel_by_configtxgen() {
    let bundle = Bundle::from_config_block(&Block::decode(BFT).expect("a block"));
    let bundle = bundle.unwrap_or_else(|error| panic!("{}", chain_of(&error)));
    assert!(bundle.has_capability("Channel", "V3_0") && bundle.has_capability("Application", "V2_5"));
    let settings = bundle.orderer();
    assert_eq!((settings.consensus_type.as_str(), settings.max_channels), ("BFT", 3));
    assert_eq!(settings.batch_timeout.as_millis(), 61_500);
    assert_eq!((settings.batch_size.max_message_count, settings.batch_size.preferred_max_bytes), (7, 2 << 20));
    let consenters: Vec<_> = settings.consenters.iter().map(|one| (one.id, one.host.as_str(), one.port)).collect();
    assert_eq!(consenters[0], (1, "o1.ord.example.com", 7051));
    assert_eq!(consenters.len(), 4);
    let third = bundle.consenter_identity(3).expect("a consenter");
    assert_eq!(bundle.msps().identity(&third).expect("an orderer").common_name(), Some("o3.ord.example.com"));
    assert_eq!(bundle.consenter_identity(5), None);
    let addresses: Vec<_> = bundle.orderer_endpoints().into_iter().map(|one| (one.address, one.msp_id)).collect();
    let orderer = |address: &str| (address.to_owned(), "OrdererMSP".to_owned());
    assert_eq!(addresses, [orderer("o1.ord.example.com:7051"), orderer("o2.ord.example.com:7052")]);
    let [organization] = bundle.application_organizations() else { panic!("one") };
    assert_eq!((organization.anchor_peers[0].host.as_str(), organization.anchor_peers[0].port), ("peer0", 7051));
    // Configtxgen has written the policy over signatures of blocks.
    let root = bundle.config().channel_group.as_ref().expect("a group");
    let theirs = root.groups["Orderer"].policies["BlockValidation"].policy.as_ref().expect("a policy");
    assert_eq!(consensus::block_validation(&settings.consenters).encode_to_vec(), theirs.value);
    let policy = |path: &str| Some(Acl::Policy(path.to_owned()));
    for (resource, acl, own) in [
        ("event/Block", policy("/Channel/Application/Admins"), true),
        ("qscc/GetChainInfo", policy("/Channel/Admins"), true),
        ("qscc/GetBlockByNumber", policy("/Channel/Application/Readers"), false),
        ("cscc/JoinChain", Some(Acl::Local(LocalRole::Admins)), false),
    ] {
        assert_eq!((bundle.acl(resource), bundle.has_own_acl(resource)), (acl, own), "{resource}");
    }
}

/// Versions of a group, its values and its policies.
fn versions(group: &ConfigGroup) -> String {
    let values = group.values.iter().map(|(name, value)| format!(" {name}={}", value.version));
    let policies = group.policies.iter().map(|(name, policy)| format!(" {name}={}", policy.version));
    format!("{}:{} |{}", group.version, values.collect::<String>(), policies.collect::<String>())
}

#[test]
fn an_update_by_configtxlator() {
    let config = config_of(&Block::decode(RAFT).expect("a block"));
    let bundle = Bundle::from_config("gold", config);
    let bundle = bundle.unwrap_or_else(|error| panic!("{}", chain_of(&error)));
    assert!(!bundle.has_capability("Application", "V2_0") && bundle.has_capability("Application", "V1_3"));

    let data = ConfigUpdateEnvelope { config_update: Bytes::from_static(UPDATE), signatures: Vec::new() };
    let payload = proto::transaction::plain_payload(
        HeaderType::ConfigUpdate,
        "gold",
        prost_types::Timestamp::default(),
        Bytes::new(),
        SignatureHeader::default(),
        data.encode_to_vec().into(),
    );
    let envelope = Envelope { payload: payload.encode_to_vec().into(), signature: Bytes::new() };
    let (proposed, next) = update::propose(&bundle, &envelope).unwrap_or_else(|error| panic!("{}", chain_of(&error)));
    let root = proposed.config.as_ref().and_then(|config| config.channel_group.as_ref()).expect("a group");
    assert_eq!((next.sequence(), next.application_orgs().collect::<Vec<_>>()), (1, vec!["Org1MSP", "Org2MSP"]));
    assert_eq!((next.orderer().batch_size.max_message_count, next.orderer().max_channels), (9, 0));
    let metadata = ConfigMetadata::decode(next.orderer().consensus_metadata.clone()).expect("metadata");
    assert_eq!(metadata.consenters.len(), 2);
    assert_eq!(next.acl("event/Block"), Some(Acl::Policy("/Channel/Application/Writers".to_owned())));
    assert_eq!(versions(root), "1: BlockDataHashingStructure=0 Capabilities=0 HashingAlgorithm=0 | Admins=0 Readers=0");
    assert_eq!(
        versions(&root.groups["Orderer"]),
        "1: BatchSize=1 BatchTimeout=0 Capabilities=0 ConsensusType=1 | Admins=0 BlockValidation=0 Readers=0 Writers=0"
    );
    let application = &root.groups["Application"];
    assert_eq!((application.version, application.values["ACLs"].version), (1, 1));
    assert_eq!(application.policies["Readers"].mod_policy, "/Channel/Admins");
    // What the update only names is as it was.
    let before = bundle.config().channel_group.as_ref().expect("a group");
    assert_eq!(application.groups["Org1"], before.groups["Application"].groups["Org1"]);
    assert_eq!(root.groups["Orderer"].groups, before.groups["Orderer"].groups);
    // Receivers come to the same result.
    assert_eq!(update::check(&bundle, &proposed).expect("the same").config(), next.config());
}
