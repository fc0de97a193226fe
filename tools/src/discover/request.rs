//! One signed request and its answer.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use msp::generate::{CertificateAuthority, EnrollmentRequest};
use msp::{Role, SigningIdentity};
use node::grpc::{ClientIdentity, ClientTls, Endpoint, MESSAGE_SIZE_MAX};
use prost::Message;
use proto::discovery::discovery_client::DiscoveryClient;
use proto::discovery::{
    AuthInfo, ChaincodeQuery, ConfigQuery, LocalPeerQuery, PeerMembershipQuery, Query, Request, Response,
    SignedRequest, query,
};
use proto::protos::{ChaincodeCall, ChaincodeInterest};

use super::config::{Config, SignerConfig, TlsConfig};
use super::output;
use crate::command_line::{self, open_error};
use crate::go_json::Json;

/// Time for the peer's answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is asked.
#[derive(Debug)]
pub enum Question {
    /// The peers of a channel, or those that the server knows of.
    Peers,
    /// MSPs and orderers of a channel.
    Config,
    /// Who can endorse a call.
    Endorsers(Chaincodes),
}

/// The chaincodes of a call.
#[derive(Debug, Default)]
pub struct Chaincodes {
    /// Their names, in order.
    pub names: Vec<String>,
    /// Chaincode and collections separated by commas; the last of several for a chaincode counts.
    pub collections: Vec<(String, String)>,
    /// Those that read no private data.
    pub no_private_reads: Vec<String>,
}

impl Chaincodes {
    fn interest(&self) -> Result<ChaincodeInterest, String> {
        if let Some(name) = self.no_private_reads.iter().find(|name| !self.names.contains(name)) {
            return Err(format!(
                "chaincode {name} is specified as not containing private data reads but should be explicitly defined \
                 via a chaincode flag"
            ));
        }
        if let Some((name, _)) = self.collections.iter().find(|(name, _)| !self.names.contains(name)) {
            return Err(format!(
                "a collection specified chaincode {name} but it wasn't specified with a chaincode flag"
            ));
        }
        let failed = |reason: &str| Err(format!("failed creating request: {reason}"));
        if self.names.is_empty() {
            return failed("invocation chain should not be empty");
        }
        if self.names.iter().any(String::is_empty) {
            return failed("chaincode name should not be empty");
        }
        let call = |name: &String| {
            let collections = self.collections.iter().rev().find(|(chaincode, _)| chaincode == name);
            ChaincodeCall {
                name: name.clone(),
                collection_names: collections
                    .map(|(_, names)| names.split(',').map(str::to_owned).collect())
                    .unwrap_or_default(),
                no_private_reads: self.no_private_reads.contains(name),
                ..ChaincodeCall::default()
            }
        };
        Ok(ChaincodeInterest { chaincodes: self.names.iter().map(call).collect() })
    }
}

/// Asks a peer. Gives what is printed; errors have Fabric's texts.
pub fn ask(config: &Config, server: &str, channel_id: &str, question: &Question) -> Result<Json, String> {
    let query = query(server, channel_id, question)?;
    let tls = tls(&config.tls)?;
    let identity = identity(&config.signer)?;
    let certificate_hash = tls.as_ref().and_then(|tls| tls.identity.as_ref()?.certificate_hash());
    let request = Request {
        authentication: Some(AuthInfo {
            client_identity: identity.serialized().clone(),
            client_tls_cert_hash: certificate_hash.map(|hash| Bytes::copy_from_slice(&hash)).unwrap_or_default(),
        }),
        queries: vec![query],
    };
    let payload = Bytes::from(request.encode_to_vec());
    let signature = identity.sign(&payload).map_err(|error| format!("failed signing Request: {error}"))?;
    let endpoint = Endpoint { connect_timeout: config.tls.connect_timeout(), ..Endpoint::new(server, tls) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("starting the network driver: {error}"))?;
    let answered = runtime.block_on(send(&endpoint, SignedRequest { payload, signature }));
    // Fabric's two ways of asking put different words before a failure.
    let failed = |reason: String| match question {
        Question::Endorsers(_) => reason,
        _ => format!("failed connecting to {server}: {reason}"),
    };
    let response = answered.map_err(|problem| match (problem, question) {
        (Problem::Connection(reason) | Problem::Answer(reason), Question::Endorsers(_)) => reason,
        (Problem::Connection(reason), _) => failed(format!("failed connecting to discovery service: {reason}")),
        (Problem::Answer(reason), _) => failed(format!("discovery service refused our Request: {reason}")),
    })?;
    match question {
        Question::Endorsers(_) => output::endorsers(response),
        Question::Config => output::config(output::only(response).map_err(failed)?, failed),
        Question::Peers => output::peers(output::only(response).map_err(failed)?, !channel_id.is_empty(), failed),
    }
}

fn query(server: &str, channel_id: &str, question: &Question) -> Result<Query, String> {
    let (no_server, no_channel) = (|| "no server specified".to_owned(), || "no channel specified".to_owned());
    // In the order in which Fabric asks for them.
    match question {
        Question::Endorsers(_) if channel_id.is_empty() => return Err(no_channel()),
        _ if server.is_empty() => return Err(no_server()),
        Question::Config if channel_id.is_empty() => return Err(no_channel()),
        _ => {}
    }
    let query = match question {
        Question::Peers if channel_id.is_empty() => query::Query::LocalPeers(LocalPeerQuery {}),
        Question::Peers => query::Query::PeerQuery(PeerMembershipQuery { filter: Some(ChaincodeInterest::default()) }),
        Question::Config => query::Query::ConfigQuery(ConfigQuery {}),
        Question::Endorsers(chaincodes) => {
            query::Query::CcQuery(ChaincodeQuery { interests: vec![chaincodes.interest()?] })
        }
    };
    Ok(Query { channel: channel_id.to_owned(), query: Some(query) })
}

