//! What contracts ask of a real peer beyond plain state: other contracts, private data, pages, keys with policies.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::sync::Arc;

use tests::programs;
use tests::{Network, Shared};

static SHARED: Shared = Shared::new();

const COLLECTIONS: &str = r#"[
    {"name": "open", "policy": "OR('Org1MSP.member')", "requiredPeerCount": 0, "maxPeerCount": 0, "blockToLive": 0},
    {"name": "closed", "policy": "OR('Org1MSP.peer')", "requiredPeerCount": 0, "maxPeerCount": 0, "blockToLive": 0,
     "memberOnlyRead": true, "memberOnlyWrite": true}
]"#;

/// The contract for tests under three names; `beta` has collections.
fn network() -> Arc<Network> {
    SHARED
        .get(|| {
            let network = Network::start()?;
            let file = programs::contract("conformance")?;
            for name in ["alpha", "gamma"] {
                let installed = network.peer(&["chaincode", "install", &file.to_string_lossy(), "--name", name])?;
                assert!(installed.status.success(), "{}", installed.stderr);
            }
            define_beta(&network, &file.to_string_lossy());
            Ok(network)
        })
        .unwrap()
}

fn define_beta(network: &Network, file: &str) {
    let lifecycle = |arguments: &[&str]| {
        let output = network.peer(&[&["lifecycle", "chaincode"], arguments].concat()).unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
        output.stdout
    };
    let path = |name: &str| network.scratch().join(name).to_str().unwrap().to_owned();
    let (package, collections) = (path("beta.tar.gz"), path("collections.json"));
    std::fs::write(&collections, COLLECTIONS).unwrap();
    lifecycle(&["package", &package, "-p", file, "-l", "wasm", "--label", "beta"]);
    let package_id = lifecycle(&["calculatepackageid", &package]).trim().to_owned();
    lifecycle(&["install", &package]);
    let definition =
        ["-C", "mychannel", "-n", "beta", "-v", "1", "--sequence", "1", "--collections-config", &collections];
    lifecycle(&[&["approveformyorg", "--package-id", &package_id], &definition[..]].concat());
    lifecycle(&[&["commit"], &definition[..]].concat());
}

fn call(arguments: &[&str]) -> String {
    serde_json::json!({ "Args": arguments }).to_string()
}

/// A query's result.
#[track_caller]
fn query(network: &Network, chaincode: &str, arguments: &[&str]) -> String {
    let output = network.query(chaincode, &call(arguments)).unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
    output.stdout.trim_end().to_owned()
}

/// Commits a transaction.
#[track_caller]
fn invoke(network: &Network, chaincode: &str, arguments: &[&str]) -> String {
    let output = network.invoke(chaincode, &call(arguments)).unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
    output.stderr
}

/// Why a transaction is not endorsed.
#[track_caller]
fn refusal(network: &Network, chaincode: &str, arguments: &[&str]) -> String {
    let output = network.invoke(chaincode, &call(arguments)).unwrap();
    assert!(!output.status.success(), "{arguments:?}: {}", output.stderr);
    output.stderr
}

#[test]
fn contracts_call_each_other_within_one_transaction() {
    let network = network();
    invoke(&network, "alpha", &["Invoke", "gamma", "", "Put,from-alpha,1"]);
    assert_eq!(query(&network, "gamma", &["Get", "from-alpha"]), "1");
    assert_eq!(query(&network, "alpha", &["Get", "from-alpha"]), "<none>", "each writes in its own namespace");
    assert_eq!(query(&network, "alpha", &["Invoke", "gamma", "mychannel", "Get,from-alpha"]), "200||1");
    // What the called contract is told: its own arguments, the same transaction and client.
    assert_eq!(query(&network, "alpha", &["Invoke", "gamma", "", "Args,x,y"]), "200||Args,x,y");
    assert_eq!(query(&network, "alpha", &["Invoke", "gamma", "", "ClientMspId"]), "200||Org1MSP");
    // A failed call is an answer, not a failure of the caller.
    let answer = query(&network, "alpha", &["Invoke", "gamma", "", "Split,simple"]);
    assert_eq!(answer, "500|not a composite key|");
}

