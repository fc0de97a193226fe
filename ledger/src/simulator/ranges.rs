//! Range queries under simulation: reading ahead, and what is recorded of it.

use std::collections::VecDeque;

use bytes::Bytes;
use proto::kvrwset::{KvRead, RangeQueryInfo};

use super::RangeId;
use crate::Version;
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

/// Keys and values of open queries that are held in memory for one transaction, in bytes. Reading more is refused, at every
/// peer alike.
const HELD_BYTES_MAX: usize = 128 << 20;

/// The range queries of a transaction, in the order in which they were opened.
#[derive(Default)]
pub(super) struct Ranges {
    opened: Vec<Range>,
    held_bytes: usize,
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
        let mut range = self.new_range(Some(iterator), recorded)?;
        range.fill(&mut self.held_bytes)?;
        self.opened.push(range);
        Ok(RangeId(self.opened.len() as u32 - 1))
    }

    fn new_range(
        &self,
        iterator: Option<RangeIterator>,
        recorded: Option<(&str, &str, &str)>,
    ) -> Result<Range, SimulateError> {
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
        Ok(Range { iterator, recorded, batch: VecDeque::new(), ahead: None, total: 0 })
    }

    /// Starts a query of at most `size` results, all of which are read now. Gives their number, and the key after the last
    /// one if there is any; that key is not recorded (Fabric `stateleveldb.go`, `GetBookmarkAndClose`).
    pub(super) fn open_page(
        &mut self,
        mut iterator: RangeIterator,
        recorded: (&str, &str, &str),
        size: usize,
    ) -> Result<(RangeId, usize, String), SimulateError> {
        let mut range = self.new_range(None, Some(recorded))?;
        for _ in 0..size.min(TOTAL_RESULTS) {
            let Some((key, value)) = iterator.next().transpose()? else {
                range.record_end();
                break;
            };
            range.record(&key, value.version);
            hold(&mut self.held_bytes, key.len() + value.value.len())?;
            range.batch.push_back((key, value.value));
        }
        let bookmark = iterator.next().transpose()?.map(|(key, _)| key).unwrap_or_default();
        let count = range.batch.len();
        self.opened.push(range);
        Ok((RangeId(self.opened.len() as u32 - 1), count, bookmark))
    }

    /// The next result; nothing at the end and for a query that is closed or unknown.
    pub(super) fn next(&mut self, id: RangeId) -> Result<Option<(String, Bytes)>, SimulateError> {
        let Some(range) = self.opened.get_mut(id.0 as usize) else {
            return Ok(None);
        };
        let result = range.batch.pop_front();
        self.held_bytes -= result.as_ref().map_or(0, |(key, value)| key.len() + value.len());
        // Fabric's shims ask for the next batch when they hand out the last result of one.
        if range.batch.is_empty() && range.iterator.is_some() {
            range.fill(&mut self.held_bytes)?;
        }
        Ok(result)
    }

    /// All results of one batch, and whether more follow. Does not read ahead until the next one is asked for.
    pub(super) fn next_batch(&mut self, id: RangeId) -> Result<(Vec<(String, Bytes)>, bool), SimulateError> {
        let Some(range) = self.opened.get_mut(id.0 as usize) else {
            return Ok((Vec::new(), false));
        };
        if range.batch.is_empty() && range.iterator.is_some() {
            range.fill(&mut self.held_bytes)?;
        }
        let batch: Vec<_> = std::mem::take(&mut range.batch).into();
        self.held_bytes -= batch.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        Ok((batch, range.iterator.is_some()))
    }

    pub(super) fn close(&mut self, id: RangeId) {
        if let Some(range) = self.opened.get_mut(id.0 as usize) {
            range.iterator = None;
            let held = std::mem::take(&mut range.batch).into_iter().chain(range.ahead.take());
            self.held_bytes -= held.map(|(key, value)| key.len() + value.len()).sum::<usize>();
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
    fn fill(&mut self, held_bytes: &mut usize) -> Result<(), SimulateError> {
        self.batch.extend(self.ahead.take());
        while let Some(iterator) = &mut self.iterator {
            if self.total >= TOTAL_RESULTS {
                self.iterator = None;
                break;
            }
            let Some((key, value)) = iterator.next().transpose()? else {
                self.iterator = None;
                self.record_end();
                break;
            };
            self.total += 1;
            self.record(&key, value.version);
            hold(held_bytes, key.len() + value.value.len())?;
            if self.batch.len() == BATCH_RESULTS {
                self.ahead = Some((key, value.value));
                break;
            }
            self.batch.push_back((key, value.value));
        }
        Ok(())
    }

    fn record(&mut self, key: &str, version: Version) {
        if let Some(recorded) = &mut self.recorded {
            key.clone_into(&mut recorded.info.end_key);
            recorded.reads.push(KvRead { key: key.to_owned(), version: Some(version.to_message()) });
        }
    }

    fn record_end(&mut self) {
        if let Some(recorded) = &mut self.recorded {
            recorded.info.itr_exhausted = true;
            recorded.info.end_key.clone_from(&recorded.end);
        }
    }
}

fn hold(held_bytes: &mut usize, bytes: usize) -> Result<(), SimulateError> {
    *held_bytes += bytes;
    if *held_bytes <= HELD_BYTES_MAX {
        return Ok(());
    }
    let text = format!("the results of open queries need more than {HELD_BYTES_MAX} bytes");
    Err(SimulateError::Refused(text))
}
