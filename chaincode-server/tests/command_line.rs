//! What the program says when it cannot start.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::process::Command;

/// A contract that does nothing.
const CONTRACT: &str = r#"(module
    (import "fabric_v1" "args" (func (result i32)))
    (memory (export "memory") 1)
    (func (export "invoke") (result i32) (i32.const 0)))"#;

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("contract.wasm");
    std::fs::write(&file, wat::parse_str(CONTRACT).unwrap()).unwrap();
    let file = file.to_str().unwrap();
    for (arguments, expected) in [
        (&[file][..], "which chaincode this is, with --id PACKAGE_ID"),
        (&[file, "--id", "a:1"], "say where to listen for the peer with --listen HOST:PORT"),
        (&["/no/such/file", "--id", "a:1", "--listen", "127.0.0.1:0"], "reading /no/such/file"),
        (&["/bin/true", "--id", "a:1", "--listen", "127.0.0.1:0"], "it is native code"),
        (
            &[file, "--id", "a:1", "--listen", "127.0.0.1:0", "--tls-cert", "x"],
            "--tls-cert and --tls-key belong together",
        ),
        (&[file, "--id", "a:1", "--listen", "127.0.0.1:0", "--tls-cert", "x", "--tls-key", "y"], "reading x"),
        (&[file, "--id", "a:1", "--listen", "here"], "set --listen to host:port"),
        (&[file, "--id", "a:1", "--listen", "a:1", "--peer", "a:1"], "cannot be used with"),
        (
            &[file, "--id", "a:1", "--peer", "a:1", "--tls-cert", "x"],
            "'--peer <HOST:PORT>' cannot be used with '--tls-cert <FILE>'",
        ),
        (&[file, "--id", "a:1", "--listen", "a:1", "--tls-root", "x"], "--tls-root is for --peer"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chaincode-server"));
        let output = command.args(arguments).env_remove("CHAINCODE_ID").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{arguments:?}: {said}");
    }
}
