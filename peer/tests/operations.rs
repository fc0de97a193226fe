//! What operators see of a running peer.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use client::Client;
use client::dev_network::DevNetwork;
use msp::SigningIdentity;
use node::grpc::Endpoint;
use proto::orderer::{SeekInfo, SeekPosition, SeekSpecified, seek_position};
use proto::protos::deliver_client::DeliverClient;

const TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

/// A running development network; killed when dropped.
struct Running {
    process: Child,
    log: PathBuf,
    network: DevNetwork,
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
    fn start(folder: &Path, variables: &[(&str, &str)]) -> Running {
        let (dir, log) = (folder.join("dev"), folder.join("peer.log"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_peer"));
        command.args(["node", "start", "--chaincode-dev", "--data-dir"]).arg(&dir);
        command.args(["--peer-port", "0", "--chaincode-port", "0"]);
        if !dir.join("weft-dev.json").exists() {
            command.args(["--orderer-port", "0"]);
        }
        // No core.yaml of the machine may turn this into another kind of peer.
        command.env_remove("FABRIC_CFG_PATH").env_remove("FABRIC_LOGGING_SPEC").current_dir(folder);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).expect("a log"));
        let mut process = command.spawn().expect("started");
        let network = wait_for("network", || {
            let log = || fs::read_to_string(&log).unwrap_or_default();
            assert!(process.try_wait().expect("asked").is_none(), "it ended while it started:\n{}", log());
            DevNetwork::read(&dir).expect("readable")
        });
        Running { process, log, network }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("readable")
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.process.id().to_string()]).status().expect("ran");
        assert!(sent.success());
    }

    fn client(&self) -> Client {
        Client::new(Arc::new(self.identity()))
    }

    fn identity(&self) -> SigningIdentity {
        let admin = &self.network.admin;
        SigningIdentity::from_msp_dir(&admin.msp_dir, &admin.msp_id).expect("loaded")
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::new(&self.network.peer.address, None)
    }

    /// The address that the log names after a text.
    fn address_after(&self, text: &str) -> String {
        wait_for(text, || {
            let log = self.log();
            let rest = log.split_once(text)?.1;
            Some(rest.split_once('\n')?.0.trim().to_owned())
        })
    }
}

