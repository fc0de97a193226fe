//! What a proposal must look like, case by case.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use msp::generate::{Organization, OrganizationKind};
use msp::{Msp, MspSet, Role, SigningIdentity};
use prost::Message;
use proto::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use proto::protos::{
    ChaincodeHeaderExtension, ChaincodeId, ChaincodeInput, ChaincodeInvocationSpec, ChaincodeProposalPayload,
    ChaincodeSpec, Proposal, SignedProposal,
};

use super::{AuthFilters, CheckedProposal, ParsedProposal};

const CHANNEL: &str = "mychannel";

/// A proposal in parts, so that a test can break one of them.
struct Draft {
    channel_header: ChannelHeader,
    signature_header: SignatureHeader,
    extension: ChaincodeHeaderExtension,
    payload: ChaincodeProposalPayload,
    spec: ChaincodeInvocationSpec,
}

impl Draft {
    fn sign(mut self, identity: &SigningIdentity) -> SignedProposal {
        if self.channel_header.extension.is_empty() {
            self.channel_header.extension = self.extension.encode_to_vec().into();
        }
        if self.payload.input.is_empty() {
            self.payload.input = self.spec.encode_to_vec().into();
        }
        let header = Header {
            channel_header: self.channel_header.encode_to_vec().into(),
            signature_header: self.signature_header.encode_to_vec().into(),
        };
        let proposal = Proposal {
            header: header.encode_to_vec().into(),
            payload: self.payload.encode_to_vec().into(),
            extension: Bytes::new(),
        };
        let proposal_bytes: Bytes = proposal.encode_to_vec().into();
        SignedProposal { signature: identity.sign(&proposal_bytes).expect("signed"), proposal_bytes }
    }
}

struct World {
    _dir: tempfile::TempDir,
    msps: MspSet,
    user: SigningIdentity,
    stranger: SigningIdentity,
    impostor: SigningIdentity,
}

fn world() -> World {
    let dir = tempfile::tempdir().expect("temporary directory");
    let organization = |root: &str, domain: &str| {
        let root = dir.path().join(root);
        let organization = Organization::create(&root, OrganizationKind::Peer, domain).expect("made");
        organization.add_user("User1", Role::Client).expect("made");
        organization
    };
    let user = |organization: &Organization, msp_id: &str| {
        SigningIdentity::from_msp_dir(&organization.user_dir("User1").join("msp"), msp_id).expect("loaded")
    };
    let (ours, theirs) = (organization("a", "org1.example.com"), organization("b", "org1.example.com"));
    let msp = Msp::from_dir(&ours.msp_dir(), "Org1MSP").expect("loaded");
    World {
        msps: MspSet::new(vec![msp]),
        user: user(&ours, "Org1MSP"),
        stranger: user(&theirs, "Org2MSP"),
        impostor: user(&theirs, "Org1MSP"),
        _dir: dir,
    }
}

fn now() -> SystemTime {
    SystemTime::now()
}

fn draft(identity: &SigningIdentity) -> Draft {
    let seconds = now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    let signature_header = identity.new_signature_header();
    let chaincode_id = Some(ChaincodeId { name: "basic".into(), ..Default::default() });
    Draft {
        channel_header: ChannelHeader {
            r#type: HeaderType::EndorserTransaction as i32,
            timestamp: Some(prost_types::Timestamp { seconds, nanos: 5 }),
            channel_id: CHANNEL.into(),
            tx_id: proto::transaction::tx_id(&signature_header.nonce, &signature_header.creator),
            ..Default::default()
        },
        signature_header,
        extension: ChaincodeHeaderExtension { chaincode_id: chaincode_id.clone() },
        payload: ChaincodeProposalPayload::default(),
        spec: ChaincodeInvocationSpec {
            chaincode_spec: Some(ChaincodeSpec {
                chaincode_id,
                input: Some(ChaincodeInput {
                    args: vec![Bytes::from_static(b"ReadAsset"), Bytes::from_static(b"a1")],
                    ..Default::default()
                }),
                ..Default::default()
            }),
        },
    }
}

fn check(world: &World, signed: SignedProposal) -> Result<CheckedProposal, String> {
    let parsed = ParsedProposal::parse(signed).map_err(|error| error.to_string())?;
    parsed.check_time(AuthFilters::default(), now()).map_err(|error| error.to_string())?;
    parsed.check(&world.msps, AuthFilters::default(), now()).map_err(|error| error.to_string())
}

fn refused(world: &World, signed: SignedProposal, expected: &str) {
    match check(world, signed) {
        Ok(_) => panic!("accepted, expected: {expected}"),
        Err(text) => assert!(text.contains(expected), "{text:?} does not contain {expected:?}"),
    }
}

#[test]
fn a_good_proposal_gives_all_its_parts() {
    let world = world();
    let mut good = draft(&world.user);
    good.payload.transient_map = [("price".to_owned(), Bytes::from_static(b"7"))].into();
    let tx_id = good.channel_header.tx_id.clone();
    let checked = check(&world, good.sign(&world.user)).expect("accepted");
    assert_eq!((checked.channel_id(), checked.chaincode(), checked.tx_id()), (CHANNEL, "basic", tx_id.as_str()));
    assert_eq!(checked.args().len(), 2);
    assert_eq!(checked.transient()["price"], "7");
    assert_eq!(checked.creator().msp_id(), "Org1MSP");
    assert_eq!(checked.timestamp().1, 5);
}

