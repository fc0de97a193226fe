use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use super::{argument, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_osnadmin");

#[test]
fn complaints() {
    let block = Path::new(env!("CARGO_MANIFEST_DIR")).join("../channel/tests/data/configtxgen-mychannel.block");
    let block = argument(&block);
    let cases = [
        (vec!["list"], "osnadmin: error: parsing arguments: required flag --orderer-address not provided. Try --help"),
        (vec!["remove", "-o", "x:1"], "osnadmin: error: required flag --channelID not provided, try --help"),
        (
            vec!["join", "-o", "x:1", "-c", "other", "-b", block],
            "osnadmin: error: parsing arguments: specified --channelID other does not match channel ID mychannel in config block. Try --help",
        ),
        (
            vec!["join", "-o", "x:1", "-c", "other", "-b", "/nope"],
            "osnadmin: error: parsing arguments: reading config block: open /nope: no such file or directory. Try --help",
        ),
        (
            vec!["fetch", "-o", "x:1", "-c", "a", "-b", "last", "-f", "x"],
            "osnadmin: error: parsing arguments: 'last' not equal <newest|oldest|config|(number)>. Try --help",
        ),
        (
            vec!["list", "-o", "x:1", "--ca-file", "/nope"],
            "osnadmin: error: parsing arguments: reading orderer CA certificate: open /nope: no such file or directory. Try --help",
        ),
        (
            vec!["list", "-o", "x:1", "--ca-file", block],
            "osnadmin: error: parsing arguments: failed to add ca-file PEM to cert pool. Try --help",
        ),
    ];
    for (args, expected) in cases {
        let said = run(PROGRAM, &[&["channel"][..], &args].concat(), &[]);
        assert_eq!((said.code, said.stderr.trim_end()), (1, expected), "{args:?}");
    }
}

/// Answers one request, and gives what was asked.
fn answered(args: &[&str], answer: &str) -> (super::Said, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    let answer = answer.to_owned();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let (mut asked, mut buffer) = (String::new(), [0; 4096]);
        // A form ends with its boundary, everything else with its head.
        while !asked.ends_with("--\r\n") && (asked.contains("multipart") || !asked.ends_with("\r\n\r\n")) {
            let length = stream.read(&mut buffer).expect("a request");
            asked += &String::from_utf8_lossy(&buffer[..length]);
        }
        stream.write_all(answer.as_bytes()).expect("answered");
        asked
    });
    let said = run(PROGRAM, &[&["channel"][..], args, &["-o", &address]].concat(), &[]);
    (said, server.join().expect("it answered"))
}

#[test]
fn answers_are_told() {
    let json = "HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\n{\"name\":\"c\"}";
    let block = Path::new(env!("CARGO_MANIFEST_DIR")).join("../channel/tests/data/configtxgen-mychannel.block");
    let (said, asked) = answered(&["join", "-c", "mychannel", "-b", argument(&block)], json);
    assert_eq!((said.code, said.stdout.as_str()), (0, "Status: 201\n{\n\t\"name\": \"c\"\n}\n"), "{}", said.stderr);
    assert!(asked.starts_with("POST /participation/v1/channels HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("form-data; name=\"config-block\"; filename=\"config.block\""));
    let (said, asked) = answered(&["remove", "-c", "mychannel", "--no-status"], "HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!((said.code, said.stdout.as_str()), (0, "\n"));
    assert!(asked.starts_with("DELETE /participation/v1/channels/mychannel HTTP/1.1\r\n"), "{asked}");
    let root = tempfile::tempdir().expect("a directory");
    let file = root.path().join("block");
    let args = ["fetch", "-c", "c", "-b", "newest", "-f", argument(&file)];
    let (said, asked) = answered(&args, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!((said.code, said.stdout.as_str()), (0, "Status: 200\n\n"));
    assert!(asked.starts_with("GET /participation/v1/channels/c/blocks/newest HTTP/1.1\r\n"), "{asked}");
    assert_eq!(fs::read(&file).expect("written"), b"abc");
    let (said, _) = answered(&["list"], "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(said.code, 1);
    assert!(said.stdout.starts_with("Error: the orderer's answer is no JSON: "), "{}", said.stdout);
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").to_string();
    let said = run(PROGRAM, &["channel", "remove", "-c", "c", "-o", &free], &[]);
    let expected = format!(
        "Error: Delete \"http://{free}/participation/v1/channels/c\": dial tcp {free}: connect: connection refused\n\n"
    );
    assert_eq!((said.code, said.stdout), (1, expected));
}
