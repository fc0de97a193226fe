use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use msp::Role;
use msp::generate::{CertificateAuthority, EnrollmentRequest, KeyPair};
use node::grpc::{ClientAuthentication, Server, ServerOptions, ServerTls, client_connection};
use node::shutdown::Stop;
use prost::Message;
use proto::discovery::discovery_server::{Discovery, DiscoveryServer};
use proto::discovery::{Request, Response, SignedRequest, query};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use tonic::service::Routes;

use super::{Said, argument, data, run, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_discover");

/// A request, and the hash of the certificate that its connection showed.
type Asked = (SignedRequest, Option<proto::Digest>);

/// Answers what a real peer answered, and keeps what it was asked.
#[derive(Clone, Default)]
struct Replay {
    answer: Arc<Mutex<Vec<u8>>>,
    asked: Arc<Mutex<Option<Asked>>>,
}

#[tonic::async_trait]
impl Discovery for Replay {
    async fn discover(
        &self,
        request: tonic::Request<SignedRequest>,
    ) -> Result<tonic::Response<Response>, tonic::Status> {
        let hash = client_connection(&request).and_then(|connection| connection.certificate_hash().copied());
        *self.asked.lock().expect("whole") = Some((request.into_inner(), hash));
        match Response::decode(&self.answer.lock().expect("whole")[..]) {
            Ok(response) => Ok(tonic::Response::new(response)),
            Err(_) => Err(tonic::Status::unknown("access denied, no authentication info in request")),
        }
    }
}

struct World {
    replay: Replay,
    address: SocketAddr,
    folder: tempfile::TempDir,
    user: KeyPair,
    stop: Stop,
    server: Option<std::thread::JoinHandle<()>>,
}

impl World {
    fn start(with_tls: bool) -> World {
        let issue = |common_name: &str, tls: bool| {
            let authority = CertificateAuthority::new("ca", "org1.example.com").expect("an authority");
            let sans = if tls { vec!["127.0.0.1".to_owned()] } else { Vec::new() };
            let request = EnrollmentRequest { common_name: common_name.to_owned(), role: Role::Client, sans, tls };
            (authority.issue(&request).expect("issued"), authority.cert_pem().to_owned())
        };
        let folder = tempfile::tempdir().expect("a folder");
        let ((user, _), (server, roots)) = (issue("User1", false), issue("peer0", true));
        let files = [("user.pem", &user.cert_pem), ("user.key", &user.key_pem), ("ca.pem", &roots)];
        files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).expect("written"));
        let replay = Replay::default();
        let service = Routes::new(DiscoveryServer::new(replay.clone()));
        let tls = with_tls.then(|| {
            let (certificate, key) = (server.cert_pem.as_bytes(), server.key_pem.as_bytes());
            ServerTls::new(certificate, key, &ClientAuthentication::Requested).expect("TLS")
        });
        let (sender, receiver) = std::sync::mpsc::channel();
        let stop = Stop::new();
        let stopped = stop.clone();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let options = ServerOptions { tls, ..ServerOptions::new("127.0.0.1:0", "test") };
                let server = Server::bind(options).await.expect("a port");
                sender.send(server.address()).expect("awaited");
                server.serve(service, stopped).await;
            });
        });
        let address = receiver.recv().expect("it listens");
        World { replay, address, folder, user, stop, server: Some(server) }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn discover(&self, answer: &str, args: &[&str]) -> Said {
        let answer = if answer.is_empty() { b"\xff".to_vec() } else { fs::read(data(answer)).expect("an answer") };
        *self.replay.answer.lock().expect("whole") = answer;
        let (key, certificate) = (self.file("user.key"), self.file("user.pem"));
        let who = ["--userKey", argument(&key), "--userCert", argument(&certificate), "--MSP", "Org1MSP"];
        run(PROGRAM, &[args, &["--server", &self.address.to_string()], &who].concat(), &[])
    }

    fn asked(&self) -> Asked {
        self.replay.asked.lock().expect("whole").take().expect("it was asked")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.trigger();
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

#[test]
fn answers_are_shown_as_fabric_shows_them() {
    let world = World::start(false);
    let cases: [(&str, &[&str]); 4] = [
        ("local", &["peers"]),
        ("peers", &["peers", "--channel", "mychannel"]),
        ("config", &["config", "--channel", "mychannel"]),
        ("endorsers", &["endorsers", "--channel", "mychannel", "--chaincode", "conf"]),
    ];
    for (name, args) in cases {
        let said = world.discover(&format!("discover/{name}.pb"), args);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{name}");
        assert_eq!(said.stdout, text(&format!("discover/{name}.json")), "{name}");
    }
    let address = world.address;
    let conf = ["endorsers", "--channel", "mychannel", "--chaincode", "conf"];
    let refused = "rpc error: code = Unknown desc = access denied, no authentication info in request";
    let cases: [(&str, &[&str], String); 6] = [
        ("discover/denied.pb", &["peers"], "access denied".to_owned()),
        (
            "discover/failed.pb",
            &conf,
            "server returned: failed constructing descriptor for chaincodes:{name:\"nope\"}".to_owned(),
        ),
        ("", &["peers"], format!("failed connecting to {address}: discovery service refused our Request: {refused}")),
        ("", &conf, refused.to_owned()),
        (
            "discover/config.pb",
            &["peers"],
            format!(
                "failed connecting to {address}: expected QueryResult of either PeerMembershipResult or Error but got \
                 ConfigResult instead"
            ),
        ),
        ("discover/config.pb", &conf, "server returned response of unexpected type: *discovery.QueryResult".to_owned()),
    ];
    for (answer, args, expected) in cases {
        let said = world.discover(answer, args);
        // The same words may be printed with other white space by Fabric's printer of messages.
        assert_eq!((said.code, said.stderr.trim_end().replace(": {", ":{")), (1, expected.replace(": {", ":{")));
    }
}

#[test]
fn requests_are_signed_and_bound_to_the_connection() {
    let world = World::start(true);
    let ca = world.file("ca.pem");
    let args = [
        "endorsers",
        "--peerTLSCA",
        argument(&ca),
        "--channel",
        "c",
        "--chaincode",
        "conf",
        "--chaincode",
        "b",
        "--collection",
        "conf:c1,c2",
        "--noPrivateReads",
        "b",
    ];
    let said = world.discover("discover/endorsers.pb", &args);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let (signed, connection) = world.asked();
    let key = PrivateKeyDer::from_pem_slice(world.user.key_pem.as_bytes()).expect("a key");
    let key = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, key.secret_der()).expect("a key");
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key().as_ref());
    public.verify(&signed.payload, &signed.signature).expect("the user's signature");
    let request = Request::decode(signed.payload).expect("a request");
    let claimed = request.authentication.expect("who asks").client_tls_cert_hash;
    assert_eq!(connection.map(|hash| hash.to_vec()), Some(claimed.to_vec()));
    let query = request.queries.into_iter().next().expect("a question");
    let Some(query::Query::CcQuery(question)) = query.query else { panic!("another question") };
    let calls = question.interests.into_iter().flat_map(|interest| interest.chaincodes);
    let calls: Vec<_> = calls.map(|call| (call.name, call.collection_names, call.no_private_reads)).collect();
    let collections = vec!["c1".to_owned(), "c2".to_owned()];
    assert_eq!(query.channel, "c");
    assert_eq!(calls, [("conf".to_owned(), collections, false), ("b".to_owned(), Vec::new(), true)]);
}

