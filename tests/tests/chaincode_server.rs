//! `chaincode-server`: a contract in a process of its own does the same as within the peer.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tests::Network;
use tests::programs;

/// Time that the server has to register.
const START_TIMEOUT: Duration = Duration::from_secs(30);

const INSIDE: &str = "inside";
const OUTSIDE: &str = "outside";
const PACKAGE_ID: &str = "outside:1.0";

/// A process that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Function and arguments; whether it is submitted, and whether its answer is the same whoever gives it.
const CALLS: &[(&[&str], bool)] = &[
    (&["Put", "a", "1"], true),
    (&["PutMany", "b=2,c=3,d=4"], true),
    (&["PutComposite", "color", "blue,1", "x"], true),
    (&["Get", "a"], false),
    (&["Get", "nothing"], false),
    (&["GetMany", "a,b,x"], false),
    (&["Range", "", ""], false),
    (&["RangePage", "", "", "2", ""], false),
    (&["PartialRange", "color", ""], false),
    (&["Put", "a", "2"], true),
    (&["Delete", "b"], true),
    (&["Range", "a", "d"], false),
    (&["SetPolicy", "c", "policy"], true),
    (&["Metadata", "c"], false),
    (&["GetPolicy", "c"], false),
    (&["ChannelId"], false),
    (&["CreatorMspId"], false),
    (&["ClientSubject"], false),
    (&["Event", "moved", "payload"], true),
    (&["Invoke", INSIDE, "", "Get,a"], false),
    (&["Panic", "out of cheese"], false),
    (&["Nothing"], false),
    (&["Put", "", "1"], false),
];

#[test]
fn a_served_contract_answers_like_an_installed_one() {
    let network = Network::start().unwrap();
    let file = programs::contract("conformance").unwrap();
    let installed = network.peer(&["chaincode", "install", file.to_str().unwrap(), "--name", INSIDE]).unwrap();
    assert!(installed.status.success(), "{}", installed.stderr);
    let mut command = Command::new(programs::chaincode_server().unwrap());
    command.arg(&file).args(["--id", PACKAGE_ID, "--peer", network.info().chaincode_address.as_ref().unwrap()]);
    let _server = Server(command.stdin(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap());
    let definition = ["-C", "mychannel", "-n", OUTSIDE, "-v", "1.0", "--sequence", "1"];
    for step in [&["approveformyorg", "--package-id", PACKAGE_ID][..], &["commit"]] {
        let output = network.peer(&[&["lifecycle", "chaincode"], step, &definition].concat()).unwrap();
        assert!(output.status.success(), "{}", output.stderr);
    }
    let begun = Instant::now();
    while !network.query(OUTSIDE, r#"{"Args":["TxId"]}"#).unwrap().status.success() {
        assert!(begun.elapsed() < START_TIMEOUT, "the server did not register");
    }
    for (arguments, is_submitted) in CALLS {
        // A contract cannot call itself.
        let own = arguments[0] == "Invoke";
        let call = serde_json::json!({ "Args": arguments }).to_string();
        let [inside, outside] = [INSIDE, OUTSIDE].map(|chaincode| {
            let chaincode = if own { OUTSIDE } else { chaincode };
            let output = if *is_submitted {
                network.peer(&[
                    "chaincode",
                    "invoke",
                    "-C",
                    "mychannel",
                    "-n",
                    chaincode,
                    "-c",
                    &call,
                    "--waitForEvent",
                ])
            } else {
                network.query(chaincode, &call)
            };
            output.unwrap()
        });
        assert_eq!(inside.status.code(), outside.status.code(), "{arguments:?}: {} {}", inside.stderr, outside.stderr);
        assert_eq!(inside.stdout, outside.stdout, "{arguments:?}");
        if !*is_submitted {
            assert_eq!(inside.stderr, outside.stderr, "{arguments:?}");
        }
    }
    let history = network.query(OUTSIDE, r#"{"Args":["History","a"]}"#).unwrap().stdout;
    let values: Vec<&str> = history.trim().split(',').filter_map(|entry| Some(entry.split_once('=')?.1)).collect();
    assert_eq!(values, ["2", "1"], "{history}");
}
