//! What a chaincode asks for while it works on a transaction.

use std::collections::HashMap;
use std::time::Instant;

use bytes::Bytes;
use prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{
    ChaincodeMessage, ChaincodeSpec, DelState, GetHistoryForKey, GetQueryResult, GetState, GetStateByRange,
    GetStateMetadata, GetStateMultiple, GetStateMultipleResult, PutState, PutStateMetadata, QueryMetadata,
    QueryResponse, QueryResponseMetadata, QueryResultBytes, QueryStateClose, QueryStateNext, Response, StateMetadata,
    StateMetadataResult, WriteBatchState, write_record,
};
use proto::queryresult;
use runtime::{ContextError, KeyModification, KeyValue, Limits, Page, TransactionContext};

use super::ExternalError;
use crate::chaincode::transaction_context::SimulationContext;

/// Results of a query that go in one message (Fabric `chaincode/handler.go`, `maxResultLimit`).
const BATCH_RESULTS: usize = 100;

/// A request's answer, or why there is none.
type Answer = Result<Bytes, ContextError>;

/// Answers the requests of one transaction.
pub(super) struct Requests {
    deadline: Instant,
    /// Open history queries, with what was read ahead.
    histories: HashMap<u32, Option<KeyModification>>,
    /// Bytes that were exchanged, both ways together.
    exchanged: u64,
    failure: Option<String>,
}

impl Requests {
    pub(super) fn new(deadline: Instant) -> Self {
        Requests { deadline, histories: HashMap::new(), exchanged: 0, failure: None }
    }

    /// Whether every request could be answered truly. A transaction that saw less than the truth must not be endorsed.
    pub(super) fn finish(&mut self) -> Result<(), ExternalError> {
        match self.failure.take() {
            Some(failure) => Err(ExternalError::Host(failure)),
            None => Ok(()),
        }
    }

