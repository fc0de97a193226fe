//! The discovery service: what `discover` prints of its answers, and what it refuses. npm's fabric-network finds its way with it in
//! `node_sdk`.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use client::dev_network::User;
use msp::SigningIdentity;
use node::grpc::Endpoint;
use prost::Message;
use proto::common::{MspRole, SignaturePolicy, SignaturePolicyEnvelope, msp_role, signature_policy};
use proto::discovery::discovery_client::DiscoveryClient;
use proto::discovery::query::Query as Asked;
use proto::discovery::query_result::Result as Answer;
use proto::discovery::{
    AuthInfo, ChaincodeQuery, ConfigQuery, LocalPeerQuery, PeerMembershipQuery, Query, Request, SignedRequest,
};
use proto::protos::{ChaincodeCall, ChaincodeInterest};
use serde_json::{Value, json};
use tests::programs::{self, CHAINCODE};
use tests::session::identity;
use tests::{Network, Options, Output, Shared};

/// Longer than a commit takes.
const PATIENCE: Duration = Duration::from_secs(30);

static SHARED: Shared = Shared::new();

fn network() -> Arc<Network> {
    SHARED.get(Network::with_contract).unwrap()
}

fn only_file(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap();
    files.next().expect("a file").unwrap().path()
}

/// Runs `discover` as somebody.
fn discover(network: &Network, user: &User, arguments: &[&str]) -> Output {
    let mut command = Command::new(programs::discover().unwrap());
    command.arg("--userKey").arg(only_file(&user.msp_dir.join("keystore")));
    command.arg("--userCert").arg(only_file(&user.msp_dir.join("signcerts"))).args(["--MSP", &user.msp_id]);
    command.args(arguments).args(["--server", &network.info().peer.address]);
    let output = command.output().unwrap();
    Output {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[track_caller]
fn found(output: &Output) -> Value {
    assert!(output.status.success(), "{}{}", output.stdout, output.stderr);
    serde_json::from_str(&output.stdout).unwrap()
}

#[test]
fn discover_sees_the_network() {
    let network = network();
    let (user, admin) = (&network.info().user, &network.info().admin);
    let channel = ["--channel", "mychannel"];
    let ask = |arguments: &[&str]| discover(&network, user, &[arguments, &channel].concat());

    let peers = found(&ask(&["peers"]));
    let endpoint = &network.info().peer.address;
    assert_eq!((&peers[0]["MSPID"], &peers[0]["Endpoint"]), (&json!("Org1MSP"), &json!(endpoint)), "{peers}");
    assert!(peers[0]["LedgerHeight"].as_u64() > Some(2), "{peers}");
    assert_eq!(peers[0]["Chaincodes"], json!([CHAINCODE, "_lifecycle"]), "{peers}");

    let config = found(&ask(&["config"]));
    let names: Vec<&String> = config["msps"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["OrdererMSP", "Org1MSP"]);
    let (host, port) = network.info().orderer.address.rsplit_once(':').unwrap();
    let endpoints = json!({"OrdererMSP": {"endpoint": [{"host": host, "port": port.parse::<u32>().unwrap()}]}});
    assert_eq!(config["orderers"], endpoints);

    for flags in [
        vec!["--chaincode", CHAINCODE],
        vec!["--chaincode", "_lifecycle"],
        vec!["--chaincode", CHAINCODE, "--chaincode", "_lifecycle"],
        vec!["--chaincode", CHAINCODE, "--collection", "asset-transfer-basic:_implicit_org_Org1MSP"],
    ] {
        let endorsers = found(&ask(&[&["endorsers"], &flags[..]].concat()));
        let [descriptor] = &endorsers.as_array().unwrap()[..] else { panic!("{endorsers}") };
        assert_eq!(descriptor["Chaincode"], flags[1]);
        let [layout] = &descriptor["Layouts"].as_array().unwrap()[..] else { panic!("{endorsers}") };
        for (group, count) in layout["quantities_by_group"].as_object().unwrap() {
            let endorsers = &descriptor["EndorsersByGroups"][group];
            assert_eq!((count, &endorsers[0]["Endpoint"]), (&json!(1), &json!(endpoint)), "{endorsers}");
        }
    }
    for (flags, expected) in [
        (["--chaincode", "nothing"].to_vec(), r#"failed constructing descriptor for chaincodes:{name:"nothing"}"#),
        (
            ["--chaincode", CHAINCODE, "--collection", "asset-transfer-basic:secret"].to_vec(),
            r#"failed constructing descriptor for chaincodes:{name:"asset-transfer-basic" collection_names:"secret"}"#,
        ),
        (
            ["--chaincode", CHAINCODE, "--collection", "asset-transfer-basic:_implicit_org_Org2MSP"].to_vec(),
            "failed constructing descriptor for ",
        ),
    ] {
        let refused = ask(&[&["endorsers"], &flags[..]].concat());
        assert!(!refused.status.success() && refused.stderr.contains(expected), "{}", refused.stderr);
    }

    let local = found(&discover(&network, admin, &["peers"]));
    assert_eq!((&local[0]["MSPID"], &local[0]["Endpoint"]), (&json!("Org1MSP"), &json!(endpoint)), "{local}");
    let denied = discover(&network, user, &["peers"]);
    assert!(!denied.status.success() && denied.stderr.contains("access denied"), "{}", denied.stderr);
}

/// Sends a request that `author` signs.
async fn ask(network: &Network, author: &SigningIdentity, payload: Vec<u8>) -> Result<Vec<Answer>, String> {
    let connection = node::grpc::connect(&Endpoint::new(network.info().peer.address.clone(), None)).await.unwrap();
    let signature = author.sign(&payload).unwrap();
    let signed = SignedRequest { payload: payload.into(), signature };
    let response = DiscoveryClient::new(connection).discover(signed).await;
    let response = response.map_err(|status| status.message().to_owned())?;
    Ok(response.into_inner().results.into_iter().map(|result| result.result.unwrap()).collect())
}

fn request(claimed: &SigningIdentity, queries: Vec<(&str, Asked)>) -> Vec<u8> {
    let queries = queries.into_iter().map(|(channel, query)| Query { channel: channel.to_owned(), query: Some(query) });
    let authentication = AuthInfo { client_identity: claimed.serialized().clone(), ..Default::default() };
    Request { authentication: Some(authentication), queries: queries.collect() }.encode_to_vec()
}

/// A policy that only a peer of another organisation would satisfy.
fn of_others() -> SignaturePolicyEnvelope {
    let role = MspRole { msp_identifier: "Org2MSP".to_owned(), role: msp_role::MspRoleType::Peer as i32 };
    let principal = proto::common::MspPrincipal { principal: role.encode_to_vec().into(), ..Default::default() };
    let rule = SignaturePolicy { r#type: Some(signature_policy::Type::SignedBy(0)) };
    SignaturePolicyEnvelope { version: 0, rule: Some(rule), identities: vec![principal] }
}

fn interest(name: &str, change: impl FnOnce(&mut ChaincodeCall)) -> ChaincodeInterest {
    let mut call = ChaincodeCall { name: name.to_owned(), ..Default::default() };
    change(&mut call);
    ChaincodeInterest { chaincodes: vec![call] }
}

#[tokio::test]
async fn each_query_has_an_answer_of_its_own() {
    let network = network();
    let (user, admin) = (identity(&network.info().user).unwrap(), identity(&network.info().admin).unwrap());
    let endorsers = |interest| Asked::CcQuery(ChaincodeQuery { interests: vec![interest] });
    let peers = |filter| Asked::PeerQuery(PeerMembershipQuery { filter });
    let cases = [
        ("mychannel", Asked::ConfigQuery(ConfigQuery {}), None),
        ("other", Asked::ConfigQuery(ConfigQuery {}), Some("access denied")),
        ("", Asked::LocalPeers(LocalPeerQuery {}), None),
        ("", Asked::ConfigQuery(ConfigQuery {}), Some("unknown or missing request type")),
        ("mychannel", Asked::LocalPeers(LocalPeerQuery {}), Some("unknown or missing request type")),
        ("mychannel", peers(None), None),
        ("mychannel", peers(Some(interest(CHAINCODE, |_| ()))), None),
        (
            "mychannel",
            peers(Some(interest("nothing", |_| ()))),
            Some("No metadata was found for chaincode nothing in channel mychannel"),
        ),
        (
            "mychannel",
            peers(Some(interest(CHAINCODE, |call| call.collection_names.push("secret".to_owned())))),
            Some("collection secret doesn't exist in collection config for chaincode asset-transfer-basic"),
        ),
        (
            "mychannel",
            Asked::CcQuery(ChaincodeQuery::default()),
            Some("chaincode query must have at least one chaincode interest"),
        ),
        ("mychannel", endorsers(interest("", |_| ())), Some("chaincode name in interest cannot be empty")),
        ("mychannel", endorsers(interest(CHAINCODE, |_| ())), None),
        (
            "mychannel",
            endorsers(interest(CHAINCODE, |call| call.key_policies.push(of_others()))),
            Some("failed constructing descriptor for chaincodes:{name:\"asset-transfer-basic\" key_policies:{rule:{"),
        ),
        (
            "mychannel",
            endorsers(interest(CHAINCODE, |call| call.disregard_namespace_policy = true)),
            Some("failed constructing descriptor for "),
        ),
    ];
    let queries = cases.iter().map(|(channel, query, _)| (*channel, query.clone())).collect();
    let answers = ask(&network, &admin, request(&admin, queries)).await.unwrap();
    assert_eq!(answers.len(), cases.len());
    for ((channel, query, expected), answer) in cases.iter().zip(&answers) {
        match (answer, expected) {
            (Answer::Error(error), Some(expected)) => {
                assert!(error.content.starts_with(expected), "{channel} {query:?}: {error:?}");
            }
            (Answer::Error(_), None) | (_, Some(_)) => panic!("{channel} {query:?}: {answer:?}"),
            _ => {}
        }
    }

    let config = || vec![("mychannel", Asked::ConfigQuery(ConfigQuery {}))];
    // Signed by somebody else than it says.
    for round in 0..2 {
        let answers = ask(&network, &admin, request(&user, config())).await.unwrap();
        assert!(
            matches!(&answers[..], [Answer::Error(error)] if error.content == "access denied"),
            "{round}: {answers:?}"
        );
    }
    let nobody = Request { authentication: None, queries: Vec::new() }.encode_to_vec();
    let refused = ask(&network, &user, nobody).await.unwrap_err();
    assert_eq!(refused, "access denied, no authentication info in request");
    let refused = ask(&network, &user, vec![0xff; 9]).await.unwrap_err();
    assert!(refused.starts_with("failed parsing request"), "{refused}");
}

/// Combinations explode: what one client asks must not occupy the peer.
#[tokio::test]
async fn work_for_one_request_is_bounded() {
    let network = network();
    let user = identity(&network.info().user).unwrap();
    let principal = |number: usize| {
        let role = MspRole { msp_identifier: format!("Org{number}MSP"), role: msp_role::MspRoleType::Peer as i32 };
        proto::common::MspPrincipal { principal: role.encode_to_vec().into(), ..Default::default() }
    };
    let policy = |n: i32| {
        let rule = |r#type| SignaturePolicy { r#type: Some(r#type) };
        let rules = (0..20).map(|index| rule(signature_policy::Type::SignedBy(index))).collect();
        SignaturePolicyEnvelope {
            version: 0,
            rule: Some(rule(signature_policy::Type::NOutOf(signature_policy::NOutOf { n, rules }))),
            identities: (0..20).map(principal).collect(),
        }
    };
    let interest = interest(CHAINCODE, |call| call.key_policies = (3..18).map(policy).collect());
    let query = Asked::CcQuery(ChaincodeQuery { interests: vec![interest; 5] });
    let queries: Vec<(&str, Asked)> = vec![("mychannel", query); 40];
    let started = Instant::now();
    let answers = ask(&network, &user, request(&user, queries)).await.unwrap();
    assert!(answers.iter().all(|answer| matches!(answer, Answer::Error(_))), "{answers:?}");
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn chaincodes_of_fabric_1_4_have_endorsers() {
    let flags = ["--application-capability", "V1_4_2"].map(str::to_owned).to_vec();
    let network = Network::start_with(Options { flags, ..Default::default() }).unwrap();
    let contract = programs::contract(CHAINCODE).unwrap().to_string_lossy().into_owned();
    let init = r#"{"Args":["InitLedger"]}"#;
    for arguments in [
        &["install", "-n", "basic", "-v", "1.0", "-p", &contract, "-l", "wasm"][..],
        &["instantiate", "-C", "mychannel", "-n", "basic", "-v", "1.0", "-c", init],
    ] {
        let output = network.peer(&[&["chaincode"], arguments].concat()).unwrap();
        assert!(output.status.success(), "{}", output.stderr);
    }
    let endorsers = ["endorsers", "--channel", "mychannel", "--chaincode", "basic"];
    let deadline = Instant::now() + PATIENCE;
    let found = loop {
        // `instantiate` does not wait for the commit.
        let output = discover(&network, &network.info().user, &endorsers);
        if output.status.success() {
            break found(&output);
        }
        assert!(Instant::now() < deadline, "{}", output.stderr);
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(found[0]["Layouts"], json!([{"quantities_by_group": {"G0": 1}}]), "{found}");
    let itself =
        discover(&network, &network.info().user, &["endorsers", "--channel", "mychannel", "--chaincode", "_lifecycle"]);
    assert!(itself.stderr.contains("failed constructing descriptor for "), "{}", itself.stderr);
}
