//! The conversation with one peer: it asks for calls, and answers what the contract asks during them
//! (Fabric `fabric-chaincode-go/shim/handler.go`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{ChaincodeEvent, ChaincodeId, ChaincodeMessage, Response as ChaincodeResponse};
use runtime::{Contract, Executor, Outcome, TransactionContext};
use tokio::sync::mpsc;
use tonic::Streaming;

use crate::context::StreamContext;
use crate::transaction;

/// Messages on their way to the peer.
pub const OUTGOING_MESSAGES: usize = 256;

/// Channel and transaction id.
type Transaction = (String, String);

/// Calls under way: where the peer's answers for them go.
type Calls = Arc<Mutex<HashMap<Transaction, SyncSender<ChaincodeMessage>>>>;

/// A contract and what it runs on.
pub struct Session {
    id: String,
    contract: Contract,
    executor: Executor,
    timeout: Duration,
}

impl Session {
    pub fn new(id: String, contract: Contract, executor: Executor, timeout: Duration) -> Self {
        Session { id, contract, executor, timeout }
    }

    /// Says which chaincode this is, as the first thing on a stream.
    pub async fn introduce(&self, outgoing: &mpsc::Sender<ChaincodeMessage>) -> anyhow::Result<()> {
        let id = ChaincodeId { name: self.id.clone(), ..Default::default() };
        let message = ChaincodeMessage {
            r#type: Type::Register.into(),
            payload: id.encode_to_vec().into(),
            ..Default::default()
        };
        outgoing.send(message).await.context("the peer ended the stream")
    }

    /// Answers a peer until it ends the stream.
    pub async fn serve(
        self: Arc<Self>,
        mut incoming: Streaming<ChaincodeMessage>,
        outgoing: mpsc::Sender<ChaincodeMessage>,
    ) -> anyhow::Result<()> {
        let calls = Calls::default();
        let result = loop {
            let message = match incoming.message().await {
                Ok(Some(message)) => message,
                Ok(None) => break Ok(()),
                Err(status) => break Err(anyhow::anyhow!("{}", status.message())),
            };
            match Type::try_from(message.r#type) {
                Ok(Type::Registered) => tracing::info!("the peer knows chaincode {}", self.id),
                Ok(Type::Ready) => tracing::info!("the peer is ready to call chaincode {}", self.id),
                Ok(Type::Keepalive) => {
                    let answer = ChaincodeMessage { r#type: Type::Keepalive.into(), ..Default::default() };
                    if outgoing.send(answer).await.is_err() {
                        break Ok(());
                    }
                }
                Ok(Type::Init | Type::Transaction) => self.start(message, &calls, &outgoing).await,
                Ok(Type::Response | Type::Error) => deliver(&calls, message),
                _ => tracing::warn!("the peer sent a message of type {}, which means nothing here", message.r#type),
            }
        };
        // Calls that wait for answers are told that there will be none.
        calls.lock().clear();
        result
    }

    /// Has a thread run the call.
    async fn start(
        self: &Arc<Self>,
        message: ChaincodeMessage,
        calls: &Calls,
        outgoing: &mpsc::Sender<ChaincodeMessage>,
    ) {
        let transaction = (message.channel_id.clone(), message.txid.clone());
        let (sender, answers) = sync_channel(1);
        let is_new = match calls.lock().entry(transaction.clone()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(sender);
                true
            }
        };
        let (session, forget, answer_to) = (self.clone(), calls.clone(), outgoing.clone());
        let (channel_id, txid) = transaction.clone();
        let refused = |text: &str| error_message(&channel_id, &txid, text);
        if !is_new {
            let _ = outgoing.send(refused("the transaction is being worked on already")).await;
            return;
        }
        let submitted = self.executor.submit(move || {
            let context = StreamContext::new(&message, answers, answer_to.clone(), Instant::now() + session.timeout);
            let answer = session.call(message, context);
            forget.lock().remove(&transaction);
            // The peer may be gone meanwhile.
            let _ = answer_to.blocking_send(answer);
        });
        if submitted.is_err() {
            calls.lock().remove(&(channel_id.clone(), txid.clone()));
            let _ = outgoing.send(refused("too many calls are waiting at the chaincode server")).await;
        }
    }

    /// One call, from its message to the answer.
    fn call(&self, message: ChaincodeMessage, mut context: StreamContext) -> ChaincodeMessage {
        let (channel_id, txid) = (message.channel_id.clone(), message.txid.clone());
        match transaction::invocation(&message) {
            Ok(invocation) => context.set_invocation(invocation),
            Err(error) => return error_message(&channel_id, &txid, &format!("{error:#}")),
        }
        let context: Box<dyn TransactionContext> = Box::new(context);
        let (outcome, context) = self.contract.invoke(context, self.timeout);
        let (status, text, payload) = match outcome {
            Outcome::Response { status, message, payload } => (status, message, payload),
            Outcome::Aborted(error) => return error_message(&channel_id, &txid, &error.to_string()),
        };
        let context: Box<dyn std::any::Any> = context;
        let event = context.downcast::<StreamContext>().ok().and_then(|mut context| context.take_event());
        let response = ChaincodeResponse { status, message: text, payload };
        ChaincodeMessage {
            r#type: Type::Completed.into(),
            payload: response.encode_to_vec().into(),
            chaincode_event: event.map(|(event_name, payload)| ChaincodeEvent {
                event_name,
                payload,
                ..Default::default()
            }),
            txid,
            channel_id,
            ..Default::default()
        }
    }
}

fn error_message(channel_id: &str, txid: &str, text: &str) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: Type::Error.into(),
        payload: Bytes::copy_from_slice(text.as_bytes()),
        txid: txid.to_owned(),
        channel_id: channel_id.to_owned(),
        ..Default::default()
    }
}

fn deliver(calls: &Calls, message: ChaincodeMessage) {
    let transaction = (message.channel_id.clone(), message.txid.clone());
    let calls = calls.lock();
    // One question at a time, so there is room for its answer; anything more is not ours.
    if calls.get(&transaction).is_none_or(|sender| sender.try_send(message).is_err()) {
        tracing::warn!(txID = transaction.1, "the peer sent an answer that nobody waits for");
    }
}
