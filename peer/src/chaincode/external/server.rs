//! Chaincode as a service: the peer connects to a chaincode that serves (Fabric `core/chaincode/extcc`).

use std::sync::Arc;
use std::time::Duration;

use client::package::ChaincodeServer;
use node::grpc::{ClientIdentity, ClientTls, Endpoint, MESSAGE_SIZE_MAX};
use proto::protos::ChaincodeMessage;
use proto::protos::chaincode_client::ChaincodeClient;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::service::{OUTGOING_MESSAGES, Outgoing, register, serve};
use super::{Connection, ExternalChaincodes};
use crate::text;

/// Time that a server has to register once it is connected.
const REGISTER_TIMEOUT: Duration = Duration::from_secs(10);

impl ExternalChaincodes {
    /// Connects to the server of a package, and waits until it has registered. The error says why it is not there.
    ///
    /// Must be called on a thread that may block.
    pub fn connect(self: &Arc<Self>, package_id: &str, server: &ChaincodeServer) -> Result<Arc<Connection>, String> {
        let _alone = self.connecting.lock();
        if let Some(connection) = self.connection(package_id) {
            return Ok(connection);
        }
        let (outgoing, messages) = mpsc::channel(OUTGOING_MESSAGES);
        let connecting = self.open(package_id, server, outgoing.clone(), messages);
        let (connection, incoming) = self.runtime.block_on(connecting)?;
        self.runtime.spawn(serve(self.clone(), connection.clone(), incoming, outgoing));
        Ok(connection)
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
            let mut incoming = stream.map_err(|status| status.message().to_owned())?.into_inner();
            let connection = register(self, &mut incoming, &outgoing, Some(package_id)).await?;
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
    endpoint.connect_timeout = server.dial_timeout;
    endpoint
}
