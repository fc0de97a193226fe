//! Requests that must be refused: each gets a clear error, nothing is lost, and the peer goes on.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use client::{Call, SignedCall};
use msp::SigningIdentity;
use msp::generate::{CertificateAuthority, EnrollmentRequest, Organization, OrganizationKind};
use prost::Message;
use proto::common::{ChannelHeader, Header};
use proto::protos::{Proposal, SignedProposal, TxValidationCode};
use tests::programs::CHAINCODE;
use tests::session::{Session, identity};
use tests::{Network, Shared};

static SHARED: Shared = Shared::new();

/// All tests of this file share a network: none of them may harm it for the others.
fn network() -> Arc<Network> {
    SHARED.get(Network::with_contract).unwrap()
}

fn create(session: &Session, id: &str) -> SignedCall {
    session.signed(CHAINCODE, &["CreateAsset", id, "red", "1", "Ada", "1"])
}

/// The peer still does its work.
async fn assert_alive(network: &Network) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let id = format!("alive-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let session = Session::open(network).await.unwrap();
    session.submit(CHAINCODE, &["CreateAsset", &id, "red", "1", "Ada", "1"]).await.unwrap();
}

/// Sends a proposal and returns why it was refused, be it by gRPC status or by the response.
async fn refusal(session: &Session, proposal: SignedProposal) -> String {
    match session.peer.endorser_client().process_proposal(proposal).await {
        Err(status) => status.message().to_owned(),
        Ok(response) => {
            let response = response.into_inner();
            assert!(response.endorsement.is_none(), "it was endorsed: {response:?}");
            let response = response.response.unwrap_or_default();
            assert!(response.status >= 400, "it was accepted: {response:?}");
            response.message
        }
    }
}

/// Changes the channel header of a call and signs it again.
fn with_channel_header(
    identity: &SigningIdentity,
    call: &SignedCall,
    change: impl FnOnce(&mut ChannelHeader),
) -> SignedProposal {
    let mut proposal = call.proposal.clone();
    let mut header = Header::decode(proposal.header.clone()).unwrap();
    let mut channel_header = ChannelHeader::decode(header.channel_header.clone()).unwrap();
    change(&mut channel_header);
    header.channel_header = channel_header.encode_to_vec().into();
    proposal.header = header.encode_to_vec().into();
    sign(identity, &proposal)
}

fn sign(identity: &SigningIdentity, proposal: &Proposal) -> SignedProposal {
    let proposal_bytes = Bytes::from(proposal.encode_to_vec());
    let signature = identity.sign(&proposal_bytes).unwrap();
    SignedProposal { proposal_bytes, signature }
}

