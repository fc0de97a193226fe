//! What came of a transaction.

use std::collections::BTreeMap;
use std::fmt;

use host_api::status::ERROR_THRESHOLD;
use runtime::memory::Record;
use runtime::{LogLevel, Outcome};
use serde::de::DeserializeOwned;

/// A transaction that was executed, and committed if it was submitted and succeeded.
#[derive(Debug)]
pub struct Executed {
    pub(crate) tx_id: String,
    pub(crate) chaincode: String,
    pub(crate) outcome: Outcome,
    pub(crate) records: BTreeMap<String, Record>,
}

impl Executed {
    /// The transaction's identifier.
    pub fn tx_id(&self) -> &str {
        &self.tx_id
    }

    /// 200 for success, 500 for an error of the contract; none where a peer would endorse nothing, because it could not finish the
    /// call.
    pub fn status(&self) -> Option<i32> {
        match &self.outcome {
            Outcome::Response { status, .. } => Some(*status),
            Outcome::Aborted(_) => None,
        }
    }

    /// Whether a peer endorses it.
    pub fn is_ok(&self) -> bool {
        self.status().is_some_and(|status| status < ERROR_THRESHOLD)
    }

    /// What the function returned; empty when it failed.
    pub fn payload(&self) -> &[u8] {
        match &self.outcome {
            Outcome::Response { payload, .. } => payload,
            Outcome::Aborted(_) => &[],
        }
    }

    /// The error's text as the client gets it; empty when it succeeded.
    pub fn message(&self) -> String {
        match &self.outcome {
            Outcome::Response { message, .. } => message.clone(),
            Outcome::Aborted(error) => error.to_string(),
        }
    }

    /// What the function returned, as text, or its error. To be compared in one assertion: `assert_eq!(read.ok(), Ok("hello"))`.
    pub fn ok(&self) -> Result<&str, Refusal> {
        if !self.is_ok() {
            return Err(Refusal(self.message()));
        }
        std::str::from_utf8(self.payload()).map_err(|error| Refusal(format!("the payload is no text: {error}")))
    }

    /// What the function returned, read from JSON, or its error.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if !self.is_ok() {
            return Err(Refusal(self.message()));
        }
        serde_json::from_slice(self.payload()).map_err(|error| Refusal(format!("the payload is no such JSON: {error}")))
    }

    /// The event's name and payload. Only the chaincode that the client called sets one.
    pub fn event(&self) -> Option<(&str, &[u8])> {
        let record = self.records.get(&self.chaincode)?;
        record.event.as_ref().map(|(name, payload)| (name.as_str(), &payload[..]))
    }

    /// Everything that it did with a chaincode's state; none for a chaincode that was not called.
    pub fn record(&self, chaincode: &str) -> Option<&Record> {
        self.records.get(chaincode)
    }

    /// The public keys of a chaincode that it read, sorted.
    pub fn reads(&self, chaincode: &str) -> Vec<&str> {
        let reads = self.records.get(chaincode).into_iter().flat_map(|record| &record.reads);
        reads.filter(|(collection, _)| collection.is_empty()).map(|(_, key)| key.as_str()).collect()
    }

    /// The public keys of a chaincode that it wrote, sorted, with their values: none for a delete, text that is no UTF-8 with
    /// replacement characters.
    pub fn writes(&self, chaincode: &str) -> Vec<Write> {
        self.written(chaincode, "")
    }

    /// The same for the private data of a collection.
    pub fn private_writes(&self, chaincode: &str, collection: &str) -> Vec<Write> {
        self.written(chaincode, collection)
    }

    fn written(&self, chaincode: &str, collection: &str) -> Vec<Write> {
        let writes = self.records.get(chaincode).into_iter().flat_map(|record| &record.writes);
        let inside = writes.filter(|((found, _), _)| found == collection);
        let text = |bytes: &bytes::Bytes| String::from_utf8_lossy(bytes).into_owned();
        inside.map(|((_, key), value)| Write(key.clone(), value.as_ref().map(text))).collect()
    }

    /// The lines of a chaincode's log.
    pub fn log(&self, chaincode: &str) -> Vec<(LogLevel, &str)> {
        let lines = self.records.get(chaincode).into_iter().flat_map(|record| &record.log);
        lines.map(|(level, line)| (*level, line.as_str())).collect()
    }
}

/// Why a function did not return. Compares with text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

impl From<&str> for Refusal {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A written key and its value. Compares with a pair of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write(pub String, pub Option<String>);

impl PartialEq<(&str, Option<&str>)> for Write {
    fn eq(&self, (key, value): &(&str, Option<&str>)) -> bool {
        self.0 == *key && self.1.as_deref() == *value
    }
}
