//! Every validation code, from transactions with real signatures.

mod network;

use bytes::Bytes;
use network::{Draft, Network, channel_policy, hashed_write, key_policy, public, read, signature_policy, write};
use prost::Message;
use proto::common::{ChannelHeader, HeaderType};
use proto::kvrwset::KvrwSet;
use proto::protos::{
    ChaincodeActionPayload, CollectionConfig, CollectionConfigPackage, StaticCollectionConfig, Transaction,
    TxValidationCode as Code, collection_config,
};
use proto::rwset::NsReadWriteSet;

type Change = fn(&mut Draft<'_>);

fn basic() -> Network {
    let network = Network::new(1);
    network.define("basic", signature_policy("OR('Org1MSP.peer')"), None);
    network
}

/// What is wrong with the transaction alone.
const FORM: &[(&str, Code, Change)] = &[
    ("nothing", Code::Valid, |_| ()),
    ("other channel", Code::BadCreatorSignature, |draft| draft.channel_header.channel_id = "other".into()),
    ("no channel", Code::BadCreatorSignature, |draft| draft.channel_header.channel_id.clear()),
    ("epoch", Code::BadCommonHeader, |draft| draft.channel_header.epoch = 1),
    ("type of no transaction", Code::BadCommonHeader, |draft| {
        draft.channel_header.r#type = HeaderType::DeliverSeekInfo as i32;
    }),
    ("unknown type", Code::BadCommonHeader, |draft| draft.channel_header.r#type = 77),
    ("configuration update", Code::UnsupportedTxPayload, |draft| {
        draft.channel_header.r#type = HeaderType::ConfigUpdate as i32;
    }),
    ("no nonce", Code::BadCommonHeader, |draft| draft.signature_header.nonce.clear()),
    ("no creator", Code::BadCommonHeader, |draft| draft.signature_header.creator.clear()),
    ("foreign creator", Code::BadCreatorSignature, |draft| {
        draft.signature_header.creator = Bytes::from_static(b"\x0a\x07Org9MSP\x12\x03pem");
    }),
    ("signature of something else", Code::BadCreatorSignature, |draft| {
        draft.after_signing = |envelope| {
            let mut payload = envelope.payload.to_vec();
            // The last byte lies in the endorsement.
            *payload.last_mut().expect("bytes") ^= 1;
            envelope.payload = payload.into();
        };
    }),
    ("no signature", Code::BadCreatorSignature, |draft| draft.after_signing = |envelope| envelope.signature.clear()),
    ("no payload", Code::BadCommonHeader, |draft| draft.after_signing = |envelope| envelope.payload.clear()),
    ("payload of another kind", Code::BadPayload, |draft| {
        draft.after_signing = |envelope| envelope.payload = Bytes::from_static(b"\x0a\xff");
    }),
    ("tx id of another nonce", Code::BadProposalTxid, |draft| draft.channel_header.tx_id = "00".repeat(32)),
    ("tx id in upper case", Code::BadProposalTxid, |draft| {
        draft.channel_header.tx_id = draft.channel_header.tx_id.to_uppercase();
    }),
    ("no transaction", Code::InvalidEndorserTransaction, |draft| {
        draft.before_signing = |payload| payload.data.clear();
    }),
    ("two actions", Code::InvalidEndorserTransaction, |draft| {
        draft.before_signing = |payload| {
            let mut transaction = Transaction::decode(payload.data.clone()).expect("transaction");
            transaction.actions.push(transaction.actions[0].clone());
            payload.data = transaction.encode_to_vec().into();
        };
    }),
    ("action without endorsed action", Code::InvalidEndorserTransaction, |draft| {
        draft.before_signing = |payload| {
            let mut transaction = Transaction::decode(payload.data.clone()).expect("transaction");
            let action = ChaincodeActionPayload::decode(transaction.actions[0].payload.clone()).expect("action");
            let action = ChaincodeActionPayload { action: None, ..action };
            transaction.actions[0].payload = action.encode_to_vec().into();
            payload.data = transaction.encode_to_vec().into();
        };
    }),
    ("endorsed for another proposal", Code::InvalidEndorserTransaction, |draft| {
        draft.before_signing = |payload| {
            let mut transaction = Transaction::decode(payload.data.clone()).expect("transaction");
            let action = ChaincodeActionPayload::decode(transaction.actions[0].payload.clone()).expect("action");
            let other = Bytes::from_static(b"\x0a\x05other");
            let action = ChaincodeActionPayload { chaincode_proposal_payload: other, ..action };
            transaction.actions[0].payload = action.encode_to_vec().into();
            payload.data = transaction.encode_to_vec().into();
        };
    }),
    ("header extension", Code::BadHeaderExtension, |draft| {
        draft.channel_header.extension = Bytes::from_static(b"\x0a\xff");
    }),
    ("read-write set", Code::BadRwset, |draft| draft.action.results = Bytes::from_static(b"\x12\xff")),
    ("read-write set of a namespace", Code::BadRwset, |draft| {
        draft.results.ns_rwset[0].rwset = Bytes::from_static(b"\x0a\xff");
    }),
    ("no invoked chaincode", Code::InvalidOtherReason, |draft| draft.extension.chaincode_id = None),
    ("no answering chaincode", Code::InvalidOtherReason, |draft| draft.action.chaincode_id = None),
    ("invoked and answering chaincode differ", Code::InvalidChaincode, |draft| {
        draft.action.chaincode_id.as_mut().expect("id").name = "other".into();
    }),
    ("no version", Code::InvalidChaincode, |draft| {
        draft.action.chaincode_id.as_mut().expect("id").version.clear();
    }),
    ("event", Code::Valid, |draft| draft.event("basic", b"payload")),
    ("event of another chaincode", Code::InvalidOtherReason, |draft| draft.event("other", b"")),
    ("malformed event", Code::InvalidOtherReason, |draft| draft.action.events = Bytes::from_static(b"\x0a\xff")),
    ("namespace twice", Code::IllegalWriteset, |draft| {
        let set = draft.results.ns_rwset[0].clone();
        draft.results.ns_rwset.push(set);
    }),
    ("write to a chaincode that is not defined", Code::InvalidChaincode, |draft| {
        draft
            .results
            .ns_rwset
            .push(public("unknown", KvrwSet { writes: vec![write("a", b"b")], ..Default::default() }));
    }),
    ("write to a system namespace", Code::InvalidChaincode, |draft| {
        draft.results.ns_rwset.push(public("lscc", KvrwSet { writes: vec![write("a", b"b")], ..Default::default() }));
    }),
    ("write to the namespace of configurations", Code::InvalidChaincode, |draft| {
        draft.results.ns_rwset.push(public("", KvrwSet { writes: vec![write("a", b"b")], ..Default::default() }));
    }),
    ("read of a chaincode that is not defined", Code::Valid, |draft| {
        draft.results.ns_rwset.push(public("unknown", KvrwSet { reads: vec![read("a", None)], ..Default::default() }));
    }),
    ("invocation of a chaincode that is not defined", Code::InvalidChaincode, |draft| {
        draft.extension.chaincode_id.as_mut().expect("id").name = "unknown".into();
        draft.action.chaincode_id.as_mut().expect("id").name = "unknown".into();
        draft.results.ns_rwset.clear();
    }),
    ("no endorsement", Code::EndorsementPolicyFailure, |draft| draft.endorsers.clear()),
    ("no endorsement and nothing written", Code::EndorsementPolicyFailure, |draft| {
        draft.endorsers.clear();
        draft.results.ns_rwset.clear();
    }),
    ("endorsed by a client", Code::EndorsementPolicyFailure, |draft| draft.endorsers = vec![draft.creator]),
    ("endorsement of something else", Code::EndorsementPolicyFailure, |draft| {
        draft.after_endorsing = |endorsed| {
            let mut signature = endorsed.endorsements[0].signature.to_vec();
            *signature.last_mut().expect("bytes") ^= 1;
            endorsed.endorsements[0].signature = signature.into();
        };
    }),
    ("a right endorsement after a wrong one of the same identity", Code::Valid, |draft| {
        draft.endorsers.push(draft.endorsers[0]);
        draft.after_endorsing = |endorsed| endorsed.endorsements[0].signature = Bytes::from_static(b"no");
    }),
    ("an unreadable endorsement is left out", Code::Valid, |draft| {
        draft.endorsers.push(draft.endorsers[0]);
        draft.after_endorsing = |endorsed| endorsed.endorsements[0].endorser = Bytes::from_static(b"no");
    }),
    ("stale read", Code::MvccReadConflict, |draft| {
        let set = KvrwSet { reads: vec![read("never written", Some((1, 0)))], ..Default::default() };
        draft.results.ns_rwset[0] = public("basic", set);
    }),
];

#[test]
fn form() {
    let network = basic();
    let drafts = FORM
        .iter()
        .enumerate()
        .map(|(index, (_, _, change))| network.put(&format!("key{index}")).with(|draft| change(draft)).sign());
    let codes = network.validate_and_commit(drafts.collect());
    for ((name, expected, _), code) in FORM.iter().zip(codes) {
        assert_eq!(code, *expected, "{name}");
    }
}

#[test]
fn bytes_that_are_no_envelope() {
    let network = basic();
    let data = [&b""[..], b"\x0a\xff", b"\x08\x01", b"text"].map(Bytes::from_static).to_vec();
    let codes = network.validate_and_commit(data);
    let expected =
        [Code::BadCommonHeader, Code::InvalidOtherReason, Code::InvalidOtherReason, Code::InvalidOtherReason];
    assert_eq!(codes, expected);
}

#[test]
fn duplicate_ids() {
    let network = basic();
    let first = network.put("a").sign();
    let mut refused = network.put("b");
    refused.endorsers.clear();
    let refused_id = refused.channel_header.tx_id.clone();
    let (nonce, refused) = (refused.signature_header.clone(), refused.sign());
    // The same id again, but well endorsed.
    let repaired = network.put("b").with(|draft| {
        draft.signature_header = nonce;
        draft.channel_header.tx_id.clone_from(&refused_id);
    });
    let repaired = repaired.sign();

    let codes = network.validate_and_commit(vec![first.clone(), first.clone(), refused, repaired.clone()]);
    // In a block only valid transactions count as earlier ones.
    assert_eq!(codes, [Code::Valid, Code::DuplicateTxid, Code::EndorsementPolicyFailure, Code::Valid]);

    let broken = {
        let mut draft = network.put("c").with(|draft| draft.action.results = Bytes::from_static(b"\x12\xff"));
        let header = envelope_header(&first);
        draft.signature_header = header.1;
        draft.channel_header.tx_id = header.0.tx_id;
        draft.sign()
    };
    let codes = network.validate_and_commit(vec![first, repaired, broken]);
    assert_eq!(codes, [Code::DuplicateTxid; 3], "an id in the ledger outranks what is wrong with the results");
}

fn envelope_header(envelope: &Bytes) -> (ChannelHeader, proto::common::SignatureHeader) {
    let header = network::envelope_payload(envelope).header.expect("header");
    let signature_header = Message::decode(header.signature_header).expect("signature header");
    (ChannelHeader::decode(header.channel_header).expect("channel header"), signature_header)
}

#[test]
fn conflicts_inside_a_block() {
    let network = basic();
    let set = || KvrwSet { reads: vec![read("a", None)], writes: vec![write("a", b"1")], ..Default::default() };
    let org = &network.orgs[0];
    let data = (0..3).map(|_| Draft::new(&org.user, vec![&org.peer], set()).sign()).collect();
    assert_eq!(network.validate_and_commit(data), [Code::Valid, Code::MvccReadConflict, Code::MvccReadConflict]);
}

#[test]
fn endorsement_policies() {
    let network = Network::new(3);
    network.define("majority", channel_policy("/Channel/Application/Endorsement"), None);
    network.define("both", signature_policy("AND('Org1MSP.peer','Org2MSP.peer')"), None);
    network.define("twice", signature_policy("OutOf(2,'Org1MSP.peer','Org1MSP.peer')"), None);
    network.define("nowhere", channel_policy("/Channel/Application/Missing"), None);
    let [one, two, three] = &network.orgs[..] else { panic!("three organisations") };
    let cases = [
        ("majority", vec![&one.peer], Code::EndorsementPolicyFailure),
        ("majority", vec![&one.peer, &three.peer], Code::Valid),
        ("majority", vec![&one.peer, &one.second_peer], Code::EndorsementPolicyFailure),
        ("both", vec![&two.peer], Code::EndorsementPolicyFailure),
        ("both", vec![&two.peer, &one.peer], Code::Valid),
        ("both", vec![&two.peer, &one.user], Code::EndorsementPolicyFailure),
        ("twice", vec![&one.peer, &one.peer], Code::EndorsementPolicyFailure),
        ("twice", vec![&one.peer, &one.second_peer], Code::Valid),
        ("nowhere", vec![&one.peer, &two.peer, &three.peer], Code::EndorsementPolicyFailure),
    ];
    let data = cases.iter().map(|(chaincode, endorsers, _)| {
        let set = || KvrwSet { writes: vec![write("a", b"b")], ..Default::default() };
        let draft = Draft::new(&one.user, endorsers.clone(), set());
        draft.invoke(chaincode, vec![public(chaincode, set())]).sign()
    });
    let codes = network.validate_and_commit(data.collect());
    for ((chaincode, endorsers, expected), code) in cases.iter().zip(codes) {
        assert_eq!(code, *expected, "{chaincode} with {} endorsers", endorsers.len());
    }

    // A transaction must satisfy the policies of all namespaces it writes.
    let written = |names: &[&str]| -> Vec<NsReadWriteSet> {
        names
            .iter()
            .map(|name| public(name, KvrwSet { writes: vec![write("c", b"d")], ..Default::default() }))
            .collect()
    };
    let draft = |endorsers| Draft::new(&one.user, endorsers, KvrwSet::default());
    let codes = network.validate_and_commit(vec![
        draft(vec![&one.peer, &three.peer]).invoke("majority", written(&["both", "majority"])).sign(),
        draft(vec![&one.peer, &two.peer]).invoke("majority", written(&["both", "majority"])).sign(),
    ]);
    assert_eq!(codes, [Code::EndorsementPolicyFailure, Code::Valid]);
}

#[test]
fn policies_of_keys() {
    let network = Network::new(2);
    network.define("basic", signature_policy("OR('Org1MSP.peer')"), None);
    let [one, two] = &network.orgs[..] else { panic!("two organisations") };
    let set = |key: &str| KvrwSet { writes: vec![write(key, b"b")], ..Default::default() };
    let policy =
        |key: &str| KvrwSet { metadata_writes: vec![key_policy(key, "OR('Org2MSP.peer')")], ..Default::default() };
    let by = |endorser, set| Draft::new(&one.user, vec![endorser], set).sign();

    let codes = network.validate_and_commit(vec![
        by(&one.peer, set("a")),
        by(&two.peer, set("a")),
        by(&two.peer, policy("a")),
        by(&one.peer, policy("a")),
        by(&one.peer, set("a")),
        by(&one.peer, set("b")),
    ]);
    let refused = Code::EndorsementPolicyFailure;
    assert_eq!(
        codes,
        [Code::Valid, refused, refused, Code::Valid, refused, Code::Valid],
        "the policy changes in the block"
    );

    let codes =
        network.validate_and_commit(vec![by(&one.peer, set("a")), by(&two.peer, set("a")), by(&two.peer, set("b"))]);
    assert_eq!(codes, [refused, Code::Valid, refused], "the policy of the key replaces the chaincode's");

    let both = KvrwSet { writes: vec![write("a", b"1"), write("b", b"1")], ..Default::default() };
    let codes = network.validate_and_commit(vec![
        by(&two.peer, both.clone()),
        Draft::new(&one.user, vec![&one.peer, &two.peer], both).sign(),
    ]);
    assert_eq!(codes, [refused, Code::Valid], "keys without a policy of their own need the chaincode's");
}

#[test]
fn collections() {
    let network = Network::new(2);
    let config = |name: &str, policy: Option<&str>| CollectionConfig {
        payload: Some(collection_config::Payload::StaticCollectionConfig(StaticCollectionConfig {
            name: name.to_owned(),
            endorsement_policy: policy.map(signature_policy),
            ..Default::default()
        })),
    };
    let collections =
        CollectionConfigPackage { config: vec![config("own", Some("OR('Org2MSP.peer')")), config("inherited", None)] };
    network.define("basic", signature_policy("OR('Org1MSP.peer')"), Some(collections));
    let [one, two] = &network.orgs[..] else { panic!("two organisations") };
    let refused = Code::EndorsementPolicyFailure;
    let cases = [
        ("basic", "own", &one.peer, refused),
        ("basic", "own", &two.peer, Code::Valid),
        ("basic", "inherited", &one.peer, Code::Valid),
        ("basic", "inherited", &two.peer, refused),
        ("basic", "unknown", &one.peer, refused),
        ("basic", "_implicit_org_Org1MSP", &one.peer, Code::Valid),
        ("basic", "_implicit_org_Org1MSP", &two.peer, refused),
        ("basic", "_implicit_org_Org2MSP", &two.peer, Code::Valid),
        ("basic", "_implicit_org_Org9MSP", &one.peer, refused),
        ("_lifecycle", "_implicit_org_Org2MSP", &two.peer, Code::Valid),
        ("_lifecycle", "_implicit_org_Org2MSP", &one.peer, refused),
        ("_lifecycle", "own", &one.peer, refused),
    ];
    let data = cases.iter().enumerate().map(|(index, (chaincode, collection, endorser, _))| {
        let mut set = public(chaincode, KvrwSet::default());
        set.collection_hashed_rwset = vec![hashed_write(collection, &format!("key{index}"))];
        Draft::new(&one.user, vec![endorser], KvrwSet::default()).invoke(chaincode, vec![set]).sign()
    });
    let codes = network.validate_and_commit(data.collect());
    for ((chaincode, collection, endorser, expected), code) in cases.iter().zip(codes) {
        assert_eq!(code, *expected, "{chaincode} {collection} by {}", endorser.msp_id());
    }
}

#[test]
fn definitions_need_the_lifecycle_policy() {
    let network = Network::new(2);
    let [one, two] = &network.orgs[..] else { panic!("two organisations") };
    let set = || KvrwSet { writes: vec![write("namespaces/fields/x/Sequence", b"\x08\x01")], ..Default::default() };
    let by = |endorsers| {
        let draft = Draft::new(&one.user, endorsers, KvrwSet::default());
        draft.invoke("_lifecycle", vec![public("_lifecycle", set())]).sign()
    };
    let judgement = network.judge(vec![by(vec![&one.peer]), by(vec![&one.peer, &two.peer])]);
    let codes: Vec<Code> = judgement.candidate.transactions.iter().map(|transaction| transaction.code).collect();
    assert_eq!(codes, [Code::EndorsementPolicyFailure, Code::Valid]);
    assert!(judgement.touches_lifecycle);
    assert!(!basic().judge(Vec::new()).touches_lifecycle);
}
