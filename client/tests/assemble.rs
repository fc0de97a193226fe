//! What peers answered becomes a transaction, or an error that says why not.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::sync::Arc;

use bytes::Bytes;
use client::{Call, Client, SignedCall};
use msp::generate::{CertificateAuthority, EnrollmentRequest};
use msp::{Role, SigningIdentity};
use prost::Message;
use proto::common::{Header, Payload, SignatureHeader};
use proto::protos::{ChaincodeActionPayload, Endorsement, ProposalResponse, Response, Transaction};

fn client() -> Client {
    let ca = CertificateAuthority::new("ca.org1.example.com", "org1.example.com").unwrap();
    let common_name = "User1@org1.example.com".to_owned();
    let pair = ca.issue(&EnrollmentRequest { common_name, role: Role::Client, sans: vec![], tls: false }).unwrap();
    Client::new(Arc::new(SigningIdentity::from_pem("Org1MSP", &pair.cert_pem, &pair.key_pem).unwrap()))
}

fn call(client: &Client) -> SignedCall {
    let args = [Bytes::from_static(b"asset1")];
    let transient = [("secret".to_owned(), Bytes::from_static(b"hidden"))].into();
    SignedCall::new(&client.identity, Call { transient, ..Call::new("mychannel", "basic", "ReadAsset", args) })
        .expect("signed")
}

fn answer(status: i32, payload: &'static str, endorser: Option<&'static str>) -> ProposalResponse {
    let signature = Bytes::from_static(b"signature");
    ProposalResponse {
        response: Some(Response { status, message: "text".into(), ..Default::default() }),
        payload: Bytes::from_static(payload.as_bytes()),
        endorsement: endorser.map(|endorser| Endorsement { endorser: endorser.as_bytes().into(), signature }),
        ..Default::default()
    }
}

#[test]
fn endorsements_of_different_peers_are_joined() {
    let client = client();
    let call = call(&client);
    let answers = [answer(200, "same", Some("a")), answer(200, "same", Some("b")), answer(201, "same", Some("a"))];
    let envelope = client.assemble(&[], &call, &answers).unwrap();
    let payload = Payload::decode(envelope.payload.clone()).unwrap();
    let header: Header = payload.header.unwrap();
    let signer = SignatureHeader::decode(header.signature_header.clone()).unwrap();
    assert_eq!(signer.creator, client.identity.serialized());
    assert_eq!(proto::transaction::tx_id(&signer.nonce, &signer.creator), call.tx_id);
    let action = Transaction::decode(payload.data).unwrap().actions.remove(0);
    assert_eq!(action.header, header.signature_header);
    let action = ChaincodeActionPayload::decode(action.payload).unwrap();
    assert!(!action.chaincode_proposal_payload.windows(6).any(|bytes| bytes == b"hidden"));
    let endorsed = action.action.unwrap();
    assert_eq!(endorsed.proposal_response_payload, "same");
    let endorsers: Vec<_> = endorsed.endorsements.iter().map(|endorsement| &endorsement.endorser[..]).collect();
    assert_eq!(endorsers, [b"a", b"b"]);
}

#[test]
fn answers_that_make_no_transaction() {
    let client = client();
    let call = call(&client);
    let cases: [(Vec<ProposalResponse>, &str); 5] = [
        (vec![], "at least one proposal response is required"),
        (vec![answer(500, "", None)], "proposal response was not successful, error code 500, msg text"),
        (
            vec![answer(200, "x", Some("a")), answer(404, "x", None)],
            "proposal response was not successful, error code 404, msg text",
        ),
        (
            vec![answer(200, "x", Some("a")), answer(200, "y", Some("b"))],
            "ProposalResponsePayloads do not match between  and ",
        ),
        (vec![answer(200, "x", None)], "no endorsements"),
    ];
    for (answers, expected) in cases {
        assert_eq!(client.assemble(&[], &call, &answers).unwrap_err().to_string(), expected);
    }
}
