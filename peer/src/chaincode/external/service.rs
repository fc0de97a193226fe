//! `protos.ChaincodeSupport`: chaincode processes register here.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use node::grpc::{MESSAGE_SIZE_MAX, client_connection};
use prost::Message;
use proto::Digest;
use proto::protos::chaincode_message::Type;
use proto::protos::chaincode_support_server::{ChaincodeSupport, ChaincodeSupportServer};
use proto::protos::{ChaincodeId, ChaincodeMessage};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{Connection, ExternalChaincodes};

/// Messages on their way to a chaincode.
pub(super) const OUTGOING_MESSAGES: usize = 256;

/// Time that a chaincode has to register once it is connected.
pub(super) const REGISTER_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest name: a package id is a label, a colon and a hash.
const NAME_BYTES_MAX: usize = 1024;

pub(super) type Outgoing = mpsc::Sender<ChaincodeMessage>;

/// Whose registration is waited for.
pub(super) enum Registrant<'a> {
    /// The chaincode of this package, to which the peer connected itself.
    Expected(&'a str),
    /// Somebody who came by himself, and the hash of the TLS certificate that he showed.
    Unknown(Option<Digest>),
}

/// The service; who may register is up to `chaincodes`.
pub fn chaincode_support_service(chaincodes: Arc<ExternalChaincodes>) -> ChaincodeSupportServer<Service> {
    ChaincodeSupportServer::new(Service { chaincodes })
        .max_decoding_message_size(MESSAGE_SIZE_MAX)
        .max_encoding_message_size(MESSAGE_SIZE_MAX)
}

/// `protos.ChaincodeSupport`.
pub struct Service {
    chaincodes: Arc<ExternalChaincodes>,
}

#[tonic::async_trait]
impl ChaincodeSupport for Service {
    type RegisterStream = Pin<Box<dyn Stream<Item = Result<ChaincodeMessage, Status>> + Send>>;

    async fn register(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::RegisterStream>, Status> {
        let (outgoing, messages) = mpsc::channel(OUTGOING_MESSAGES);
        let certificate = client_connection(&request).and_then(|client| client.certificate_hash().copied());
        tokio::spawn(listen(self.chaincodes.clone(), request.into_inner(), outgoing, certificate));
        Ok(Response::new(Box::pin(ReceiverStream::new(messages).map(Ok))))
    }
}

/// A chaincode that came by itself.
async fn listen(
    chaincodes: Arc<ExternalChaincodes>,
    mut incoming: Streaming<ChaincodeMessage>,
    outgoing: Outgoing,
    certificate: Option<Digest>,
) {
    let registering = register(&chaincodes, &mut incoming, &outgoing, Registrant::Unknown(certificate));
    let registered = tokio::time::timeout(REGISTER_TIMEOUT, registering).await;
    match registered.unwrap_or_else(|_| Err("it did not register in time".to_owned())) {
        Ok(connection) => serve(chaincodes, connection, incoming, outgoing).await,
        // As in Fabric the chaincode is not told; its stream ends.
        Err(reason) => tracing::warn!(target: "chaincode", "a chaincode was refused: {reason}"),
    }
}

/// A status in words; some have no text.
pub(super) fn said(status: &Status) -> String {
    match status.message() {
        "" => status.code().description().to_owned(),
        text => text.to_owned(),
    }
}

/// Reads what a chaincode says until its stream ends.
pub(super) async fn serve(
    chaincodes: Arc<ExternalChaincodes>,
    connection: Arc<Connection>,
    mut incoming: Streaming<ChaincodeMessage>,
    outgoing: Outgoing,
) {
    // From here on the connection alone holds the way out, which ends when it is forgotten.
    drop(outgoing);
    tracing::info!(target: "chaincode", "chaincode {} is connected", connection.name);
    let end = loop {
        let message = tokio::select! {
            message = incoming.message() => message,
            () = connection.ended.triggered() => break "its process ends".to_owned(),
        };
        match message {
            Ok(Some(message)) if message.r#type == i32::from(Type::Keepalive) => {}
            Ok(Some(message)) => {
                if !connection.deliver(message) {
                    break "it sent more than it was asked for".to_owned();
                }
            }
            Ok(None) => break "it ended the stream".to_owned(),
            Err(status) => break said(&status),
        }
    };
    chaincodes.deregister(&connection);
    tracing::info!(target: "chaincode", "chaincode {} is disconnected: {end}", connection.name);
}

/// The first message says who it is, which must be somebody who may register.
pub(super) async fn register(
    chaincodes: &ExternalChaincodes,
    incoming: &mut Streaming<ChaincodeMessage>,
    outgoing: &Outgoing,
    registrant: Registrant<'_>,
) -> Result<Arc<Connection>, String> {
    let first = match incoming.message().await {
        Ok(Some(message)) if message.r#type == i32::from(Type::Register) => message,
        Ok(Some(message)) => return Err(format!("its first message is of type {}", message.r#type)),
        Ok(None) => return Err("it ended the stream before it registered".to_owned()),
        Err(status) => return Err(said(&status)),
    };
    let name = match ChaincodeId::decode(first.payload) {
        Ok(id) if !id.name.is_empty() => id.name,
        Ok(_) => return Err("error in handling register chaincode, chaincodeID name is empty".to_owned()),
        Err(error) => return Err(format!("could not unmarshal registration info: {error}")),
    };
    if name.len() > NAME_BYTES_MAX {
        return Err(format!("its name of {} bytes is longer than the limit of {NAME_BYTES_MAX} bytes", name.len()));
    }
    match registrant {
        Registrant::Expected(expected) if expected != name => {
            return Err(format!("it says that it is {name}; its CHAINCODE_ID must be {expected}"));
        }
        Registrant::Expected(_) => {}
        Registrant::Unknown(certificate) => chaincodes.admission.check(&name, certificate.as_ref())?,
    }
    let connection = chaincodes.register(&name, outgoing.clone())?;
    for kind in [Type::Registered, Type::Ready] {
        let message = ChaincodeMessage { r#type: kind.into(), ..Default::default() };
        if outgoing.send(message).await.is_err() {
            chaincodes.deregister(&connection);
            return Err("it ended the stream while it registered".to_owned());
        }
    }
    if let Registrant::Unknown(_) = registrant {
        chaincodes.admission.registered(&name, &connection);
    }
    Ok(connection)
}
