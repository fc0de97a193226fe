//! Chaincode that runs in a process of its own and speaks Fabric's chaincode stream: what Fabric's shims for Go, Node and
//! Java make (Fabric `core/chaincode/handler.go`, `handler_registry.go`).

mod admission;
mod attempt;
mod process;
mod requests;
mod server;
mod service;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use node::shutdown::Stop;
use parking_lot::Mutex;
use prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{ChaincodeEvent, ChaincodeInput, ChaincodeMessage, Response, SignedProposal};
use runtime::TransactionContext;

pub use process::{DEFAULT_STARTUP_TIMEOUT, Hosting, HostingTls};
pub use service::chaincode_support_service;

use super::transaction_context::SimulationContext;
use crate::metrics::ChaincodeMetrics;
use admission::Admission;
use attempt::Attempt;
use requests::Requests;

/// Messages that a transaction may have waiting; a shim waits for each answer, so there is one.
const PENDING_MESSAGES: usize = 16;

/// Chaincodes that may be connected at once.
const CONNECTIONS_MAX: usize = 1000;

/// Why a call of an external chaincode has no response.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// The chaincode said that it failed. The text is Fabric's.
    #[error("transaction returned with failure: {0}")]
    Failed(String),
    /// No answer in time.
    #[error("timeout expired while executing transaction")]
    Timeout,
    /// The chaincode's stream ended.
    #[error("chaincode stream terminated")]
    Terminated,
    /// It works on this transaction already.
    #[error("txid: {tx_id}({channel_id}) exists")]
    Exists {
        /// The transaction.
        tx_id: String,
        /// Its channel.
        channel_id: String,
    },
    /// The chaincode's answer is no answer.
    #[error("the chaincode's response cannot be read")]
    Response(#[from] prost::DecodeError),
    /// This peer failed to give the chaincode what it asked for.
    #[error("{0}")]
    Host(String),
}

/// The chaincodes that are connected, by package id (or, in development mode, by the name they gave themselves).
pub struct ExternalChaincodes {
    runtime: tokio::runtime::Handle,
    connections: Mutex<HashMap<String, Arc<Connection>>>,
    /// Attempts to have the chaincode of a package there, by package id.
    attempts: Mutex<HashMap<String, Arc<Attempt>>>,
    admission: Arc<Admission>,
    hosting: Hosting,
    /// Processes that this peer started and that have not ended.
    running: tokio::sync::watch::Sender<usize>,
    metrics: ChaincodeMetrics,
}

/// A connected chaincode.
pub struct Connection {
    name: String,
    outgoing: tokio::sync::mpsc::Sender<ChaincodeMessage>,
    /// Its stream has ended or is to end.
    ended: Stop,
    /// Transactions it works on: where what it says about them goes. None once the stream has ended.
    transactions: Mutex<Option<HashMap<Transaction, SyncSender<ChaincodeMessage>>>>,
    metrics: ChaincodeMetrics,
}

/// Channel and transaction id.
type Transaction = (String, String);

impl ExternalChaincodes {
    /// None yet. Streams are served on `runtime`, and so are the processes that `hosting` is for.
    pub fn new(runtime: tokio::runtime::Handle, hosting: Hosting) -> Self {
        ExternalChaincodes {
            runtime,
            connections: Mutex::default(),
            attempts: Mutex::default(),
            admission: Arc::new(Admission::new(hosting.everybody)),
            hosting,
            running: tokio::sync::watch::Sender::new(0),
            metrics: ChaincodeMetrics::default(),
        }
    }

    /// Counts what chaincodes ask for.
    pub fn counted(self, metrics: ChaincodeMetrics) -> Self {
        ExternalChaincodes { metrics, ..self }
    }

    /// The longest time that a chaincode may take to be there (`chaincode.startuptimeout`).
    pub fn startup_timeout(&self) -> Duration {
        self.hosting.startup_timeout
    }

    /// Whether chaincodes register that this peer did not start: development mode.
    pub fn takes_everybody(&self) -> bool {
        self.hosting.everybody
    }

    /// The connected chaincode of this name.
    pub fn connection(&self, name: &str) -> Option<Arc<Connection>> {
        self.connections.lock().get(name).cloned()
    }

    /// All that are connected.
    pub fn names(&self) -> Vec<String> {
        self.connections.lock().keys().cloned().collect()
    }

    /// Takes a connection in. The error is for the chaincode.
    fn register(
        &self,
        name: &str,
        outgoing: tokio::sync::mpsc::Sender<ChaincodeMessage>,
    ) -> Result<Arc<Connection>, String> {
        let mut connections = self.connections.lock();
        if connections.len() >= CONNECTIONS_MAX {
            return Err(format!("{CONNECTIONS_MAX} chaincodes are connected, and more are not taken"));
        }
        if connections.contains_key(name) {
            return Err(format!("duplicate chaincodeID: {name}"));
        }
        let connection = Arc::new(Connection {
            name: name.to_owned(),
            outgoing,
            ended: Stop::new(),
            transactions: Mutex::new(Some(HashMap::new())),
            metrics: self.metrics.clone(),
        });
        connections.insert(name.to_owned(), connection.clone());
        Ok(connection)
    }

    /// Forgets a connection whose stream has ended; its transactions fail.
    fn deregister(&self, connection: &Connection) {
        self.connections.lock().remove(&connection.name);
        connection.transactions.lock().take();
        connection.ended.trigger();
    }
}

