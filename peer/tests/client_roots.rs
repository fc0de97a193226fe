//! Which clients may connect to a peer that demands TLS certificates.

#[path = "../../validator/tests/network/mod.rs"]
mod network;

use std::fs;
use std::sync::Arc;

use network::{Network, Org};
use node::grpc::{
    ClientAuthentication, ClientIdentity, ClientRoots, ClientTls, Endpoint, Server, ServerOptions, ServerTls, connect,
};
use node::shutdown::Stop;
use peer::channels::{AddressOverride, Channels, ChannelsOptions, OrdererConnections};
use proto::protos::SignedProposal;
use proto::protos::endorser_client::EndorserClient;
use tonic::Code;
use tonic::service::Routes;

/// A file of the TLS certificates of an organisation's peer.
fn tls_file(org: &Org, name: &str) -> String {
    let folder = org.peer_msp_dir.parent().expect("below the peer's").join("tls");
    fs::read_to_string(folder.join(name)).expect("a file")
}

/// Whether the server takes requests of a client with the certificate of an organisation's peer.
async fn is_admitted(address: &str, server: &Org, client: &Org) -> bool {
    let identity =
        ClientIdentity { certificate_pem: tls_file(client, "server.crt"), key_pem: tls_file(client, "server.key") };
    let tls = ClientTls {
        roots_pem: vec![tls_file(server, "ca.crt")],
        server_name: Some("peer0.org1.example.com".to_owned()),
        identity: Some(identity),
    };
    let Ok(channel) = connect(&Endpoint::new(address, Some(tls))).await else { return false };
    let answer = EndorserClient::new(channel).process_proposal(SignedProposal::default()).await;
    // The server has no such service, which only those learn who may ask.
    answer.expect_err("there is no service").code() == Code::Unimplemented
}

#[tokio::test]
async fn members_of_a_channel_may_connect_from_when_it_is_joined() {
    let network = Network::new(2);
    let dir = tempfile::tempdir().expect("temporary directory");
    let stranger = Org::new(dir.path(), msp::generate::OrganizationKind::Peer, "Stranger");
    let [own, other] = &network.orgs[..] else { panic!("two organisations") };
    let configured = ClientAuthentication::usable_roots(tls_file(own, "ca.crt").as_bytes());
    let required = ClientAuthentication::Required(configured.clone());
    let (certificate, key) = (tls_file(own, "server.crt"), tls_file(own, "server.key"));
    let tls = ServerTls::new(certificate.as_bytes(), key.as_bytes(), &required).expect("a key pair");
    let options = ServerOptions { tls: Some(tls.clone()), ..ServerOptions::new("127.0.0.1:0", "test") };
    let server = Server::bind(options).await.expect("a port");
    let (address, stop) = (server.address().to_string(), Stop::new());
    let serving = tokio::spawn(server.serve(Routes::default(), stop.clone()));

    let nowhere =
        AddressOverride { from: "127.0.0.1:7050".to_owned(), to: "127.0.0.1:1".to_owned(), roots_pem: Vec::new() };
    let channels = Channels::open(ChannelsOptions {
        data_dir: dir.path().join("ledgers"),
        identity: Arc::new(msp::SigningIdentity::from_msp_dir(&own.peer_msp_dir, &own.msp_id).expect("an identity")),
        runtime: tokio::runtime::Handle::current(),
        workers: Arc::new(validator::Workers::new(1)),
        orderers: OrdererConnections { overrides: vec![nowhere], ..Default::default() },
        ledger: ledger::LedgerOptions::default(),
        metrics: Default::default(),
        client_roots: Some(Arc::new(ClientRoots::new(tls, configured))),
    })
    .expect("channels");
    assert!(is_admitted(&address, own, own).await, "the configured authority");
    assert!(!is_admitted(&address, own, other).await, "no channel has it yet");

    channels.join(&network.genesis).expect("joined");
    for (client, admitted) in [(own, true), (other, true), (&network.orderer, true), (&stranger, false)] {
        assert_eq!(is_admitted(&address, own, client).await, admitted, "{}", client.msp_id);
    }
    stop.trigger();
    serving.await.expect("the server ends");
    tokio::task::spawn_blocking(move || channels.stop()).await.expect("stopped");
}