#[test]
fn headers_are_checked_one_by_one() {
    let world = world();
    type Break = fn(&mut Draft);
    let cases: [(Break, &str); 11] = [
        (|d| d.channel_header.r#type = 4, "error validating proposal: invalid header type"),
        (|d| d.channel_header.r#type = 99, "error validating proposal: invalid header type 99"),
        (|d| d.channel_header.epoch = 1, "error validating proposal: epoch is non-zero"),
        (|d| d.signature_header.nonce = Bytes::new(), "error validating proposal: nonce is empty"),
        (|d| d.signature_header.creator = Bytes::new(), "error validating proposal: creator is empty"),
        (|d| d.channel_header.tx_id = "ab".into(), "incorrectly computed txid 'ab' -- expected '"),
        (|d| d.extension.chaincode_id = None, "ChaincodeHeaderExtension.ChaincodeId is nil"),
        (
            |d| d.extension.chaincode_id = Some(ChaincodeId::default()),
            "ChaincodeHeaderExtension.ChaincodeId.Name is empty",
        ),
        (|d| d.spec.chaincode_spec = None, "chaincode invocation spec did not contain chaincode spec"),
        (|d| d.spec.chaincode_spec.as_mut().expect("set").input = None, "chaincode input did not contain any input"),
        (|d| d.channel_header.extension = Bytes::from_static(&[0xff]), "error unmarshaling ChaincodeHeaderExtension"),
    ];
    for (break_it, expected) in cases {
        let mut draft = draft(&world.user);
        break_it(&mut draft);
        refused(&world, draft.sign(&world.user), expected);
    }
}

#[test]
fn a_configuration_header_is_let_through_as_in_fabric() {
    let world = world();
    let mut draft = draft(&world.user);
    draft.channel_header.r#type = HeaderType::Config as i32;
    check(&world, draft.sign(&world.user)).expect("accepted");
}

#[test]
fn signatures_must_be_the_creators() {
    let world = world();
    let denied = "access denied: channel [mychannel] creator org [Org1MSP]";
    refused(&world, draft(&world.user).sign(&world.stranger), denied);
    let mut unsigned = draft(&world.user).sign(&world.user);
    unsigned.signature = Bytes::new();
    refused(&world, unsigned, "empty signature bytes");
    let mut changed = draft(&world.user).sign(&world.user);
    let mut bytes = changed.proposal_bytes.to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    changed.proposal_bytes = bytes.into();
    assert!(check(&world, changed).is_err());
}

#[test]
fn creators_must_be_members() {
    let world = world();
    let unknown = "access denied: channel [mychannel] creator org unknown, creator is malformed";
    refused(&world, draft(&world.stranger).sign(&world.stranger), unknown);
    let denied = "access denied: channel [mychannel] creator org [Org1MSP]";
    refused(&world, draft(&world.impostor).sign(&world.impostor), denied);
    let mut malformed = draft(&world.user);
    malformed.signature_header.creator = Bytes::from_static(b"nobody");
    malformed.channel_header.tx_id = proto::transaction::tx_id(&malformed.signature_header.nonce, b"nobody");
    refused(&world, malformed.sign(&world.user), unknown);
}

#[test]
fn expired_certificates_are_refused_unless_the_filter_is_off() {
    let world = world();
    let later = world.user.expires_at() + Duration::from_secs(1);
    let parsed = || ParsedProposal::parse(draft(&world.user).sign(&world.user)).expect("parsed");
    let error = parsed().check(&world.msps, AuthFilters::default(), later).expect_err("refused");
    assert_eq!(error.to_string(), "proposal client identity expired");
    let off = AuthFilters { expiration: false, time_window: None };
    parsed().check(&world.msps, off, later).expect("accepted");
}

#[test]
fn timestamps_must_be_near() {
    let world = world();
    let minute = Duration::from_secs(60);
    for (now, accepted) in [
        (now(), true),
        (now() + 14 * minute, true),
        (now() - 14 * minute, true),
        (now() + 16 * minute, false),
        (now() - 16 * minute, false),
    ] {
        let parsed = ParsedProposal::parse(draft(&world.user).sign(&world.user)).expect("parsed");
        let checked = parsed.check_time(AuthFilters::default(), now);
        assert_eq!(checked.is_ok(), accepted);
        if let Err(error) = checked {
            let text = error.to_string();
            assert!(text.starts_with("request unauthorized due to incorrect timestamp "), "{text}");
            assert!(text.ends_with("peer.authentication.timewindow 15m0s"), "{text}");
        }
        let off = AuthFilters { expiration: true, time_window: None };
        parsed.check_time(off, now).expect("not checked");
    }
    let mut timeless = draft(&world.user);
    timeless.channel_header.timestamp = None;
    refused(&world, timeless.sign(&world.user), "request unauthorized due to incorrect timestamp 1970-01-01T00:00:00Z");
}

#[test]
fn garbage_is_refused_without_a_panic() {
    let world = world();
    let good = draft(&world.user).sign(&world.user);
    for length in 0..good.proposal_bytes.len() {
        let cut = SignedProposal { proposal_bytes: good.proposal_bytes.slice(..length), ..good.clone() };
        assert!(check(&world, cut).is_err(), "cut to {length}");
    }
}
