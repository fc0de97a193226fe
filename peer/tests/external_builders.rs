//! External builders made of shell scripts: what they are asked, what comes of what they do, and that nothing of them stays.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use client::package::Package;
use msp::Role;
use msp::generate::{CertificateAuthority, EnrollmentRequest};
use node::grpc::{ClientAuthentication, ClientIdentity, ClientTls, Endpoint, Server, ServerOptions, ServerTls};
use node::shutdown::Stop;
use peer::chaincode::builders::{
    Build, BuildError, BuilderSettings, Builders, BuildersOptions, BuiltChaincode, CommandError,
};
use peer::chaincode::external::{ExternalChaincodes, Hosting, HostingTls, chaincode_support_service};
use peer::text::chain;
use prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::chaincode_support_client::ChaincodeSupportClient;
use proto::protos::{ChaincodeId, ChaincodeMessage};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);

/// Takes packages of the type `test`.
const DETECT: &str = "grep -q '\"type\":\"test\"' \"$2/metadata.json\"";
const NOTHING: &str = "exit 0";

/// A peer's data, builders, and what runs them.
struct Bench {
    dir: TempDir,
    runtime: tokio::runtime::Runtime,
    stop: Stop,
}

impl Bench {
    fn new() -> Bench {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        Bench {
            dir: tempfile::tempdir().expect("temporary directory"),
            runtime: runtime.expect("started"),
            stop: Stop::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a builder of the given programs.
    fn builder(&self, name: &str, programs: &[(&str, &str)]) -> BuilderSettings {
        let dir = self.path(name);
        fs::create_dir_all(dir.join("bin")).expect("created");
        for (program, script) in programs {
            let file = dir.join("bin").join(program);
            fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("set");
        }
        let propagated = ["SEEN".to_owned()];
        BuilderSettings::new(name, &dir, &propagated, |name| match name {
            "SEEN" => Some("yes".to_owned()),
            "SECRET" => Some("no".to_owned()),
            name => std::env::var(name).ok(),
        })
    }

    fn open(&self, builders: Vec<BuilderSettings>, install_timeout: Duration) -> Builders {
        self.try_open(builders, install_timeout).expect("opened")
    }

    fn try_open(
        &self,
        builders: Vec<BuilderSettings>,
        install_timeout: Duration,
    ) -> Result<Builders, peer::chaincode::builders::BuilderError> {
        Builders::open(BuildersOptions {
            builders,
            data_dir: self.path("data"),
            install_timeout,
            runtime: self.runtime.handle().clone(),
            stop: self.stop.clone(),
        })
    }

    /// Has a package of the type `test` built.
    fn build(&self, builders: &Builders) -> Result<Option<Build>, BuildError> {
        let package = package("test");
        builders.build(&package.id(), &package)
    }

    fn built(&self, run: &str) -> Arc<BuiltChaincode> {
        let builder = self.builder("runner", &[("detect", DETECT), ("build", NOTHING), ("run", run)]);
        match self.build(&self.open(vec![builder], LONG)).expect("built") {
            Some(Build::Chaincode(chaincode)) => chaincode,
            _ => panic!("not a chaincode to run"),
        }
    }

    fn chaincodes(&self, startup_timeout: Duration, tls: Option<HostingTls>) -> Arc<ExternalChaincodes> {
        let hosting = Hosting {
            address: "peer0:7052".to_owned(),
            msp_id: "Org1MSP".to_owned(),
            tls,
            everybody: false,
            startup_timeout,
            stop: self.stop.clone(),
            stop_grace: Duration::from_millis(200),
        };
        Arc::new(ExternalChaincodes::new(self.runtime.handle().clone(), hosting))
    }

    fn start(&self, chaincodes: &Arc<ExternalChaincodes>, chaincode: &Arc<BuiltChaincode>) -> String {
        chaincodes.start(chaincode, Instant::now() + LONG).err().expect("nobody registers")
    }
}

fn package(kind: &str) -> Package {
    let archive = |files: &[(&str, &[u8])]| {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        for (name, contents) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(contents.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, *contents).expect("appended");
        }
        tar.into_inner().and_then(|gzip| gzip.finish()).expect("packed")
    };
    let code = archive(&[("src/main.go", b"package main"), ("META-INF/statedb/couchdb/indexes/a.json", b"{}")]);
    let metadata = format!(r#"{{"type":"{kind}","path":"some/where","label":"basic_1.0"}}"#);
    Package::parse(archive(&[("metadata.json", metadata.as_bytes()), ("code.tar.gz", &code)]).into())
        .expect("a package")
}

/// A path in quotes for the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} never holds");
        std::thread::sleep(POLL);
    }
}