/// What comes of a call whose chaincode says just these messages, whatever it is told. For fuzzers only.
#[doc(hidden)]
pub fn converse(
    context: &mut SimulationContext,
    messages: Vec<ChaincodeMessage>,
) -> Result<(Response, Option<ChaincodeEvent>), ExternalError> {
    let (outgoing, _told) = tokio::sync::mpsc::channel(messages.len() + 1);
    let (sender, incoming) = sync_channel(messages.len());
    for message in messages {
        // There is room for all.
        let _ = sender.try_send(message);
    }
    drop(sender);
    let connection = Connection {
        name: String::new(),
        outgoing,
        ended: Stop::new(),
        transactions: Mutex::default(),
        metrics: ChaincodeMetrics::default(),
    };
    connection.converse(context, &incoming, Instant::now() + Duration::from_secs(10))
}

impl Connection {
    /// Has the chaincode work on one call, on this thread; it may take `timeout`.
    pub fn invoke(
        &self,
        context: &mut SimulationContext,
        timeout: Duration,
    ) -> Result<(Response, Option<ChaincodeEvent>), ExternalError> {
        let now = Instant::now();
        let deadline = now.checked_add(timeout).unwrap_or(now + Duration::from_secs(86_400));
        let transaction = {
            let invocation = context.invocation();
            (invocation.channel_id.clone(), invocation.tx_id.clone())
        };
        let incoming = self.begin(&transaction)?;
        let answer = self.converse(context, &incoming, deadline);
        if let Some(transactions) = self.transactions.lock().as_mut() {
            transactions.remove(&transaction);
        }
        answer
    }

    fn begin(&self, transaction: &Transaction) -> Result<Receiver<ChaincodeMessage>, ExternalError> {
        let mut transactions = self.transactions.lock();
        let transactions = transactions.as_mut().ok_or(ExternalError::Terminated)?;
        if transactions.contains_key(transaction) {
            let (channel_id, tx_id) = transaction.clone();
            return Err(ExternalError::Exists { tx_id, channel_id });
        }
        let (sender, receiver) = sync_channel(PENDING_MESSAGES);
        transactions.insert(transaction.clone(), sender);
        Ok(receiver)
    }

    fn converse(
        &self,
        context: &mut SimulationContext,
        incoming: &Receiver<ChaincodeMessage>,
        deadline: Instant,
    ) -> Result<(Response, Option<ChaincodeEvent>), ExternalError> {
        let mut requests = Requests::new(deadline);
        let mut next = start(context)?;
        loop {
            // A chaincode that reads nothing must not hold this thread for longer than its time.
            self.send(next, deadline)?;
            let message = match incoming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => return Err(ExternalError::Timeout),
                Err(RecvTimeoutError::Disconnected) => return Err(ExternalError::Terminated),
            };
            next = match Type::try_from(message.r#type) {
                Ok(Type::Completed) => {
                    requests.finish()?;
                    let event = message.chaincode_event.filter(|event| !event.event_name.is_empty());
                    return Ok((Response::decode(message.payload)?, event));
                }
                Ok(Type::Error) => {
                    requests.finish()?;
                    return Err(ExternalError::Failed(String::from_utf8_lossy(&message.payload).into_owned()));
                }
                _ => self.answer(&mut requests, context, message),
            };
        }
    }

    fn answer(
        &self,
        requests: &mut Requests,
        context: &mut SimulationContext,
        message: ChaincodeMessage,
    ) -> ChaincodeMessage {
        let begun = Instant::now();
        let kind = Type::try_from(message.r#type).unwrap_or(Type::Undefined).as_str_name();
        self.metrics.request_received(kind, &message.channel_id, &self.name);
        let answer = requests.answer(context, message);
        let success = answer.r#type == Type::Response as i32;
        self.metrics.request_completed(kind, &answer.channel_id, &self.name, success, begun.elapsed());
        answer
    }

    fn send(&self, mut message: ChaincodeMessage, deadline: Instant) -> Result<(), ExternalError> {
        use tokio::sync::mpsc::error::TrySendError;
        loop {
            match self.outgoing.try_send(message) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(ExternalError::Terminated),
                Err(TrySendError::Full(_)) if Instant::now() >= deadline => return Err(ExternalError::Timeout),
                Err(TrySendError::Full(unsent)) => {
                    message = unsent;
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        }
    }

    /// Hands a message of the chaincode to the transaction that it is about. False ends the stream: the chaincode does
    /// not keep to the protocol.
    fn deliver(&self, message: ChaincodeMessage) -> bool {
        let transaction = (message.channel_id.clone(), message.txid.clone());
        let transactions = self.transactions.lock();
        let Some(sender) = transactions.as_ref().and_then(|transactions| transactions.get(&transaction)) else {
            // Its time was over.
            return true;
        };
        sender.try_send(message).is_ok()
    }
}

/// The message that starts a call.
fn start(context: &SimulationContext) -> Result<ChaincodeMessage, ExternalError> {
    let invocation = context.invocation();
    let input = ChaincodeInput {
        args: invocation.args.clone(),
        decorations: invocation.decorations.clone(),
        is_init: invocation.is_init,
    };
    let kind = if invocation.is_init { Type::Init } else { Type::Transaction };
    Ok(ChaincodeMessage {
        r#type: kind.into(),
        payload: input.encode_to_vec().into(),
        txid: invocation.tx_id.clone(),
        channel_id: invocation.channel_id.clone(),
        proposal: Some(SignedProposal::decode(invocation.signed_proposal.clone())?),
        ..Default::default()
    })
}