#[test]
fn calls_that_cannot_be_are_refused() {
    let network = network();
    for (arguments, expected) in [
        (["Invoke", "alpha", "", "TxId"], "mychannel) exists"),
        (["Invoke", "nobody", "", "TxId"], "chaincode nobody not found"),
        (["Invoke", "gamma", "elsewhere", "TxId"], "failed to find ledger for channel: elsewhere"),
        (["Invoke", "lscc", "", "install,package"], "packages are installed by administrators, not by chaincodes"),
        (["Invoke", "_lifecycle", "", "InstallChaincode,"], "packages are installed by administrators, not by"),
    ] {
        let refused = refusal(&network, "alpha", &arguments);
        assert!(refused.contains(expected), "{arguments:?}: {refused}");
    }
    // Through another contract, too.
    let answer = query(&network, "alpha", &["Invoke", "gamma", "", "Invoke,alpha,mychannel,TxId"]);
    assert!(answer.starts_with("500|execute failed: txid: ") && answer.ends_with("(mychannel) exists|"), "{answer}");
    // The limit of the called contract ends its call only.
    let answer = query(&network, "alpha", &["Invoke", "gamma", "", "Recurse,0"]);
    assert_eq!(answer, "500|chaincode exceeded its stack limit|");
}

#[test]
fn system_chaincodes_answer_contracts_as_far_as_fabrics_do() {
    let network = network();
    for (chaincode, arguments, expected) in [
        (
            "qscc",
            "GetChainInfo,mychannel",
            "500|Rejecting invoke of QSCC from another chaincode because of potential for",
        ),
        (
            "cscc",
            "GetChannels",
            "500|Rejecting invoke of CSCC from another chaincode, original invocation for 'alpha'|",
        ),
        ("lscc", "getid,mychannel,gamma", "500|could not find chaincode with name 'gamma'|"),
        ("lscc", "GetChaincodes", "200||"),
        (
            "lscc",
            "deploy,mychannel,spec",
            "500|Channel 'mychannel' has been migrated to the new lifecycle, LSCC is now",
        ),
        ("_lifecycle", "QueryChaincodeDefinition,\n\u{6}nobody", "404|namespace nobody is not defined|"),
        ("_lifecycle", "QueryChaincodeDefinitions", "500|lifecycle scc operations require exactly two arguments but"),
    ] {
        let answer = query(&network, "alpha", &["Invoke", chaincode, "", arguments]);
        assert!(answer.starts_with(expected), "{chaincode} {arguments}: {answer}");
    }
}

#[test]
fn private_data_is_kept_beside_the_ledger() {
    let network = network();
    invoke(&network, "beta", &["PrivatePut", "open", "k", "secret"]);
    assert_eq!(query(&network, "beta", &["PrivateGet", "open", "k"]), "secret");
    assert_eq!(query(&network, "beta", &["Get", "k"]), "<none>");
    let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    assert_eq!(query(&network, "beta", &["PrivateHash", "open", "k"]), hash);
    assert_eq!(query(&network, "beta", &["PrivateRange", "open", "", ""]), "k=secret");
    invoke(&network, "beta", &["PrivateSetPolicy", "open", "k", ""]);
    invoke(&network, "beta", &["PrivatePurge", "open", "k"]);
    assert_eq!(query(&network, "beta", &["PrivateGet", "open", "k"]), "<none>");
    invoke(&network, "beta", &["PrivatePut", "_implicit_org_Org1MSP", "own", "1"]);
    assert_eq!(query(&network, "beta", &["PrivateGet", "_implicit_org_Org1MSP", "own"]), "1");
    for (arguments, expected) in [
        (&["PrivateGet", "closed", "k"][..], "tx creator does not have read access permission on privatedata"),
        (&["PrivatePut", "closed", "k", "v"], "tx creator does not have write access permission on privatedata"),
        (&["PrivateGet", "other", "k"], "collection mychannel/beta/other could not be found"),
        (
            &["PrivateHash", "other", "k"],
            "collection [other] not defined in the collection config for chaincode [beta]",
        ),
        (&["PrivateGet", "_implicit_org_NobodyMSP", "k"], "collection [_implicit_org_NobodyMSP] not defined"),
    ] {
        let refused = refusal(&network, "beta", arguments);
        assert!(refused.contains(expected), "{arguments:?}: {refused}");
    }
    let refused = refusal(&network, "alpha", &["PrivateGet", "open", "k"]);
    assert!(refused.contains("collection mychannel/alpha/open could not be found"), "{refused}");
}