fn read(path: &str) -> Result<String, String> {
    let bytes = command_line::read(Some(Path::new(path))).map_err(|error| open_error(Path::new(path), &error))?;
    String::from_utf8(bytes).map_err(|_| format!("{path} is no text: give a file in PEM"))
}

/// The connection's certificates. Without one of the client's own, one is made for this connection.
fn tls(config: &TlsConfig) -> Result<Option<ClientTls>, String> {
    if config.peer_ca_cert_path.is_empty() {
        return Ok(None);
    }
    let load = |path: &str| read(path).map_err(|error| format!("Failed opening file {path}: {error}"));
    let roots = load(&config.peer_ca_cert_path)?;
    let identity = match (config.cert_path.as_str(), config.key_path.as_str()) {
        ("", "") => passing_identity()?,
        (certificate, key) => {
            let key_pem = load(key)?;
            let identity = ClientIdentity { certificate_pem: load(certificate)?, key_pem };
            if identity.certificate_hash().is_none() {
                return Err(format!("failed to load client certificate: {certificate} holds no certificate in PEM"));
            }
            identity
        }
    };
    Ok(Some(ClientTls { roots_pem: vec![roots], server_name: None, identity: Some(identity) }))
}

fn passing_identity() -> Result<ClientIdentity, String> {
    let made = CertificateAuthority::new("discover", "discover").and_then(|authority| {
        authority.issue(&EnrollmentRequest {
            common_name: super::NAME.to_owned(),
            role: Role::Client,
            sans: Vec::new(),
            tls: true,
        })
    });
    let pair = made.map_err(|error| format!("making a TLS certificate: {error}"))?;
    Ok(ClientIdentity { certificate_pem: pair.cert_pem, key_pem: pair.key_pem })
}

fn identity(config: &SignerConfig) -> Result<SigningIdentity, String> {
    let certificate = read(&config.identity_path)?;
    let key = read(&config.key_path)?;
    SigningIdentity::from_pem(&config.msp_id, &certificate, &key).map_err(|error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause} (userCert {}, userKey {})", config.identity_path, config.key_path)
    })
}

/// Where asking went wrong.
enum Problem {
    Connection(String),
    Answer(String),
}

async fn send(endpoint: &Endpoint, request: SignedRequest) -> Result<Response, Problem> {
    let connected = tokio::time::timeout(endpoint.connect_timeout, node::grpc::connect(endpoint)).await;
    let late = || Problem::Connection("failed to create new connection: context deadline exceeded".to_owned());
    let channel = connected.map_err(|_| late())?;
    let channel = channel.map_err(|error| Problem::Connection(no_connection(&endpoint.address, &error)))?;
    let mut client = DiscoveryClient::new(channel).max_decoding_message_size(MESSAGE_SIZE_MAX);
    let answer = tokio::time::timeout(TIMEOUT, client.discover(request)).await;
    let refused = |code: &str, text: &str| Problem::Answer(format!("rpc error: code = {code} desc = {text}"));
    let answer = answer.map_err(|_| refused("DeadlineExceeded", "context deadline exceeded"))?;
    answer.map(tonic::Response::into_inner).map_err(|status| refused(&format!("{:?}", status.code()), status.message()))
}

fn no_connection(address: &str, error: &node::grpc::ConnectError) -> String {
    let mut text = format!("failed to create new connection: {error}");
    let mut next = error.source();
    while let Some(cause) = next {
        let refused = cause.downcast_ref::<io::Error>();
        if refused.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused) {
            return format!(
                "failed to create new connection: connection error: desc = \"transport: error while dialing: dial tcp \
                 {address}: connect: connection refused\""
            );
        }
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn questions_are_checked_as_fabric_does() {
        let endorsers =
            |names: &[&str]| Question::Endorsers(Chaincodes { names: strings(names), ..Chaincodes::default() });
        let cases = [
            (Question::Peers, "", "", "no server specified"),
            (Question::Config, "", "", "no server specified"),
            (Question::Config, "p:1", "", "no channel specified"),
            (endorsers(&["a"]), "", "", "no channel specified"),
            (endorsers(&["a"]), "", "c", "no server specified"),
            (endorsers(&[]), "p:1", "c", "failed creating request: invocation chain should not be empty"),
            (endorsers(&[""]), "p:1", "c", "failed creating request: chaincode name should not be empty"),
        ];
        for (question, server, channel_id, expected) in cases {
            assert_eq!(query(server, channel_id, &question).expect_err(expected), expected);
        }
        assert!(query("p:1", "", &Question::Peers).is_ok());
    }

    #[test]
    fn chaincodes_have_their_collections() {
        let mut chaincodes = Chaincodes {
            names: strings(&["a", "b"]),
            collections: vec![("a".to_owned(), "x".to_owned()), ("a".to_owned(), "c1,c2".to_owned())],
            no_private_reads: strings(&["b"]),
        };
        let interest = chaincodes.interest().expect("good");
        let calls: Vec<_> =
            interest.chaincodes.iter().map(|call| (call.collection_names.len(), call.no_private_reads)).collect();
        assert_eq!(calls, [(2, false), (0, true)]);
        chaincodes.collections.push(("z".to_owned(), String::new()));
        assert!(chaincodes.interest().expect_err("unknown").starts_with("a collection specified chaincode z but"));
        chaincodes.no_private_reads.push("y".to_owned());
        assert!(chaincodes.interest().expect_err("unknown").starts_with("chaincode y is specified as not containing"));
    }
}
