//! The ledger side of a call, which is at the peer: each question is a message, and its answer another one.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use bytes::Bytes;
use prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{
    ChaincodeId, ChaincodeInput, ChaincodeMessage, ChaincodeSpec, DelState, GetHistoryForKey, GetQueryResult, GetState,
    GetStateByRange, GetStateMetadata, PutState, PutStateMetadata, QueryMetadata, QueryResponse, QueryResponseMetadata,
    QueryStateClose, QueryStateNext, Response, StateMetadata, StateMetadataResult,
};
use proto::queryresult;
use runtime::{
    ChaincodeResponse, ContextError, Invocation, KeyModification, KeyValue, LogLevel, Page, TransactionContext,
};
use tokio::sync::mpsc::Sender;

/// An open query: what was read ahead, and whether the peer has more.
struct Query {
    id: String,
    results: VecDeque<Bytes>,
    has_more: bool,
}

/// A [`TransactionContext`] over a stream.
pub struct StreamContext {
    invocation: Invocation,
    channel_id: String,
    tx_id: String,
    answers: Receiver<ChaincodeMessage>,
    outgoing: Sender<ChaincodeMessage>,
    deadline: Instant,
    queries: HashMap<u32, Query>,
    next_query: u32,
    event: Option<(String, Bytes)>,
}

fn failed(text: impl Into<String>) -> ContextError {
    ContextError::Failed(text.into())
}

fn decode<M: Message + Default>(payload: Bytes) -> Result<M, ContextError> {
    M::decode(payload).map_err(|error| failed(format!("the peer's answer cannot be read: {error}")))
}

impl StreamContext {
    /// For the call that `message` asks for. `answers` has what the peer says about it.
    pub fn new(
        message: &ChaincodeMessage,
        answers: Receiver<ChaincodeMessage>,
        outgoing: Sender<ChaincodeMessage>,
        deadline: Instant,
    ) -> Self {
        StreamContext {
            invocation: Invocation::default(),
            channel_id: message.channel_id.clone(),
            tx_id: message.txid.clone(),
            answers,
            outgoing,
            deadline,
            queries: HashMap::new(),
            next_query: 1,
            event: None,
        }
    }

    /// The facts of the call.
    pub fn set_invocation(&mut self, invocation: Invocation) {
        self.invocation = invocation;
    }

    /// The event that was set.
    pub fn take_event(&mut self) -> Option<(String, Bytes)> {
        self.event.take()
    }

    /// Asks the peer. What it refuses is the contract's business.
    fn ask(&mut self, kind: Type, question: &impl Message) -> Result<Bytes, ContextError> {
        let message = ChaincodeMessage {
            r#type: kind.into(),
            payload: question.encode_to_vec().into(),
            txid: self.tx_id.clone(),
            channel_id: self.channel_id.clone(),
            ..Default::default()
        };
        self.outgoing.blocking_send(message).map_err(|_| failed("the peer ended the stream"))?;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let answer = self.answers.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => failed("the time of the call is over (--execute-timeout)"),
            RecvTimeoutError::Disconnected => failed("the peer ended the stream"),
        })?;
        if answer.r#type == i32::from(Type::Response) {
            return Ok(answer.payload);
        }
        Err(ContextError::Refused(String::from_utf8_lossy(&answer.payload).into_owned()))
    }

    fn opened(&mut self, payload: Bytes) -> Result<(u32, Bytes), ContextError> {
        let response: QueryResponse = decode(payload)?;
        let results = response.results.into_iter().map(|result| result.result_bytes).collect();
        let number = self.next_query;
        self.next_query = self.next_query.wrapping_add(1).max(1);
        self.queries.insert(number, Query { id: response.id, results, has_more: response.has_more });
        Ok((number, response.metadata))
    }

    fn page(&mut self, payload: Bytes) -> Result<Page, ContextError> {
        let (iterator, metadata) = self.opened(payload)?;
        let QueryResponseMetadata { fetched_records_count, bookmark } = decode(metadata)?;
        Ok(Page { iterator, fetched_records_count: u32::try_from(fetched_records_count).unwrap_or(0), bookmark })
    }

    /// The next result of a query, undecoded.
    fn next(&mut self, iterator: u32) -> Result<Option<Bytes>, ContextError> {
        loop {
            let query = self.queries.get_mut(&iterator);
            let query = query.ok_or_else(|| ContextError::Refused("no such query is open".to_owned()))?;
            if let Some(result) = query.results.pop_front() {
                return Ok(Some(result));
            }
            if !query.has_more {
                return Ok(None);
            }
            let question = QueryStateNext { id: query.id.clone() };
            let response: QueryResponse = decode(self.ask(Type::QueryStateNext, &question)?)?;
            if let Some(query) = self.queries.get_mut(&iterator) {
                query.results.extend(response.results.into_iter().map(|result| result.result_bytes));
                query.has_more = response.has_more;
            }
        }
    }
}

