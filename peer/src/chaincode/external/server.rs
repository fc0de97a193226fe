//! Chaincode as a service: the peer connects to a chaincode that serves (Fabric `core/chaincode/extcc`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::package::ChaincodeServer;
use node::grpc::{ClientIdentity, ClientTls, Endpoint, MESSAGE_SIZE_MAX};
use proto::protos::ChaincodeMessage;
use proto::protos::chaincode_client::ChaincodeClient;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::attempt::Outcome;
use super::service::{OUTGOING_MESSAGES, Outgoing, REGISTER_TIMEOUT, Registrant, register, said, serve};
use super::{Connection, ExternalChaincodes};
use crate::text;

/// The longest time that an attempt takes to connect, whatever the package says.
const DIAL_TIMEOUT_MAX: Duration = Duration::from_secs(60);

impl ExternalChaincodes {
    /// Connects to the server of a package, and waits until it has registered, at most until `deadline`. The error says why
    /// it is not there.
    ///
    /// Must be called on a thread that may block.
    pub fn connect(self: &Arc<Self>, package_id: &str, server: &Arc<ChaincodeServer>, deadline: Instant) -> Outcome {
        let outcome = self.attempt(package_id, deadline, |attempt| {
            let (chaincodes, package_id, server) = (self.clone(), package_id.to_owned(), server.clone());
            // It goes on when nobody waits for it any more.
            self.runtime.spawn(async move {
                let (outgoing, messages) = mpsc::channel(OUTGOING_MESSAGES);
                match chaincodes.open(&package_id, &server, outgoing.clone(), messages).await {
                    Ok((connection, incoming)) => {
                        chaincodes.end_attempt(&package_id, &attempt, Ok(connection.clone()));
                        serve(chaincodes, connection, incoming, outgoing).await;
                    }
                    Err(cause) => chaincodes.end_attempt(&package_id, &attempt, Err(cause)),
                }
            });
        });
        outcome.unwrap_or_else(|| Err(format!("the chaincode server {} does not answer", server.address)))
    }

    async fn open(
        &self,
        package_id: &str,
        server: &ChaincodeServer,
        outgoing: Outgoing,
        messages: mpsc::Receiver<ChaincodeMessage>,
    ) -> Result<(Arc<Connection>, Streaming<ChaincodeMessage>), String> {
        let useless = |cause: String| format!("the chaincode server {} is of no use: {cause}", server.address);
        let channel = node::grpc::connect(&endpoint(server)).await.map_err(|error| useless(text::chain(&error)))?;
        let mut client = ChaincodeClient::new(channel)
            .max_decoding_message_size(MESSAGE_SIZE_MAX)
            .max_encoding_message_size(MESSAGE_SIZE_MAX);
        let registering = async {
            let stream = client.connect(ReceiverStream::new(messages)).await;
            let mut incoming = stream.map_err(|status| said(&status))?.into_inner();
            let connection = register(self, &mut incoming, &outgoing, Registrant::Expected(package_id)).await?;
            Ok((connection, incoming))
        };
        let registered = tokio::time::timeout(REGISTER_TIMEOUT, registering).await;
        registered.unwrap_or_else(|_| Err("it did not register in time".to_owned())).map_err(useless)
    }
}

fn endpoint(server: &ChaincodeServer) -> Endpoint {
    let tls = server.tls.as_ref().map(|tls| ClientTls {
        roots_pem: vec![tls.root_cert.clone()],
        server_name: None,
        identity: tls
            .client
            .as_ref()
            .map(|(certificate, key)| ClientIdentity { certificate_pem: certificate.clone(), key_pem: key.clone() }),
    });
    let mut endpoint = Endpoint::new(&server.address, tls);
    endpoint.connect_timeout = server.dial_timeout.min(DIAL_TIMEOUT_MAX);
    endpoint
}
