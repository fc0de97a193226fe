//! The program `orderer`: what `orderer.yaml` says, channel participation, and that channels outlive the process.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use prost::Message;
use proto::common::Block;

use super::fixture::{Batches, CHANNEL, NEVER, Network};

const TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);
const BATCHES: Batches = Batches { count: 10, preferred_bytes: 100_000, timeout: NEVER };

/// A running orderer; killed when dropped.
struct Running {
    process: Child,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only fails when the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what} within {TIMEOUT:?}");
        std::thread::sleep(POLL);
    }
}

impl Running {
    fn start(network: &Network) -> Running {
        let folder = network.directory.path();
        let log = folder.join("orderer.log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_orderer"));
        command.env("FABRIC_CFG_PATH", folder).env("ORDERER_FILELEDGER_LOCATION", folder.join("ledger"));
        command.env_remove("FABRIC_LOGGING_SPEC");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).expect("a log"));
        Running { process: command.spawn().expect("started"), log }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("readable")
    }

    /// Where channel participation is, once the orderer serves.
    fn admin(&mut self) -> String {
        wait_for("orderer", || {
            let log = self.log();
            assert!(self.process.try_wait().expect("asked").is_none(), "it ended:\n{log}");
            log.contains("Beginning to serve requests").then_some(())?;
            let rest = log.split_once("channel participation at ")?.1;
            Some(rest.split_whitespace().next()?.to_owned())
        })
    }

    fn end(&mut self) {
        let sent = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().expect("ran");
        assert!(sent.success());
        let status = wait_for("end", || self.process.try_wait().expect("asked"));
        assert!(status.success(), "{status}\n{}", self.log());
    }
}

/// Status, headers and body of the answer.
fn ask(address: &str, head: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("connected");
    let request = format!("{head}\r\nHost: orderer\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[request.as_bytes(), body].concat()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answered");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("headers");
    let headers = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = headers.split(' ').nth(1).expect("a status").parse().expect("a number");
    (status, headers, answer.split_off(end + 4))
}

fn join(address: &str, name: &str, block: &Block) -> (u16, String, String) {
    let head = "POST /participation/v1/channels HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=zz";
    let form = format!("--zz\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"b\"\r\n\r\n");
    let body = [form.as_bytes(), &block.encode_to_vec(), b"\r\n--zz--\r\n"].concat();
    let (status, headers, body) = ask(address, head, &body);
    (status, headers, String::from_utf8(body).expect("text"))
}

fn network() -> Network {
    let network = Network::new(BATCHES);
    let msp = network.orderer_organization.node_dir("orderer").join("msp");
    let yaml = format!(
        "General:\n  ListenAddress: 127.0.0.1\n  ListenPort: 0\n  LocalMSPID: OrdererMSP\n  LocalMSPDir: {}\nAdmin:\n  \
         ListenAddress: 127.0.0.1:0\nColour: blue\n",
        msp.display()
    );
    fs::write(network.directory.path().join("orderer.yaml"), yaml).expect("written");
    network
}

#[test]
fn channels_are_joined_listed_read_and_removed_and_outlive_the_process() {
    let network = network();
    let mut orderer = Running::start(&network);
    let admin = orderer.admin();
    let get = |address: &str, path: &str| {
        let (status, _, body) = ask(address, &format!("GET /participation/v1/{path} HTTP/1.1"), &[]);
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    assert_eq!(get(&admin, "channels"), (200, "{\"systemChannel\":null,\"channels\":null}\n".to_owned()));
    assert_eq!(get(&admin, "").0, 302);
    let missing = "{\"error\":\"channel does not exist\"}\n".to_owned();
    assert_eq!(get(&admin, "channels/mychannel"), (404, missing.clone()));

    let (status, headers, body) = join(&admin, "config-block", &network.genesis);
    let info = "{\"name\":\"mychannel\",\"url\":\"/participation/v1/channels/mychannel\",\"consensusRelation\":\"consenter\",\
                \"status\":\"active\",\"height\":1}\n";
    assert_eq!((status, &*body), (201, info), "{}", orderer.log());
    assert!(headers.to_lowercase().contains("location: /participation/v1/channels/mychannel"), "{headers}");
    let (status, headers, body) = join(&admin, "config-block", &network.genesis);
    assert_eq!((status, &*body), (405, "{\"error\":\"cannot join: channel already exists\"}\n"));
    assert!(headers.to_lowercase().contains("allow: get, delete"), "{headers}");

    let mut changed = network.genesis.clone();
    changed.header.as_mut().expect("a header").data_hash = vec![1; 32].into();
    for (name, block, expected) in [
        ("config-block", &Block::default(), "invalid join block: block is not a config block"),
        (
            "config-block",
            &changed,
            "invalid join block: invalid block: Header.DataHash is different from Hash(block.Data)",
        ),
        ("block", &network.genesis, "form does not contains part key: config-block"),
    ] {
        let (status, _, body) = join(&admin, name, block);
        assert_eq!((status, body), (400, format!("{{\"error\":\"{expected}\"}}\n")));
    }
    let list = "{\"systemChannel\":null,\"channels\":[{\"name\":\"mychannel\",\"url\":\"/participation/v1/channels/mychannel\"}]}\n";
    assert_eq!(get(&admin, "channels"), (200, list.to_owned()));
    orderer.end();
    assert!(orderer.log().contains("unknown key Colour is ignored"), "{}", orderer.log());

    let mut orderer = Running::start(&network);
    let admin = orderer.admin();
    assert_eq!(get(&admin, "channels/mychannel"), (200, info.to_owned()));
    for block in ["newest", "oldest", "config", "0"] {
        let (status, _, body) =
            ask(&admin, &format!("GET /participation/v1/channels/mychannel/blocks/{block} HTTP/1.1"), &[]);
        assert_eq!((status, Block::decode(&body[..]).expect("a block")), (200, network.genesis.clone()), "{block}");
    }
    assert_eq!(get(&admin, "channels/mychannel/blocks/7").0, 404);
    let delete = format!("DELETE /participation/v1/channels/{CHANNEL} HTTP/1.1");
    assert_eq!(ask(&admin, &delete, &[]).0, 204);
    let (status, _, body) = ask(&admin, &delete, &[]);
    assert_eq!((status, &*body), (404, &b"{\"error\":\"cannot remove: channel does not exist\"}\n"[..]));
    assert_eq!(get(&admin, "channels/mychannel"), (404, missing));
    let left: Vec<_> = fs::read_dir(network.directory.path().join("ledger/chains")).expect("there").collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(join(&admin, "config-block", &network.genesis).0, 201, "it may come again");
}

#[test]
fn the_version_has_fabrics_layout() {
    let output = Command::new(env!("CARGO_BIN_EXE_orderer")).arg("version").output().expect("ran");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success() && text.starts_with("orderer:\n Version: ") && text.ends_with("\n\n"), "{text}");
}