    pub(super) fn answer(&mut self, context: &mut SimulationContext, message: ChaincodeMessage) -> ChaincodeMessage {
        let ChaincodeMessage { r#type, payload, txid, channel_id, .. } = message;
        let kind = Type::try_from(r#type).unwrap_or(Type::Undefined);
        self.exchanged += payload.len() as u64;
        let answer = self.within_limit().and_then(|()| self.payload(context, kind, payload));
        let (answer, payload) = match answer {
            Ok(payload) => {
                self.exchanged += payload.len() as u64;
                (Type::Response, payload)
            }
            Err(error) => {
                if let ContextError::Failed(cause) = &error {
                    self.failure = Some(cause.clone());
                }
                let text = format!("{} failed: transaction ID: {txid}: {error}", kind.as_str_name());
                (Type::Error, Bytes::from(text))
            }
        };
        ChaincodeMessage { r#type: answer.into(), payload, txid, channel_id, ..Default::default() }
    }

    fn within_limit(&self) -> Result<(), ContextError> {
        let limit = Limits::default().host_bytes;
        if self.exchanged > limit {
            let text = format!("chaincode exceeded its limit of {limit} bytes exchanged with the peer");
            return Err(ContextError::Failed(text));
        }
        Ok(())
    }

    fn payload(&mut self, context: &mut SimulationContext, kind: Type, payload: Bytes) -> Answer {
        match kind {
            Type::GetState => {
                let GetState { key, collection } = decode(payload)?;
                Ok(context.get_state(&collection, &key)?.unwrap_or_default())
            }
            Type::GetStateMultiple => get_many(context, decode(payload)?),
            Type::GetPrivateDataHash => {
                let GetState { key, collection } = decode(payload)?;
                Ok(context.get_hash(&collection, &key)?.unwrap_or_default())
            }
            Type::GetStateMetadata => get_metadata(context, decode(payload)?),
            Type::PutState => {
                let PutState { key, value, collection } = decode(payload)?;
                done(context.put_state(&collection, &key, value))
            }
            Type::DelState => {
                let DelState { key, collection } = decode(payload)?;
                done(context.delete_state(&collection, &key))
            }
            Type::PurgePrivateData => {
                let DelState { key, collection } = decode(payload)?;
                done(purge(context, &collection, &key))
            }
            Type::PutStateMetadata => {
                let PutStateMetadata { key, collection, metadata } = decode(payload)?;
                done(put_metadata(context, &collection, &key, metadata))
            }
            Type::WriteBatchState => write_batch(context, decode(payload)?),
            Type::GetStateByRange => range(context, decode(payload)?),
            Type::GetQueryResult => query(context, decode(payload)?),
            Type::GetHistoryForKey => {
                let GetHistoryForKey { key } = decode(payload)?;
                let iterator = context.open_history(&key)?;
                self.histories.insert(iterator, None);
                self.history_batch(context, iterator)
            }
            Type::QueryStateNext => {
                let QueryStateNext { id } = decode(payload)?;
                let iterator = iterator(&id)?;
                if self.histories.contains_key(&iterator) {
                    return self.history_batch(context, iterator);
                }
                batch(context, iterator)
            }
            Type::QueryStateClose => {
                let QueryStateClose { id } = decode(payload)?;
                let iterator = iterator(&id)?;
                self.histories.remove(&iterator);
                context.close(iterator);
                Ok(QueryResponse { id, ..Default::default() }.encode_to_vec().into())
            }
            Type::InvokeChaincode => self.invoke(context, decode(payload)?),
            other => Err(refused(format!("the peer has no answer to messages of type {}", other.as_str_name()))),
        }
    }

    fn history_batch(&mut self, context: &mut SimulationContext, iterator: u32) -> Answer {
        let mut found: Vec<KeyModification> = self.histories.insert(iterator, None).flatten().into_iter().collect();
        while found.len() <= BATCH_RESULTS {
            match context.next_modification(iterator)? {
                Some(modification) => found.push(modification),
                None => break,
            }
        }
        let ahead = if found.len() > BATCH_RESULTS { found.pop() } else { None };
        let has_more = ahead.is_some();
        if has_more {
            self.histories.insert(iterator, ahead);
        } else {
            self.histories.remove(&iterator);
            context.close(iterator);
        }
        let results = found.into_iter().map(|modification| {
            let (seconds, nanos) = modification.timestamp;
            let message = queryresult::KeyModification {
                tx_id: modification.tx_id,
                value: modification.value,
                timestamp: Some(prost_types::Timestamp { seconds, nanos: i32::try_from(nanos).unwrap_or(0) }),
                is_delete: modification.is_delete,
            };
            QueryResultBytes { result_bytes: message.encode_to_vec().into() }
        });
        let response =
            QueryResponse { results: results.collect(), has_more, id: iterator.to_string(), ..Default::default() };
        Ok(response.encode_to_vec().into())
    }

    fn invoke(&self, context: &mut SimulationContext, spec: ChaincodeSpec) -> Answer {
        let target = spec.chaincode_id.unwrap_or_default().name;
        // `name/channel`, and once also `name:version/channel`.
        let (name, channel_id) = target.split_once('/').unwrap_or((&target, ""));
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        let args = spec.input.unwrap_or_default().args;
        let answer = context.invoke_chaincode(name, channel_id, args, self.deadline)?;
        let response = Response { status: answer.status, message: answer.message, payload: answer.payload };
        let invocation = context.invocation();
        let completed = ChaincodeMessage {
            r#type: Type::Completed.into(),
            payload: response.encode_to_vec().into(),
            txid: invocation.tx_id.clone(),
            channel_id: invocation.channel_id.clone(),
            ..Default::default()
        };
        Ok(completed.encode_to_vec().into())
    }
}

fn refused(text: impl Into<String>) -> ContextError {
    ContextError::Refused(text.into())
}

fn decode<M: Message + Default>(payload: Bytes) -> Result<M, ContextError> {
    M::decode(payload).map_err(|error| refused(format!("unmarshal failed: {error}")))
}

fn done(result: Result<(), ContextError>) -> Answer {
    result.map(|()| Bytes::new())
}

fn iterator(id: &str) -> Result<u32, ContextError> {
    id.parse().map_err(|_| refused("query iterator not found"))
}

fn get_many(context: &mut SimulationContext, request: GetStateMultiple) -> Answer {
    let values = request.keys.iter().map(|key| context.get_state(&request.collection, key));
    let values = values.map(|value| value.map(Option::unwrap_or_default)).collect::<Result<_, _>>()?;
    Ok(GetStateMultipleResult { values }.encode_to_vec().into())
}

fn get_metadata(context: &mut SimulationContext, request: GetStateMetadata) -> Answer {
    let found = context.metadata(&request.collection, &request.key)?;
    let entries = found.into_iter().map(|(metakey, value)| StateMetadata { metakey, value }).collect();
    Ok(StateMetadataResult { entries }.encode_to_vec().into())
}

fn put_metadata(
    context: &mut SimulationContext,
    collection: &str,
    key: &str,
    metadata: Option<StateMetadata>,
) -> Result<(), ContextError> {
    let metadata = metadata.ok_or_else(|| refused("the metadata is missing"))?;
    context.put_metadata(collection, key, &metadata.metakey, metadata.value)
}

fn purge(context: &mut SimulationContext, collection: &str, key: &str) -> Result<(), ContextError> {
    if collection.is_empty() {
        return Err(refused("only applicable for private data"));
    }
    context.purge(collection, key)
}

fn write_batch(context: &mut SimulationContext, batch: WriteBatchState) -> Answer {
    for record in batch.rec {
        let (collection, key) = (&record.collection, &record.key);
        match write_record::Type::try_from(record.r#type) {
            Ok(write_record::Type::PutState) => context.put_state(collection, key, record.value)?,
            Ok(write_record::Type::DelState) => context.delete_state(collection, key)?,
            Ok(write_record::Type::PurgePrivateData) => purge(context, collection, key)?,
            Ok(write_record::Type::PutStateMetadata) => put_metadata(context, collection, key, record.metadata)?,
            _ => return Err(refused("unknown operation type")),
        }
    }
    Ok(Bytes::new())
}

/// The page that a request asks for: its size and bookmark.
fn page_wanted(metadata: &Bytes) -> Result<Option<(u32, String)>, ContextError> {
    let QueryMetadata { page_size, bookmark } = decode(metadata.clone())?;
    let page_size = u32::try_from(page_size).map_err(|_| refused("the page size is negative"))?;
    Ok(match (page_size, bookmark) {
        (0, bookmark) if bookmark.is_empty() => None,
        (0, bookmark) => Some((u32::MAX, bookmark)),
        (size, bookmark) => Some((size, bookmark)),
    })
}

fn range(context: &mut SimulationContext, request: GetStateByRange) -> Answer {
    let GetStateByRange { start_key, end_key, collection, metadata } = request;
    match page_wanted(&metadata)? {
        Some((size, bookmark)) if collection.is_empty() => {
            let start = if bookmark.is_empty() { start_key } else { bookmark };
            let opened = context.open_page(&start, &end_key, size)?;
            page(context, opened)
        }
        _ => {
            let iterator = context.open_range(&collection, &start_key, &end_key)?;
            batch(context, iterator)
        }
    }
}

fn query(context: &mut SimulationContext, request: GetQueryResult) -> Answer {
    let GetQueryResult { query, collection, metadata } = request;
    match page_wanted(&metadata)? {
        Some((size, bookmark)) if collection.is_empty() => {
            let opened = context.open_query_page(&query, size, &bookmark)?;
            page(context, opened)
        }
        _ => {
            let iterator = context.open_query(&collection, &query)?;
            batch(context, iterator)
        }
    }
}

fn batch(context: &mut SimulationContext, iterator: u32) -> Answer {
    let batch = context.next_batch(iterator)?;
    if !batch.has_more {
        context.close(iterator);
    }
    let response = QueryResponse {
        results: batch.entries.into_iter().map(|entry| result(context, entry)).collect(),
        has_more: batch.has_more,
        id: iterator.to_string(),
        ..Default::default()
    };
    Ok(response.encode_to_vec().into())
}

fn page(context: &mut SimulationContext, page: Page) -> Answer {
    let mut results = Vec::new();
    while let Some(entry) = context.next_state(page.iterator)? {
        results.push(result(context, entry));
    }
    context.close(page.iterator);
    let metadata = QueryResponseMetadata {
        fetched_records_count: i32::try_from(page.fetched_records_count).unwrap_or(i32::MAX),
        bookmark: page.bookmark,
    };
    let metadata = metadata.encode_to_vec().into();
    let response = QueryResponse { results, has_more: false, id: page.iterator.to_string(), metadata };
    Ok(response.encode_to_vec().into())
}

fn result(context: &SimulationContext, entry: KeyValue) -> QueryResultBytes {
    let namespace = context.namespace().to_owned();
    let message = queryresult::Kv { namespace, key: entry.key, value: entry.value };
    QueryResultBytes { result_bytes: message.encode_to_vec().into() }
}
