use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{argument, data, run, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_configtxlator");

fn blocks() -> [(&'static str, std::path::PathBuf); 2] {
    let channel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../channel/tests/data");
    [
        ("configtxlator/config-block.json", channel.join("configtxgen-mychannel.block")),
        ("configtxlator/transaction-block.json", channel.join("peer-block-3.block")),
    ]
}

#[test]
fn blocks_are_shown_as_fabric_shows_them_and_come_back_whole() {
    let root = tempfile::tempdir().expect("a directory");
    for (json, block) in blocks() {
        let said = run(PROGRAM, &["proto_decode", "--type", "common.Block", "--input", argument(&block)], &[]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert_eq!(said.stdout, text(json), "{json}");
        let (output, input) = (root.path().join("block"), data(json));
        let args = ["proto_encode", "--type=common.Block", "--input", argument(&input), "--output", argument(&output)];
        let said = run(PROGRAM, &args, &[]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        // Go writes maps in any order; encoding what it shows again must lose nothing.
        let said = run(PROGRAM, &["proto_decode", "--type", "common.Block", "--input", argument(&output)], &[]);
        assert_eq!(said.stdout, text(json), "{json}");
    }
}

#[test]
fn updates_are_fabrics() {
    let root = tempfile::tempdir().expect("a directory");
    let update = root.path().join("update");
    let (original, updated) = (data("configtxlator/original.pb"), data("configtxlator/updated.pb"));
    let (original, updated) = (argument(&original), argument(&updated));
    let args = |original, updated| {
        vec!["compute_update", "--original", original, "--updated", updated, "--channel_id", "mychannel", "--output"]
    };
    let said = run(PROGRAM, &[&args(original, updated)[..], &[argument(&update)]].concat(), &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = run(PROGRAM, &["proto_decode", "--type", "common.ConfigUpdate", "--input", argument(&update)], &[]);
    assert_eq!(said.stdout, text("configtxlator/update.json"));
    let said = run(PROGRAM, &[&args(original, original)[..], &[argument(&update)]].concat(), &[]);
    let expected = "configtxlator: error: Error computing update: error computing config update: no differences detected \
                    between original and updated config\n";
    assert_eq!((said.code, said.stderr.as_str()), (1, expected));
}

#[test]
fn complaints() {
    let root = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let (json, field) = (file("json", "{"), file("field", r#"{"channel_group": {"groups": {"Nope": {}}}}"#));
    let number = file("number", r#"{"sequence": "x"}"#);
    let encode = |path| vec!["proto_encode", "--type", "common.Config", "--input", path];
    let cases = [
        (vec!["proto_decode"], "configtxlator: error: required flag --type not provided, try --help"),
        (
            vec!["proto_decode", "--type", "common.Nope", "--input", argument(&json)],
            "configtxlator: error: Error decoding: error encoding output: proto: not found: there is no message type 'common.Nope'",
        ),
        (
            vec!["proto_decode", "--type", "common.Config", "--input", argument(&json)],
            "configtxlator: error: Error decoding: error encoding output: proto: cannot parse invalid wire-format data",
        ),
        (
            vec!["proto_decode", "--type", "common.Config", "--input", "/nope"],
            "configtxlator: error: open /nope: no such file or directory, try --help",
        ),
        (
            encode(argument(&json)),
            "configtxlator: error: Error decoding: error decoding input: error unmarshaling intermediate JSON: ",
        ),
        (
            encode(argument(&field)),
            "configtxlator: error: Error decoding: error decoding input: channel_group.groups.Nope: unknown channel group sub-group 'Nope'",
        ),
        (
            encode(argument(&number)),
            "configtxlator: error: Error decoding: error decoding input: sequence: expected a whole number of 64 bits that is not negative, found \"x\"",
        ),
    ];
    for (args, expected) in cases {
        let said = run(PROGRAM, &args, &[]);
        assert_eq!(said.code, 1, "{args:?}: {}", said.stderr);
        assert!(said.stderr.starts_with(expected), "{args:?}: {}", said.stderr);
    }
}

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the server, and answers the address that it tells.
fn start(args: &[&str]) -> (Server, String) {
    let mut command = Command::new(PROGRAM);
    command.env_clear().args(["start", "--hostname", "127.0.0.1", "--port", "0"]).args(args).stderr(Stdio::piped());
    let mut server = Server(command.spawn().expect("it starts"));
    let mut stderr = server.0.stderr.take().expect("piped");
    let mut told = String::new();
    let mut byte = [0];
    loop {
        assert_eq!(stderr.read(&mut byte).expect("readable"), 1, "it ended: {told}");
        told.push(char::from(byte[0]));
        if let Some((_, address)) = told.split_once("Serving HTTP requests on ")
            && let Some(address) = address.strip_suffix('\n')
        {
            let address = address.split_whitespace().next().expect("an address").to_owned();
            // Nobody reads on, and the pipe shall not break.
            std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
            return (server, address);
        }
    }
}

fn request(address: &str, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len()).expect("sent");
    stream.write_all(body).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answered");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    (String::from_utf8(answer[..end].to_vec()).expect("text"), answer[end + 4..].to_vec())
}

#[test]
fn the_server_converts_and_computes() {
    let (_server, address) = start(&["--CORS", "*"]);
    let (json, block) = &blocks()[0];
    let block = fs::read(block).expect("a block");
    let (head, body) = request(&address, "POST /protolator/decode/common.Block HTTP/1.1\r\nOrigin: http://a", &block);
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("access-control-allow-origin: *"), "{head}");
    assert_eq!(String::from_utf8(body).expect("text"), text(json));
    let (head, body) = request(&address, "POST /protolator/encode/common.Block HTTP/1.1", text(json).as_bytes());
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (_, again) = request(&address, "POST /protolator/decode/common.Block HTTP/1.1", &body);
    assert_eq!(String::from_utf8(again).expect("text"), text(json));

    let part = |name: &str, content: &[u8]| {
        [format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes(), content, b"\r\n"]
            .concat()
    };
    let config = |name| fs::read(data(name)).expect("a file");
    let form = [
        part("original", &config("configtxlator/original.pb")),
        part("updated", &config("configtxlator/updated.pb")),
        part("channel", b"mychannel"),
        b"--X--\r\n".to_vec(),
    ];
    let compute =
        "POST /configtxlator/compute/update-from-configs HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=X";
    let (head, update) = request(&address, compute, &form.concat());
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (_, shown) = request(&address, "POST /protolator/decode/common.ConfigUpdate HTTP/1.1", &update);
    assert_eq!(String::from_utf8(shown).expect("text"), text("configtxlator/update.json"));

    let cases = [
        ("POST /protolator/decode/common.Nope HTTP/1.1", &b""[..], "404", "message type not found: "),
        ("POST /protolator/decode/common.Block HTTP/1.1", b"x", "400", "proto: cannot parse invalid wire-format data"),
        ("POST /protolator/encode/common.Block HTTP/1.1", b"{", "400", "error unmarshaling intermediate JSON"),
        ("GET /protolator/encode/common.Block HTTP/1.1", b"", "405", ""),
        ("POST /nope HTTP/1.1", b"", "404", "404 page not found"),
        (compute, b"", "400", "Error with field 'original': "),
    ];
    for (line, body, status, expected) in cases {
        let (head, answer) = request(&address, line, body);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{line}: {head}");
        let answer = String::from_utf8(answer).expect("text");
        assert!(answer.starts_with(expected), "{line}: {answer}");
    }
}
