//! Range queries under simulation: reading ahead, and what is recorded of it.

use std::collections::VecDeque;

use bytes::Bytes;
use proto::kvrwset::{KvRead, RangeQueryInfo};

use super::RangeId;
use crate::error::SimulateError;
use crate::range_query::{MAX_DEGREE, RangeReads};
use crate::snapshot::RangeIterator;

/// Results that are handed out together. One more is read before a batch is cut (Fabric
/// `chaincode/query_response_generator.go`, `chaincode_support.go`).
const BATCH_RESULTS: usize = 100;
/// A query ends without a word after this many results (Fabric `ledger.state.totalQueryLimit`).
const TOTAL_RESULTS: usize = 100_000;
/// Range queries that one transaction may open; each leaves something in the read set.
const MAX_RANGES: usize = 10_000;

/// The range queries of a transaction, in the order in which they were opened.
#[derive(Default)]
pub(super) struct Ranges {
    opened: Vec<Range>,
}

struct Range {
    // Nothing once the query is at its end or closed.
    iterator: Option<RangeIterator>,
    recorded: Option<Recorded>,
    batch: VecDeque<(String, Bytes)>,
    // Read ahead, for the next batch.
    ahead: Option<(String, Bytes)>,
    total: usize,
}

struct Recorded {
    namespace: String,
    end: String,
    info: RangeQueryInfo,
    reads: RangeReads,
}

impl Ranges {
    /// Starts a query. `recorded` says the namespace, start and end under which it is recorded.
    pub(super) fn open(
        &mut self,
        iterator: RangeIterator,
        recorded: Option<(&str, &str, &str)>,
    ) -> Result<RangeId, SimulateError> {
        if self.opened.len() >= MAX_RANGES {
            let text = format!("a transaction may open at most {MAX_RANGES} range queries");
            return Err(SimulateError::Refused(text));
        }
        let recorded = recorded.map(|(namespace, start, end)| Recorded {
            namespace: namespace.to_owned(),
            end: end.to_owned(),
            info: RangeQueryInfo { start_key: start.to_owned(), ..Default::default() },
            reads: RangeReads::new(MAX_DEGREE),
        });
        let batch = VecDeque::new();
        let mut range = Range { iterator: Some(iterator), recorded, batch, ahead: None, total: 0 };
        range.fill()?;
        self.opened.push(range);
        Ok(RangeId(self.opened.len() as u32 - 1))
    }

    /// The next result; nothing at the end and for a query that is closed or unknown.
    pub(super) fn next(&mut self, id: RangeId) -> Result<Option<(String, Bytes)>, SimulateError> {
        let Some(range) = self.opened.get_mut(id.0 as usize) else {
            return Ok(None);
        };
        let result = range.batch.pop_front();
        // Fabric's shims ask for the next batch when they hand out the last result of one.
        if range.batch.is_empty() && range.iterator.is_some() {
            range.fill()?;
        }
        Ok(result)
    }

    pub(super) fn close(&mut self, id: RangeId) {
        if let Some(range) = self.opened.get_mut(id.0 as usize) {
            range.iterator = None;
            range.ahead = None;
            range.batch = VecDeque::new();
        }
    }

    /// What the read set says about them, with the namespace.
    pub(super) fn finish(&mut self) -> Vec<(String, RangeQueryInfo)> {
        let recorded = std::mem::take(&mut self.opened).into_iter().filter_map(|range| range.recorded);
        recorded
            .map(|recorded| {
                let reads_info = recorded.reads.finish();
                (recorded.namespace, RangeQueryInfo { reads_info, ..recorded.info })
            })
            .collect()
    }
}

impl Range {
    fn fill(&mut self) -> Result<(), SimulateError> {
        self.batch.extend(self.ahead.take());
        while let Some(iterator) = &mut self.iterator {
            if self.total >= TOTAL_RESULTS {
                self.iterator = None;
                break;
            }
            let Some((key, value)) = iterator.next().transpose()? else {
                self.iterator = None;
                if let Some(recorded) = &mut self.recorded {
                    recorded.info.itr_exhausted = true;
                    recorded.info.end_key = recorded.end.clone();
                }
                break;
            };
            self.total += 1;
            if let Some(recorded) = &mut self.recorded {
                recorded.info.end_key.clone_from(&key);
                recorded.reads.push(KvRead { key: key.clone(), version: Some(value.version.to_message()) });
            }
            if self.batch.len() == BATCH_RESULTS {
                self.ahead = Some((key, value.value));
                break;
            }
            self.batch.push_back((key, value.value));
        }
        Ok(())
    }
}