/// How pages are asked for; a query without is asked for as a whole.
fn page_wanted(page_size: u32, bookmark: &str) -> Bytes {
    let page_size = i32::try_from(page_size).unwrap_or(i32::MAX);
    QueryMetadata { page_size, bookmark: bookmark.to_owned() }.encode_to_vec().into()
}

impl TransactionContext for StreamContext {
    fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    /// The peer's messages do not tell an empty value from none.
    fn get_state(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError> {
        let question = GetState { key: key.to_owned(), collection: collection.to_owned() };
        Ok(Some(self.ask(Type::GetState, &question)?).filter(|value| !value.is_empty()))
    }

    fn get_hash(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError> {
        let question = GetState { key: key.to_owned(), collection: collection.to_owned() };
        Ok(Some(self.ask(Type::GetPrivateDataHash, &question)?).filter(|hash| !hash.is_empty()))
    }

    fn put_state(&mut self, collection: &str, key: &str, value: Bytes) -> Result<(), ContextError> {
        let question = PutState { key: key.to_owned(), value, collection: collection.to_owned() };
        self.ask(Type::PutState, &question).map(drop)
    }

    fn delete_state(&mut self, collection: &str, key: &str) -> Result<(), ContextError> {
        let question = DelState { key: key.to_owned(), collection: collection.to_owned() };
        self.ask(Type::DelState, &question).map(drop)
    }

    fn purge(&mut self, collection: &str, key: &str) -> Result<(), ContextError> {
        let question = DelState { key: key.to_owned(), collection: collection.to_owned() };
        self.ask(Type::PurgePrivateData, &question).map(drop)
    }

    fn metadata(&mut self, collection: &str, key: &str) -> Result<BTreeMap<String, Bytes>, ContextError> {
        let question = GetStateMetadata { key: key.to_owned(), collection: collection.to_owned() };
        let found: StateMetadataResult = decode(self.ask(Type::GetStateMetadata, &question)?)?;
        Ok(found.entries.into_iter().map(|entry| (entry.metakey, entry.value)).collect())
    }

    fn put_metadata(&mut self, collection: &str, key: &str, name: &str, value: Bytes) -> Result<(), ContextError> {
        let metadata = Some(StateMetadata { metakey: name.to_owned(), value });
        let question = PutStateMetadata { key: key.to_owned(), collection: collection.to_owned(), metadata };
        self.ask(Type::PutStateMetadata, &question).map(drop)
    }

    fn open_range(&mut self, collection: &str, start: &str, end: &str) -> Result<u32, ContextError> {
        let question = GetStateByRange {
            start_key: start.to_owned(),
            end_key: end.to_owned(),
            collection: collection.to_owned(),
            metadata: Bytes::new(),
        };
        let answer = self.ask(Type::GetStateByRange, &question)?;
        Ok(self.opened(answer)?.0)
    }

    fn open_page(&mut self, start: &str, end: &str, page_size: u32) -> Result<Page, ContextError> {
        let question = GetStateByRange {
            start_key: start.to_owned(),
            end_key: end.to_owned(),
            collection: String::new(),
            metadata: page_wanted(page_size, ""),
        };
        let answer = self.ask(Type::GetStateByRange, &question)?;
        self.page(answer)
    }

    fn open_query(&mut self, collection: &str, query: &str) -> Result<u32, ContextError> {
        let question =
            GetQueryResult { query: query.to_owned(), collection: collection.to_owned(), metadata: Bytes::new() };
        let answer = self.ask(Type::GetQueryResult, &question)?;
        Ok(self.opened(answer)?.0)
    }

    fn open_query_page(&mut self, query: &str, page_size: u32, bookmark: &str) -> Result<Page, ContextError> {
        let question = GetQueryResult {
            query: query.to_owned(),
            collection: String::new(),
            metadata: page_wanted(page_size, bookmark),
        };
        let answer = self.ask(Type::GetQueryResult, &question)?;
        self.page(answer)
    }

    fn open_history(&mut self, key: &str) -> Result<u32, ContextError> {
        let answer = self.ask(Type::GetHistoryForKey, &GetHistoryForKey { key: key.to_owned() })?;
        Ok(self.opened(answer)?.0)
    }

    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, ContextError> {
        let Some(result) = self.next(iterator)? else { return Ok(None) };
        let queryresult::Kv { key, value, .. } = decode(result)?;
        Ok(Some(KeyValue { key, value }))
    }

    fn next_modification(&mut self, iterator: u32) -> Result<Option<KeyModification>, ContextError> {
        let Some(result) = self.next(iterator)? else { return Ok(None) };
        let found: queryresult::KeyModification = decode(result)?;
        let timestamp = found.timestamp.unwrap_or_default();
        Ok(Some(KeyModification {
            tx_id: found.tx_id,
            value: found.value,
            timestamp: (timestamp.seconds, u32::try_from(timestamp.nanos).unwrap_or(0)),
            is_delete: found.is_delete,
        }))
    }

    fn close(&mut self, iterator: u32) {
        // A query that is read to its end is closed at the peer.
        if let Some(query) = self.queries.remove(&iterator).filter(|query| query.has_more) {
            // The peer closes what is left when the call ends.
            let _ = self.ask(Type::QueryStateClose, &QueryStateClose { id: query.id });
        }
    }

    fn set_event(&mut self, name: &str, payload: Bytes) -> Result<(), ContextError> {
        self.event = Some((name.to_owned(), payload));
        Ok(())
    }

    fn invoke_chaincode(
        &mut self,
        name: &str,
        channel_id: &str,
        args: Vec<Bytes>,
        _deadline: Instant,
    ) -> Result<ChaincodeResponse, ContextError> {
        let name = if channel_id.is_empty() { name.to_owned() } else { format!("{name}/{channel_id}") };
        let question = ChaincodeSpec {
            chaincode_id: Some(ChaincodeId { name, ..Default::default() }),
            input: Some(ChaincodeInput { args, ..Default::default() }),
            ..Default::default()
        };
        let answer: ChaincodeMessage = decode(self.ask(Type::InvokeChaincode, &question)?)?;
        if answer.r#type != i32::from(Type::Completed) {
            return Err(ContextError::Refused(String::from_utf8_lossy(&answer.payload).into_owned()));
        }
        let Response { status, message, payload } = decode(answer.payload)?;
        Ok(ChaincodeResponse { status, message, payload })
    }

    fn log(&mut self, level: LogLevel, message: &str) {
        let tx_id = &*self.tx_id;
        match level {
            LogLevel::Error => tracing::error!(target: "chaincode", txID = tx_id, "{message}"),
            LogLevel::Warning => tracing::warn!(target: "chaincode", txID = tx_id, "{message}"),
            LogLevel::Info => tracing::info!(target: "chaincode", txID = tx_id, "{message}"),
            LogLevel::Debug => tracing::debug!(target: "chaincode", txID = tx_id, "{message}"),
        }
    }
}
