//! The process that compiles contracts for a peer.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tests::programs;

/// A compiler that waits for its input, started by a process in between, and the compiler's process id.
fn waiting_compiler() -> (Child, String) {
    let script =
        format!("'{}' compile-contract pooled native <&0 & echo $!; wait", programs::peer().unwrap().display());
    let mut command = Command::new("/bin/sh");
    let mut parent = command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pid = String::new();
    BufReader::new(parent.stdout.as_mut().unwrap()).read_line(&mut pid).unwrap();
    let pid = pid.trim().to_owned();
    let limits = format!("/proc/{pid}/limits");
    let is_confined = |limits: String| {
        let mut lines = limits.lines().filter(|line| line.starts_with("Max file size"));
        lines.any(|line| line.split_whitespace().nth(3) == Some("0"))
    };
    while !std::fs::read_to_string(&limits).is_ok_and(is_confined) {
        assert!(parent.try_wait().unwrap().is_none(), "the compiler did not start");
        std::thread::yield_now();
    }
    (parent, pid)
}

#[test]
fn it_ends_with_the_peer() {
    let (mut parent, pid) = waiting_compiler();
    parent.kill().unwrap();
    // Its input stays open meanwhile.
    let input = parent.stdin.take();
    parent.wait().unwrap();
    let stat = Path::new("/proc").join(&pid).join("stat");
    let runs = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "));
    while runs() {
        std::thread::yield_now();
    }
    drop(input);
}

#[test]
fn it_compiles_what_it_is_given_and_says_what_is_wrong() {
    let run = |arguments: &[&str], input: &[u8]| {
        let mut command = Command::new(programs::peer().unwrap());
        command.arg("compile-contract").args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A child that ends early does not read it.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    };
    let component = b"\0asm\x0d\0\x01\0";
    let compiled = run(&["single", "native"], component);
    assert!(compiled.status.success() && compiled.stdout.starts_with(b"\x7fELF"), "{compiled:?}");
    // Its start runs while it is compiled.
    let starting = r#"(module
        (import "fabric_v1" "set_response" (func $respond (param i32 i32)))
        (memory (export "memory") 1)
        (data (i32.const 8) "0")
        (func (export "_initialize") (i32.store8 (i32.const 8) (i32.const 49)))
        (func (export "invoke") (result i32) (call $respond (i32.const 8) (i32.const 1)) (i32.const 0)))"#;
    let compiled = run(&["single", "native"], &wat::parse_str(starting).unwrap());
    assert!(compiled.status.success() && compiled.stdout.starts_with(b"\x7fELF"), "{compiled:?}");
    for (arguments, input, expected) in [
        (&["single", "native"][..], &b"no component"[..], "not a contract file"),
        (&["single"], component, "compile-contract is what a peer starts by itself"),
    ] {
        let refused = run(arguments, input);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && refused.stdout.is_empty() && said.contains(expected), "{said}");
    }
}