#[test]
fn the_configuration_is_saved_and_used() {
    let world = World::start(false);
    let config = world.file("config.yaml");
    let (key, certificate) = (world.file("user.key"), world.file("user.pem"));
    let who = ["--userKey", argument(&key), "--userCert", argument(&certificate), "--MSP", "Org1MSP"];
    let said = run(PROGRAM, &[&["--configFile", argument(&config), "saveConfig"][..], &who].concat(), &[]);
    assert_eq!((said.code, said.stdout + &said.stderr), (0, String::new()));
    *world.replay.answer.lock().expect("whole") = fs::read(data("discover/local.pb")).expect("an answer");
    let server = world.address.to_string();
    let said = run(PROGRAM, &["peers", "--configFile", argument(&config), "--server", &server], &[]);
    assert_eq!((said.code, said.stdout), (0, text("discover/local.json")), "{}", said.stderr);
    fs::write(&config, "signerconfig: [").expect("written");
    let said = run(PROGRAM, &["peers", "--configFile", argument(&config), "--server", &server], &[]);
    let expected = format!("Failed loading config error unmarshalling YAML file {}: yaml: ", config.display());
    assert!(said.code == 1 && said.stderr.starts_with(&expected), "{}", said.stderr);
}

#[test]
fn complaints() {
    let cases: [(&[&str], i32, &str); 9] = [
        (&["bogus"], 1, "discover: error: expected command but got \"bogus\", try --help"),
        (&["peers", "--x"], 1, "discover: error: unknown long flag '--x', try --help"),
        (
            &["peers", "--server", "a", "--server", "b"],
            1,
            "discover: error: flag 'server' cannot be repeated, try --help",
        ),
        (&["endorsers", "--collection", "a"], 1, "discover: error: expected KEY=VALUE got 'a', try --help"),
        (&["peers", "--userKey", "/nope"], 1, "discover: error: open /nope: no such file or directory, try --help"),
        (&["peers"], 1, "no server specified"),
        (&["config", "--server", "a:1"], 1, "no channel specified"),
        (&["peers", "--server", "a:1"], 1, "open : no such file or directory"),
        (&["saveConfig"], 0, "--configFile must be used to specify the configuration file"),
    ];
    for (args, code, expected) in cases {
        let said = run(PROGRAM, args, &[]);
        assert_eq!((said.code, said.stderr.trim_end()), (code, expected), "{args:?}");
    }
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let args = ["peers", "--server", "a:1", "--userKey", argument(&key), "--userCert", argument(&key)];
    let said = run(PROGRAM, &args, &[]);
    assert!(said.code == 1 && said.stderr.contains("Cargo.toml"), "{}", said.stderr);
    assert!(run(PROGRAM, &["--completion-script-bash"], &[]).stdout.contains("--peerTLSCA"));
    assert!(run(PROGRAM, &["endorsers", "--help"], &[]).stdout.contains("Example:\n  discover --configFile"));
}