/// Status and body of the answer.
fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("connected");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: peer\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answered");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).expect("a status line").parse().expect("a number");
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// Reads the first block, and then leaves without a word.
async fn cut_a_stream(running: &Running) {
    let position =
        |number| Some(SeekPosition { r#type: Some(seek_position::Type::Specified(SeekSpecified { number })) });
    let seek = SeekInfo { start: position(0), stop: position(u64::MAX), ..Default::default() };
    let request = deliver::request(&running.network.channel_id, &seek, &running.identity(), Bytes::new());
    let channel = node::grpc::connect(&running.endpoint()).await.expect("connected");
    let (_open, requests) = tokio::sync::mpsc::channel(1);
    _open.send(request.expect("signed")).await.expect("room for one");
    let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
    let mut blocks = DeliverClient::new(channel).deliver_filtered(requests).await.expect("opened").into_inner();
    blocks.message().await.expect("received").expect("a block");
}

// The client must be able to leave while the test waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn health_metrics_signals_and_the_processs_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let pid_file = folder.path().join("dev/peer/peer.pid");
    let variables = [("CORE_OPERATIONS_LISTENADDRESS", "127.0.0.1:0"), ("CORE_METRICS_PROVIDER", "prometheus")];
    let mut running = Running::start(folder.path(), &variables);
    let operations = running.address_after("operations are served at ");
    assert_eq!(fs::read_to_string(&pid_file).expect("there"), running.process.id().to_string());
    let peer = client::Peer::connect(&running.endpoint()).await.expect("connected");
    let channels = running.client().channels(&peer).await.expect("answered");
    assert_eq!(channels, std::slice::from_ref(&running.network.channel_id));
    cut_a_stream(&running).await;

    let expected = [
        "ledger_blockchain_height{channel=\"mychannel\"} 1\n",
        "grpc_server_unary_requests_completed{code=\"OK\",method=\"ProcessProposal\",service=\"protos_Endorser\"} 1\n",
        "grpc_server_unary_request_duration_count{code=\"OK\",method=\"ProcessProposal\",service=\"protos_Endorser\"} 1\n",
        "# TYPE grpc_server_stream_request_duration histogram\n",
        "grpc_server_stream_request_duration_count{code=\"Unknown\",method=\"DeliverFiltered\",service=\"protos_Deliver\"} 1\n",
        "grpc_server_stream_messages_received{method=\"DeliverFiltered\",service=\"protos_Deliver\"} 1\n",
        "grpc_server_stream_messages_sent{method=\"DeliverFiltered\",service=\"protos_Deliver\"} 1\n",
        "deliver_blocks_sent{channel=\"mychannel\",data_type=\"filtered_block\",filtered=\"true\"} 1\n",
        "deliver_streams_closed 1\n",
        "endorser_proposals_received 1\n",
        "endorser_successful_proposals 1\n",
        "endorser_proposal_duration_count{chaincode=\"cscc\",channel=\"\",success=\"true\"} 1\n",
        "# TYPE grpc_comm_conn_opened counter\n",
        "# TYPE grpc_comm_conn_closed counter\n",
        "# TYPE go_gc_duration_seconds summary\n",
        "logging_entries_written{level=\"info\"} ",
    ];
    let missing = |body: &str| expected.iter().find(|expected| !body.contains(**expected)).copied();
    wait_for("metrics", || match get(&operations, "/metrics") {
        (200, body) if missing(&body).is_none() => Some(()),
        (_, body) => {
            println!("missing {:?} in\n{body}", missing(&body));
            None
        }
    });
    assert_eq!(get(&operations, "/healthz").0, 200);
    assert_eq!(get(&operations, "/version").0, 200);
    assert_eq!(get(&operations, "/logspec"), (200, "{\"spec\":\"info\"}".to_owned()));

    running.signal("-USR1");
    for text in [
        "Received signal: 10 (user defined signal 1)",
        "Go routines report:",
        "channel mychannel: 1 blocks, takes blocks",
        "[commit-mychanne",
    ] {
        wait_for(text, || running.log().contains(text).then_some(()));
    }
    assert_eq!(get(&operations, "/healthz").0, 200, "the process goes on");

    running.signal("-TERM");
    let status = wait_for("end", || running.process.try_wait().expect("asked"));
    assert!(status.success() && running.log().contains("Received signal: 15 (terminated)"), "{status}");
    assert!(!pid_file.exists());

    // What a killed process leaves behind must not stop the next one.
    fs::write(&pid_file, "1").expect("written");
    let running = Running::start(folder.path(), &[]);
    assert_eq!(fs::read_to_string(&pid_file).expect("there"), running.process.id().to_string());
}

// The client must be able to leave while the test waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn metrics_are_reported_to_a_statsd_server() {
    let server = UdpSocket::bind("127.0.0.1:0").expect("a port");
    server.set_read_timeout(Some(TIMEOUT)).expect("set");
    let address = server.local_addr().expect("bound").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(
        folder.path(),
        &[
            ("CORE_METRICS_PROVIDER", "statsd"),
            ("CORE_METRICS_STATSD_ADDRESS", &address),
            ("CORE_METRICS_STATSD_WRITEINTERVAL", "100ms"),
            ("CORE_METRICS_STATSD_PREFIX", "org1_peer0"),
        ],
    );
    let peer = client::Peer::connect(&running.endpoint()).await.expect("connected");
    running.client().channels(&peer).await.expect("answered");
    cut_a_stream(&running).await;
    let mut expected: Vec<String> = [
        "logging.entries_checked.info:",
        "logging.entries_written.info:",
        "go.mem.gc_completed_count:",
        "grpc.server.unary_requests_received.protos_Endorser.ProcessProposal:",
        "grpc.server.unary_requests_completed.protos_Endorser.ProcessProposal.OK:",
        "grpc.server.unary_request_duration.protos_Endorser.ProcessProposal.OK:",
        "ledger.blockchain_height.mychannel:",
        "grpc.server.stream_requests_received.protos_Deliver.DeliverFiltered:",
        "grpc.server.stream_requests_completed.protos_Deliver.DeliverFiltered.Unknown:",
        "grpc.server.stream_request_duration.protos_Deliver.DeliverFiltered.Unknown:",
        "grpc.server.stream_messages_received.protos_Deliver.DeliverFiltered:",
        "grpc.server.stream_messages_sent.protos_Deliver.DeliverFiltered:",
    ]
    .map(|name| format!("org1_peer0.{name}"))
    .to_vec();
    let mut datagram = vec![0; 65_536];
    let deadline = Instant::now() + TIMEOUT;
    while !expected.is_empty() {
        assert!(Instant::now() < deadline, "never reported: {expected:?}");
        let length = server.recv(&mut datagram).expect("a report");
        let text = String::from_utf8_lossy(&datagram[..length]).into_owned();
        expected.retain(|name| !text.lines().any(|line| line.starts_with(name.as_str())));
    }
}

/// Profiles of a running peer, one at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn processor_time_and_memory_are_profiled() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [("CORE_PEER_PROFILE_ENABLED", "true"), ("CORE_PEER_PROFILE_LISTENADDRESS", "127.0.0.1:0")];
    let mut running = Running::start(folder.path(), &variables);
    let address = running.address_after("Starting profiling server with listenAddress = ");
    assert_eq!(get(&address, "/debug/pprof/").0, 200);
    assert_eq!(get(&address, "/debug/pprof/profile?seconds=0").0, 400);
    assert_eq!(get(&address, "/debug/pprof/else").0, 404);

    let long = address.clone();
    // Whichever comes first has its turn.
    let picture = std::thread::spawn(move || {
        wait_for("turn", || Some(get(&long, "/debug/pprof/flamegraph?seconds=2")).filter(|(status, _)| *status != 409))
    });
    wait_for("refusal", || match get(&address, "/debug/pprof/heap") {
        (409, body) => {
            assert_eq!(body, "another profile is being made\n");
            Some(())
        }
        (status, _) => {
            assert_eq!(status, 200);
            None
        }
    });
    let peer = client::Peer::connect(&running.endpoint()).await.expect("connected");
    running.client().channels(&peer).await.expect("answered");
    let (status, picture) = picture.join().expect("it ends");
    assert!(
        status == 200 && picture.starts_with("<svg ") && picture.contains("processor time within 2 s: "),
        "{picture}"
    );
    let (status, profile) = get(&address, "/debug/pprof/profile?seconds=1");
    assert!(status == 200 && profile.starts_with('\u{1f}'), "{profile}");
    assert!(running.process.try_wait().expect("asked").is_none());
}