#[tokio::test]
async fn proposals_that_are_refused() {
    let network = network();
    let session = Session::open(&network).await.unwrap();
    let identity = session.client.identity.clone();
    let call = create(&session, "refused");
    let forged = {
        let mut signature = call.signed.signature.to_vec();
        let last = signature.last_mut().unwrap();
        *last ^= 1;
        SignedProposal { signature: signature.into(), ..call.signed.clone() }
    };
    let header = |change: &dyn Fn(&mut ChannelHeader)| with_channel_header(&identity, &call, |header| change(header));
    let cases: [(&str, SignedProposal, &str); 9] = [
        ("nothing", SignedProposal::default(), ""),
        ("garbage", SignedProposal { proposal_bytes: Bytes::from_static(&[0xff; 40]), ..Default::default() }, ""),
        ("wrong signature", forged, "access denied: channel [mychannel] creator org [Org1MSP]"),
        ("no signature", SignedProposal { signature: Bytes::new(), ..call.signed.clone() }, "empty signature"),
        ("wrong transaction id", header(&|header| header.tx_id = "00".repeat(32)), "00000000"),
        ("unknown channel", header(&|header| header.channel_id = "nowhere".into()), "channel 'nowhere' not found"),
        ("epoch", header(&|header| header.epoch = 1), "epoch"),
        (
            "old timestamp",
            header(&|header| header.timestamp.as_mut().unwrap().seconds -= 3600),
            "request unauthorized due to incorrect timestamp",
        ),
        ("unknown type", header(&|header| header.r#type = 99), "invalid header type"),
    ];
    for (name, proposal, expected) in cases {
        let refused = refusal(&session, proposal).await;
        assert!(refused.contains(expected) && !refused.is_empty(), "{name}: {refused}");
    }
    assert_alive(&network).await;
}

#[tokio::test]
async fn unknown_chaincode_function_and_arguments() {
    let network = network();
    let session = Session::open(&network).await.unwrap();
    let long = "x".repeat(20 << 20);
    let cases: [(&str, Call, &str); 6] = [
        (
            "chaincode",
            session.call("nothing", &["ReadAsset"]),
            "make sure the chaincode nothing has been successfully defined on channel mychannel and try again",
        ),
        ("no chaincode", session.call("", &["ReadAsset"]), ""),
        ("function", session.call(CHAINCODE, &["NoSuchFunction"]), "NoSuchFunction"),
        ("no function", session.call(CHAINCODE, &[]), ""),
        ("too few arguments", session.call(CHAINCODE, &["CreateAsset", "one"]), ""),
        ("value over the limit", session.call(CHAINCODE, &["CreateAsset", "long", &long, "1", "Ada", "1"]), "limit"),
    ];
    for (name, call, expected) in cases {
        let refused = refusal(&session, SignedCall::new(&session.client.identity, call).unwrap().signed).await;
        assert!(refused.contains(expected) && !refused.is_empty(), "{name}: {refused}");
    }
    let not_text = Call {
        args: vec![Bytes::from_static(b"ReadAsset"), Bytes::from_static(&[0xff, 0xfe])],
        ..session.call(CHAINCODE, &[])
    };
    refusal(&session, SignedCall::new(&session.client.identity, not_text).unwrap().signed).await;
    assert_alive(&network).await;
}

#[tokio::test]
async fn more_than_a_message_may_hold_is_refused() {
    let network = network();
    let session = Session::open(&network).await.unwrap();
    let huge = "x".repeat(101 << 20);
    let refused = refusal(&session, session.signed(CHAINCODE, &["ReadAsset", &huge]).signed).await;
    assert!(!refused.is_empty());
    assert_alive(&network).await;
}

#[test]
fn arguments_that_the_command_line_refuses() {
    let network = network();
    for (call, expected) in [
        ("{", "chaincode argument error"),
        ("{}", "'Args' or 'Function' and 'Args'"),
        (r#"{"Args":[1]}"#, "chaincode argument error"),
        (r#"{"Args":"ReadAsset"}"#, "chaincode argument error"),
    ] {
        let output = network.query(CHAINCODE, call).unwrap();
        assert_eq!(output.status.code(), Some(1), "{call}");
        assert!(output.stderr.contains(expected), "{call}: {}", output.stderr);
    }
}

#[tokio::test]
async fn foreign_and_expired_certificates_are_refused() {
    let network = network();
    let own = identity(&network.info().user).unwrap();
    let request = EnrollmentRequest {
        common_name: "User1@org1.example.com".into(),
        role: msp::Role::Client,
        sans: Vec::new(),
        tls: false,
    };
    let stranger = CertificateAuthority::new("ca.org1.example.com", "org1.example.com").unwrap();
    let pair = stranger.issue(&request).unwrap();
    let foreign = SigningIdentity::from_pem(own.msp_id(), &pair.cert_pem, &pair.key_pem).unwrap();
    let elsewhere = SigningIdentity::from_pem("Org9MSP", &pair.cert_pem, &pair.key_pem).unwrap();
    let cases = [
        ("foreign authority", foreign, "access denied: channel [mychannel] creator org [Org1MSP]"),
        ("unknown organisation", elsewhere, "access denied: channel [mychannel] creator org"),
        ("expired", expired(&network, &own), "expired"),
    ];
    for (name, identity, expected) in cases {
        let session = Session::open_as(&network, identity).await.unwrap();
        let refused = refusal(&session, create(&session, name).signed).await;
        assert!(refused.contains(expected), "{name}: {refused}");
        // The orderer does not take its transactions either.
        let envelope = client::blocks::signed_envelope(
            &session.client.identity,
            proto::common::HeaderType::EndorserTransaction,
            &session.channel_id,
            &Bytes::new(),
            Bytes::from_static(b"x"),
        )
        .unwrap();
        let error = session.orderer.broadcast(envelope, session.client.timeouts.broadcast).await.unwrap_err();
        assert!(matches!(error, client::error::BroadcastError::Refused { .. }), "{name}: {error}");
    }
    assert_alive(&network).await;
}

/// A certificate of the network's own authority that has ended. It begins after the authority does.
fn expired(network: &Network, own: &SigningIdentity) -> SigningIdentity {
    let root = network.data().join("organizations");
    let organization = Organization::open(&root, OrganizationKind::Peer, "org1.example.com").unwrap();
    let ca = organization.ca();
    let ca_key = rcgen::KeyPair::from_pem(&ca.key_pem()).unwrap();
    let issuer = rcgen::Issuer::from_ca_cert_pem(ca.cert_pem(), ca_key).unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::OrganizationalUnitName, "client");
    params.distinguished_name.push(rcgen::DnType::CommonName, "Old@org1.example.com");
    params.not_before = time::OffsetDateTime::now_utc() - time::Duration::seconds(60);
    params.not_after = time::OffsetDateTime::now_utc() - time::Duration::seconds(5);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    SigningIdentity::from_pem(own.msp_id(), &certificate.pem(), &key.serialize_pem()).unwrap()
}

#[tokio::test]
async fn a_duplicate_transaction_is_refused_and_counts_once() {
    let network = network();
    let session = Session::open(&network).await.unwrap();
    let call = create(&session, "twice");
    let peers = std::slice::from_ref(&session.peer);
    let responses = session.client.endorse(peers, &call).await.unwrap();
    let envelope = session.client.assemble(peers, &call, &responses).unwrap();
    let timeout = session.client.timeouts.broadcast;
    let watch = session.client.watch_commits(peers, &session.channel_id).await.unwrap();
    session.orderer.broadcast(envelope.clone(), timeout).await.unwrap();
    let first = watch.wait(&call.tx_id, |_| ()).await.unwrap();
    assert_eq!(first[0].code, TxValidationCode::Valid);

    let watch = session.client.watch_commits(peers, &session.channel_id).await.unwrap();
    session.orderer.broadcast(envelope, timeout).await.unwrap();
    // The newest block, which the stream begins with, may still be the first one.
    let again = watch.wait(&call.tx_id, |_| ()).await;
    assert!(
        matches!(&again, Err(client::error::CommitError::Invalidated { code: TxValidationCode::DuplicateTxid }))
            || again.as_ref().is_ok_and(|again| again[0].block_number == first[0].block_number),
        "{again:?}"
    );
    let refused = refusal(&session, call.signed).await;
    assert!(refused.starts_with(&format!("duplicate transaction found [{}]", call.tx_id)), "{refused}");
    assert_alive(&network).await;
}

#[tokio::test]
async fn a_stale_read_is_an_mvcc_conflict() {
    let network = network();
    let session = Session::open(&network).await.unwrap();
    session.submit(CHAINCODE, &["CreateAsset", "stale", "red", "1", "Ada", "1"]).await.unwrap();
    let peers = std::slice::from_ref(&session.peer);
    let stale = session.signed(CHAINCODE, &["TransferAsset", "stale", "Charles"]);
    let responses = session.client.endorse(peers, &stale).await.unwrap();
    let envelope = session.client.assemble(peers, &stale, &responses).unwrap();
    session.submit(CHAINCODE, &["TransferAsset", "stale", "Grace"]).await.unwrap();
    let watch = session.client.watch_commits(peers, &session.channel_id).await.unwrap();
    session.orderer.broadcast(envelope, session.client.timeouts.broadcast).await.unwrap();
    let error = watch.wait(&stale.tx_id, |_| ()).await.unwrap_err();
    assert!(
        matches!(error, client::error::CommitError::Invalidated { code: TxValidationCode::MvccReadConflict }),
        "{error}"
    );
    let read = network.query(CHAINCODE, r#"{"Args":["ReadAsset","stale"]}"#).unwrap();
    assert!(read.stdout.contains("Grace"), "{}", read.stdout);
}

#[tokio::test]
async fn clients_that_hang_up_in_the_middle_leave_nothing_behind() {
    use client::blocks::{Position, seek_envelope};
    use futures::StreamExt;
    let network = network();
    let session = Session::open(&network).await.unwrap();
    for _ in 0..200 {
        // A new connection each time: dropping it is what a client does that is killed.
        let gone = Session::open(&network).await.unwrap();
        let seek = seek_envelope(
            &gone.client.identity,
            &gone.channel_id,
            Position::Oldest,
            Position::Number(u64::MAX),
            false,
            gone.peer.tls_cert_hash(),
        )
        .unwrap();
        let requests = futures::stream::once(std::future::ready(seek)).chain(futures::stream::pending());
        let mut blocks = gone.peer.deliver_client().deliver(requests).await.unwrap().into_inner();
        blocks.message().await.unwrap();
        let endorsing = gone.client.clone();
        let (peer, call) = (gone.peer.clone(), create(&gone, "gone"));
        let endorsed = tokio::spawn(async move { endorsing.endorse(&[peer], &call).await.map(|_| ()) });
        endorsed.abort();
    }
    drop(session);
    assert_alive(&network).await;
}
