use std::fs;
use std::time::Duration;

use bytes::Bytes;
use deliver::DeliverOptions;
use node::grpc::{
    ClientAuthentication, ClientConnection, ClientIdentity, ClientTls, ServerOptions, ServerTls, connect,
};
use orderer::OrdererOptions;
use proto::common::Status;
use proto::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use proto::orderer::deliver_response::Type;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::fixture::{Batches, CHANNEL, NEVER, Network, Running, between, held_open};

const ONE_EACH: Batches = Batches { count: 1, preferred_bytes: 50_000, timeout: NEVER };

async fn start(network: &Network, clients: ClientAuthentication) -> Running {
    let mutual_tls = matches!(clients, ClientAuthentication::Required(_));
    let tls = network.orderer_organization.node_dir("orderer").join("tls");
    let read = |name: &str| fs::read(tls.join(name)).expect("a file");
    let tls = ServerTls::new(&read("server.crt"), &read("server.key"), &clients).expect("a key pair");
    let server = ServerOptions {
        tls: Some(tls),
        handshake_timeout: Duration::from_millis(200),
        ..ServerOptions::new("127.0.0.1:0", "General.ListenPort")
    };
    let deliver = DeliverOptions { mutual_tls, ..DeliverOptions::default() };
    network.start_with(OrdererOptions { deliver, ..network.options() }, server).await
}

fn roots(network: &Network) -> Vec<String> {
    vec![network.orderer_organization.tls_ca().cert_pem().to_owned()]
}

fn client_identity(network: &Network) -> ClientIdentity {
    let tls = network.organization.user_dir("User1").join("tls");
    let read = |name: &str| fs::read_to_string(tls.join(name)).expect("a file");
    ClientIdentity { certificate_pem: read("client.crt"), key_pem: read("client.key") }
}

async fn first_answer(running: &Running, tls: ClientTls, network: &Network, hash: Bytes) -> Result<Type, String> {
    let channel = connect(&running.endpoint(Some(tls))).await.map_err(|error| error.to_string())?;
    let request = deliver::request(CHANNEL, &between(0, 0), &network.client, hash).expect("signed");
    let (requests, _open) = held_open(vec![request]);
    let stream = AtomicBroadcastClient::new(channel).deliver(requests).await;
    let mut stream = stream.map_err(|status| status.to_string())?.into_inner();
    let response = stream.message().await.map_err(|status| status.to_string())?;
    Ok(response.and_then(|response| response.r#type).expect("an answer"))
}

#[tokio::test]
async fn tls_serves_clients_with_and_without_certificate() {
    let network = Network::new(ONE_EACH);
    let running = start(&network, ClientAuthentication::Requested).await;
    for identity in [None, Some(client_identity(&network))] {
        let tls = ClientTls { roots_pem: roots(&network), server_name: None, identity };
        let answer = first_answer(&running, tls, &network, Bytes::new()).await.expect("an answer");
        assert!(matches!(answer, Type::Block(_)));
    }
    let renamed =
        |name: &str| ClientTls { roots_pem: roots(&network), server_name: Some(name.to_owned()), identity: None };
    assert!(first_answer(&running, renamed("orderer.example.com"), &network, Bytes::new()).await.is_ok());
    assert!(first_answer(&running, renamed("elsewhere.com"), &network, Bytes::new()).await.is_err());
    let untrusted =
        ClientTls { roots_pem: vec![network.organization.tls_ca().cert_pem().to_owned()], ..ClientTls::default() };
    assert!(first_answer(&running, untrusted, &network, Bytes::new()).await.is_err());
    running.stop().await;
}

#[tokio::test]
async fn mutual_tls_binds_requests_to_the_certificate() {
    let network = Network::new(ONE_EACH);
    let pem = network.organization.tls_ca().cert_pem().to_owned();
    let root = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
    let running = start(&network, ClientAuthentication::Required(vec![root])).await;
    let identity = client_identity(&network);
    let hash = Bytes::copy_from_slice(&identity.certificate_hash().expect("a certificate"));
    let tls = ClientTls { roots_pem: roots(&network), server_name: None, identity: Some(identity) };
    for (hash, expected) in [
        (hash, None),
        (Bytes::new(), Some(Status::BadRequest)),
        (Bytes::from_static(&[0; 32]), Some(Status::BadRequest)),
    ] {
        let answer = first_answer(&running, tls.clone(), &network, hash).await.expect("an answer");
        match expected {
            None => assert!(matches!(answer, Type::Block(_))),
            Some(status) => assert_eq!(answer, Type::Status(status as i32)),
        }
    }
    let anonymous = ClientTls { identity: None, ..tls };
    assert!(first_answer(&running, anonymous, &network, Bytes::new()).await.is_err());
    running.stop().await;
}

#[tokio::test]
async fn a_client_that_never_shakes_hands_is_cut_off() {
    let network = Network::new(ONE_EACH);
    let running = start(&network, ClientAuthentication::Requested).await;
    let mut silent = TcpStream::connect(&running.address).await.expect("connected");
    let read = tokio::time::timeout(Duration::from_secs(10), silent.read(&mut [0; 1])).await.expect("in time");
    assert!(matches!(read, Ok(0) | Err(_)));
    running.stop().await;
}

/// Handlers find the connection in every request.
#[test]
fn connections_can_be_shared_by_handlers() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<ClientConnection>();
}