#[test]
fn pages_are_for_transactions_that_only_read() {
    let network = network();
    invoke(&network, "gamma", &["PutMany", "p1=a,p2=b,p3=c"]);
    assert_eq!(query(&network, "gamma", &["RangePage", "p", "q", "2", ""]), "p1=a,p2=b|2|p3");
    assert_eq!(query(&network, "gamma", &["RangePage", "p", "q", "2", "p3"]), "p3=c|1|");
    assert_eq!(query(&network, "gamma", &["GetMany", "p1,p9,p3"]), "a,<none>,c");
    let refused = refusal(&network, "gamma", &["Query", "{}"]);
    assert!(refused.contains("ExecuteQuery not supported for leveldb"), "{refused}");
    invoke(&network, "gamma", &["DeleteMany", "p1,p2"]);
    assert_eq!(query(&network, "gamma", &["Range", "p", "q"]), "p3=c");
}

#[test]
fn a_key_can_have_an_endorsement_policy_of_its_own() {
    let network = network();
    // SignaturePolicyEnvelope: one signature of a member of Org1MSP.
    let policy = "\x12\x08\x12\x06\x08\x01\x12\x02\x08\0\x1a\x0b\x12\x09\n\x07Org1MSP";
    invoke(&network, "gamma", &["Put", "guarded", "1"]);
    invoke(&network, "gamma", &["SetPolicy", "guarded", policy]);
    assert_eq!(query(&network, "gamma", &["GetPolicy", "guarded"]), policy);
    assert_eq!(query(&network, "gamma", &["Metadata", "guarded"]), format!("VALIDATION_PARAMETER={policy}"));
    invoke(&network, "gamma", &["Put", "guarded", "2"]);
    assert_eq!(query(&network, "gamma", &["Get", "guarded"]), "2");
}

#[test]
fn a_contract_knows_its_client_and_its_proposal() {
    let network = network();
    assert_eq!(query(&network, "gamma", &["ClientMspId"]), "Org1MSP");
    assert_eq!(query(&network, "gamma", &["ClientUnits"]), "admin");
    assert!(query(&network, "gamma", &["ClientSubject"]).contains("OU=admin"));
    assert_eq!(query(&network, "gamma", &["ClientAttribute", "role"]), "<none>");
    assert_eq!(query(&network, "gamma", &["Binding"]).len(), 64);
    assert!(query(&network, "gamma", &["SignedProposal"]).len() > 1000);
}

#[test]
fn a_package_brings_its_limits_which_the_peer_caps() {
    let network = network();
    let file = programs::contract("conformance").unwrap();
    let install = |name: &str, limits: &str| {
        network.peer(&["chaincode", "install", file.to_str().unwrap(), "--name", name, "--limits", limits]).unwrap()
    };
    let installed = install("frugal", r#"{"fuel":5000000,"host_calls":20}"#);
    assert!(installed.status.success(), "{}", installed.stderr);
    let refused = |arguments: &[&str]| network.query("frugal", &call(arguments)).unwrap().stderr;
    assert!(refused(&["Loop"]).contains("chaincode exceeded its fuel limit of 5000000"));
    assert!(refused(&["HoldIterators", "25"]).contains("chaincode exceeded its limit of 20 calls to the peer"));
    for (limits, expected) in [
        (r#"{"fuel":1000000000000000}"#, "no peer grants that much"),
        (r#"{"energy":1}"#, "unknown field `energy`"),
        ("much", "expected value"),
    ] {
        let output = install("greedy", limits);
        assert!(!output.status.success() && output.stderr.contains(expected), "{limits}: {}", output.stderr);
    }
}