fn is_alive(pid: &str) -> bool {
    // A zombie whose parent has not looked yet does nothing any more.
    fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn the_first_builder_that_takes_a_package_builds_it_once() {
    let bench = Bench::new();
    let log = bench.path("log");
    let note = |text: &str| format!("echo {text} >> {}", quoted(&log));
    let refusing =
        bench.builder("refusing", &[("detect", &format!("{}; exit 1", note("refused"))), ("build", &note("never"))]);
    let build = format!(
        "{}; test -f \"$1/src/main.go\" -a -f \"$1/META-INF/statedb/couchdb/indexes/a.json\" || exit 7\n\
         cp -a \"$1/META-INF\" \"$3\"; cp \"$2/metadata.json\" \"$3\"; env > \"$3/environment\"\n\
         ln -s metadata.json \"$3/link\"",
        note("built")
    );
    let release = format!("{}; cp -a \"$1/META-INF/\"* \"$2\"", note("released"));
    let taking = bench.builder("taking", &[("detect", DETECT), ("build", &build), ("release", &release)]);
    let late = bench.builder("late", &[("detect", &note("never")), ("build", &note("never"))]);
    let all = vec![refusing, taking, late];

    let builders = bench.open(all.clone(), LONG);
    let Some(Build::Chaincode(built)) = bench.build(&builders).expect("built") else { panic!("not built") };
    assert_eq!((built.builder.name(), &built.package_id), ("taking", &package("test").id()));
    let dir = bench.path("data/externalbuilder/builds").join(package("test").id().replace(':', "-"));
    let info = fs::read_to_string(dir.join("build-info.json")).expect("written");
    assert_eq!(info, r#"{"builder_name":"taking"}"#);
    assert_eq!(built.build_dir, dir.join("bld"));
    let metadata = fs::read_to_string(dir.join("bld/link")).expect("copied");
    assert!(metadata.contains(r#""path":"some/where""#), "{metadata}");
    assert!(dir.join("release/statedb/couchdb/indexes/a.json").is_file());
    let environment = fs::read_to_string(dir.join("bld/environment")).expect("copied");
    assert!(environment.contains("SEEN=yes\n") && environment.contains("PATH="), "{environment}");
    assert!(!environment.contains("SECRET") && !environment.contains("CARGO"), "{environment}");

    // After a restart nothing is built again, and nobody is asked.
    let again = bench.open(all, LONG);
    assert!(matches!(bench.build(&again), Ok(Some(Build::Chaincode(_)))));
    assert_eq!(fs::read_to_string(&log).expect("written"), "refused\nbuilt\nreleased\n");

    let renamed = bench.builder("renamed", &[("detect", DETECT), ("build", NOTHING)]);
    let error = chain(&bench.build(&bench.open(vec![renamed], LONG)).err().expect("refused"));
    assert!(
        error.contains("was already built with builder 'taking', but that builder is no longer available"),
        "{error}"
    );
}

#[test]
fn a_package_that_nobody_takes_is_not_built() {
    let bench = Bench::new();
    let builder = bench.builder("picky", &[("detect", DETECT), ("build", NOTHING)]);
    let package = package("other");
    let built = bench.open(vec![builder], LONG).build(&package.id(), &package);
    assert!(matches!(built, Ok(None)));
    assert!(matches!(bench.build(&bench.open(Vec::new(), LONG)), Ok(None)));
}

#[test]
fn a_build_that_fails_says_who_and_how_and_leaves_nothing() {
    let bench = Bench::new();
    let output = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; head -c 3000000 /dev/zero; echo; \
                  echo 'no such module' >&2; exit 3";
    for (name, build, release, expected) in [
        (
            "builds",
            output,
            NOTHING,
            "external builder failed to build: external builder 'builds' failed: exit status 3",
        ),
        ("releases", NOTHING, "echo 'no such module'; exit 4", "builder 'releases' release failed: exit status 4"),
        ("dies", "echo 'no such module'; kill -9 $$", NOTHING, "external builder 'dies' failed: ended by signal 9"),
    ] {
        let builder = bench.builder(name, &[("detect", DETECT), ("build", build), ("release", release)]);
        let error = chain(&bench.build(&bench.open(vec![builder], LONG)).err().expect("refused"));
        assert!(error.contains(expected), "{error}");
        assert!(error.ends_with("no such module"), "{error}");
        assert!(error.len() < 4000, "{} bytes", error.len());
    }
    let builds = fs::read_dir(bench.path("data/externalbuilder/builds")).expect("there");
    assert_eq!(builds.count(), 0);
}

#[test]
fn what_leads_out_of_the_output_is_not_kept() {
    let bench = Bench::new();
    let builder = bench.builder("links", &[("detect", DETECT), ("build", "ln -s /etc/passwd \"$3/link\"")]);
    let error = chain(&bench.build(&bench.open(vec![builder], LONG)).err().expect("refused"));
    assert!(error.contains("refusing to copy symlink"), "{error}");
    let builds = fs::read_dir(bench.path("data/externalbuilder/builds")).expect("there");
    assert_eq!(builds.count(), 0);
}

#[test]
fn a_program_that_never_ends_is_ended_with_all_that_it_started() {
    let bench = Bench::new();
    let pid = bench.path("pid");
    let hang = format!("trap '' TERM; sleep 1000 & echo $! > {}; wait; wait", quoted(&pid));
    for (name, programs) in [
        ("build", [("detect", NOTHING), ("build", hang.as_str())]),
        ("detect", [("detect", hang.as_str()), ("build", NOTHING)]),
    ] {
        let builder = bench.builder(name, &programs);
        let timeout = Duration::from_millis(300);
        let error = bench.build(&bench.open(vec![builder], timeout)).err().expect("given up");
        let text = chain(&error);
        let (BuildError::Build(source) | BuildError::Detect(source)) = error else { panic!("{text}") };
        assert!(matches!(source, CommandError::Timeout { .. }), "{text}");
        assert!(text.contains(name) && text.contains("within 300ms (chaincode.installTimeout)"), "{text}");
        let pid = fs::read_to_string(&pid).expect("written");
        wait_until("its end", || !is_alive(&pid));
    }
}

#[test]
fn a_stop_ends_a_build() {
    let bench = Bench::new();
    let pid = bench.path("pid");
    let builder =
        bench.builder("slow", &[("detect", NOTHING), ("build", &format!("echo $$ > {}; sleep 1000", quoted(&pid)))]);
    let builders = bench.open(vec![builder], LONG);
    std::thread::scope(|scope| {
        let building = scope.spawn(|| bench.build(&builders));
        wait_until("the build", || fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')));
        bench.stop.trigger();
        assert!(matches!(building.join().expect("ends"), Err(BuildError::Stopping)));
    });
    let pid = fs::read_to_string(&pid).expect("written");
    wait_until("its end", || !is_alive(&pid));
}

#[test]
fn what_releases_a_connection_is_a_server() {
    let bench = Bench::new();
    let release = |connection: &str| {
        format!("mkdir -p \"$2/chaincode/server\"; echo '{connection}' > \"$2/chaincode/server/connection.json\"")
    };
    let good = release(r#"{"address":"basic.example.com:9999","dial_timeout":"7s","tls_required":false}"#);
    let bad = release(r#"{"address":""}"#);
    let builder = bench.builder("bad", &[("detect", DETECT), ("build", NOTHING), ("release", &bad)]);
    let error = chain(&bench.build(&bench.open(vec![builder], LONG)).err().expect("refused"));
    assert!(error.contains("external builder 'bad'") && error.contains("chaincode address not provided"), "{error}");
    let builder = bench.builder("good", &[("detect", DETECT), ("build", NOTHING), ("release", &good)]);
    let Some(Build::Server(server)) = bench.build(&bench.open(vec![builder], LONG)).expect("built") else {
        panic!("not a server")
    };
    assert_eq!((&*server.address, server.dial_timeout), ("basic.example.com:9999", Duration::from_secs(7)));
}

#[test]
fn builders_without_their_programs_are_refused_by_name() {
    let bench = Bench::new();
    let refused = |builders: Vec<BuilderSettings>| chain(&bench.try_open(builders, LONG).err().expect("refused"));
    // One that is wholly absent takes nothing, and leaves packages to others.
    let missing = BuilderSettings::new("gone", &bench.path("nowhere"), &[], |_| None);
    let other = bench.builder("other", &[("detect", DETECT), ("build", NOTHING), ("run", NOTHING)]);
    assert!(bench.build(&bench.open(vec![missing, other], LONG)).expect("built").is_some());
    let empty = bench.builder("empty", &[]);
    let error = refused(vec![empty]);
    assert!(error.contains("'empty'") && error.ends_with("empty/bin/detect is no executable file"), "{error}");
    let plain = bench.builder("plain", &[("detect", NOTHING), ("build", NOTHING), ("run", NOTHING)]);
    let run = bench.path("plain/bin/run");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o644)).expect("set");
    let error = refused(vec![plain]);
    assert!(error.ends_with("plain/bin/run is no executable file"), "{error}");
    let twin = || bench.builder("twin", &[("detect", NOTHING), ("build", NOTHING)]);
    let error = refused(vec![twin(), twin()]);
    assert!(error.contains("more than one builder named 'twin'"), "{error}");
}

#[test]
fn a_chaincode_that_dies_is_reported_and_started_again_by_the_next_call() {
    let bench = Bench::new();
    let log = bench.path("log");
    let run = format!("cp \"$2/chaincode.json\" {}; echo $1 >&2; echo 'out of cheese' >&2; exit 5", quoted(&log));
    let chaincode = bench.built(&run);
    let chaincodes = bench.chaincodes(LONG, None);
    for _ in 0..2 {
        let error = bench.start(&chaincodes, &chaincode);
        assert!(error.contains("external builder 'runner' ran it, and it ended with exit status 5"), "{error}");
        assert!(error.contains(&chaincode.build_dir.display().to_string()), "{error}");
        assert!(error.ends_with("out of cheese"), "{error}");
        let told: serde_json::Value = serde_json::from_slice(&fs::read(&log).expect("written")).expect("JSON");
        let expected = serde_json::json!({
            "chaincode_id": chaincode.package_id, "peer_address": "peer0:7052", "mspid": "Org1MSP",
            "client_cert": "", "client_key": "", "root_cert": "",
        });
        assert_eq!(told, expected);
        fs::remove_file(&log).expect("removed");
    }
}

#[test]
fn with_tls_a_chaincode_gets_a_certificate_of_its_own() {
    let bench = Bench::new();
    let log = bench.path("log");
    let chaincode = bench.built(&format!("cat \"$2/chaincode.json\" >> {}; echo >> {}", quoted(&log), quoted(&log)));
    let authority = CertificateAuthority::new("chaincode", "Org1MSP").expect("made");
    let root_pem = authority.cert_pem().to_owned();
    let chaincodes = bench.chaincodes(LONG, Some(HostingTls { root_pem: root_pem.clone(), authority }));
    bench.start(&chaincodes, &chaincode);
    bench.start(&chaincodes, &chaincode);
    let told = fs::read_to_string(&log).expect("written");
    let told: Vec<serde_json::Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [first, second] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(first["root_cert"], root_pem);
    assert!(first["client_key"].as_str().expect("text").starts_with("-----BEGIN PRIVATE KEY-----"));
    assert!(first["client_cert"].as_str().expect("text").starts_with("-----BEGIN CERTIFICATE-----"));
    assert_ne!(first["client_cert"], second["client_cert"]);
}

/// What a process was told.
fn told(file: &Path) -> impl Fn(&str) -> String {
    wait_until("the process", || fs::read(file).is_ok_and(|text| text.ends_with(b"}")));
    let told: serde_json::Value = serde_json::from_slice(&fs::read(file).expect("written")).expect("JSON");
    move |key| told[key].as_str().expect("text").to_owned()
}

/// A chaincode's side of its stream, which ends when this is dropped.
struct Registered {
    _outgoing: mpsc::Sender<ChaincodeMessage>,
    _incoming: Streaming<ChaincodeMessage>,
}

/// Registers under a name; nothing if that is refused.
async fn register(address: &str, tls: ClientTls, name: &str) -> Option<Registered> {
    let channel = node::grpc::connect(&Endpoint::new(address, Some(tls))).await.ok()?;
    let id = ChaincodeId { name: name.to_owned(), ..Default::default() };
    let first =
        ChaincodeMessage { r#type: Type::Register.into(), payload: id.encode_to_vec().into(), ..Default::default() };
    let (outgoing, messages) = mpsc::channel(1);
    outgoing.send(first).await.expect("somebody listens");
    let answers = ChaincodeSupportClient::new(channel).register(ReceiverStream::new(messages)).await;
    let mut incoming = answers.ok()?.into_inner();
    let answer = incoming.message().await.ok()??;
    assert_eq!(answer.r#type(), Type::Registered);
    Some(Registered { _outgoing: outgoing, _incoming: incoming })
}

#[test]
fn only_the_process_that_was_started_registers() {
    let bench = Bench::new();
    let file = bench.path("told");
    let chaincode = bench.built(&format!("cat \"$2/chaincode.json\" > {}; exec sleep 1000", quoted(&file)));
    let authority = CertificateAuthority::new("chaincode", "Org1MSP").expect("made");
    let root_pem = authority.cert_pem().to_owned();
    let issue = |authority: &CertificateAuthority| {
        let request = EnrollmentRequest {
            common_name: "x".to_owned(),
            role: Role::Peer,
            sans: vec!["127.0.0.1".to_owned()],
            tls: true,
        };
        authority.issue(&request).expect("issued")
    };
    let own = issue(&authority);
    let other = issue(&authority);
    let chaincodes = bench.chaincodes(LONG, Some(HostingTls { root_pem: root_pem.clone(), authority }));
    let clients = ClientAuthentication::required(root_pem.as_bytes()).expect("roots");
    let mut options = ServerOptions::new("127.0.0.1:0", "");
    options.tls = Some(ServerTls::new(own.cert_pem.as_bytes(), own.key_pem.as_bytes(), &clients).expect("TLS"));
    let server = bench.runtime.block_on(Server::bind(options)).expect("bound");
    let address = server.address().to_string();
    let routes = tonic::service::Routes::new(chaincode_support_service(chaincodes.clone()));
    bench.runtime.spawn(server.serve(routes, bench.stop.clone()));

    let identity = |certificate_pem: &str, key_pem: &str| ClientTls {
        roots_pem: vec![root_pem.clone()],
        server_name: None,
        identity: Some(ClientIdentity { certificate_pem: certificate_pem.to_owned(), key_pem: key_pem.to_owned() }),
    };
    let try_register = |tls: ClientTls, name: &str| bench.runtime.block_on(register(&address, tls, name));
    let id = &chaincode.package_id;
    std::thread::scope(|scope| {
        let starting = scope.spawn(|| chaincodes.start(&chaincode, Instant::now() + LONG).map(drop));
        let told = told(&file);
        let given = || identity(&told("client_cert"), &told("client_key"));
        let nobody = ClientTls { identity: None, ..given() };
        assert!(try_register(nobody, id).is_none(), "without a certificate");
        assert!(try_register(identity(&other.cert_pem, &other.key_pem), id).is_none(), "with another one");
        assert!(try_register(given(), "other:1").is_none(), "under another name");
        let stream = try_register(given(), id).expect("registered");
        assert_eq!(starting.join().expect("ends"), Ok(()));
        assert!(chaincodes.connection(id).is_some());
        assert!(try_register(given(), id).is_none(), "twice");

        // Its stream ends, and so does its process.
        drop(stream);
        wait_until("the end of the stream", || chaincodes.connection(id).is_none());
        bench.runtime.block_on(chaincodes.processes_ended());
        assert!(try_register(given(), id).is_none(), "when it is not expected any more");
    });
}

#[test]
fn calls_at_once_start_one_process_which_has_its_time_and_then_ends() {
    let bench = Bench::new();
    let pid = bench.path("pid");
    let run = format!("trap '' TERM; sleep 1000 & echo $$ $! >> {}; wait; wait", quoted(&pid));
    let chaincode = bench.built(&run);
    let chaincodes = bench.chaincodes(Duration::from_millis(500), None);
    let errors: Vec<String> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| bench.start(&chaincodes, &chaincode))).collect();
        calls.into_iter().map(|call| call.join().expect("ends")).collect()
    });
    for error in errors {
        assert!(error.contains("it did not register within 500ms (chaincode.startuptimeout)"), "{error}");
    }
    let pids = fs::read_to_string(&pid).expect("written");
    assert_eq!(pids.lines().count(), 1, "{pids}");
    for pid in pids.split_whitespace() {
        wait_until("its end", || !is_alive(pid));
    }
}

#[test]
fn a_stop_ends_what_runs_and_waits_for_it() {
    let bench = Bench::new();
    let pid = bench.path("pid");
    let chaincode = bench.built(&format!("trap '' TERM; echo $$ > {}; sleep 1000", quoted(&pid)));
    let chaincodes = bench.chaincodes(LONG, None);
    std::thread::scope(|scope| {
        let starting = scope.spawn(|| bench.start(&chaincodes, &chaincode));
        wait_until("the process", || fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')));
        bench.stop.trigger();
        let error = starting.join().expect("ends");
        assert!(error.contains("the peer is stopping"), "{error}");
    });
    bench.runtime.block_on(chaincodes.processes_ended());
    assert!(!is_alive(&fs::read_to_string(&pid).expect("written")));
}
