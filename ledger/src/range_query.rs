//! What a range query leaves in the read set: its reads, or a Merkle summary of them when there are many
//! (Fabric `core/ledger/kvledger/txmgmt/rwsetutil/query_results_helper.go`).

use bytes::Bytes;
use prost::Message;
use proto::kvrwset::range_query_info::ReadsInfo;
use proto::kvrwset::{KvRead, QueryReads, QueryReadsMerkleSummary};
use proto::{Digest, sha256};

/// More reads than this are hashed, this many and one in a leaf; every level of the tree is as wide.
pub(crate) const MAX_DEGREE: u32 = 50;

/// Collects the reads of one range query.
#[derive(Clone, Debug)]
pub(crate) struct RangeReads {
    max_degree: usize,
    pending: Vec<KvRead>,
    // From the leaves up. A level that overflows becomes one hash of the next.
    levels: Vec<Vec<Digest>>,
}

impl RangeReads {
    /// `max_degree` is at least 2.
    pub(crate) fn new(max_degree: u32) -> RangeReads {
        RangeReads { max_degree: max_degree as usize, pending: Vec::new(), levels: vec![Vec::new()] }
    }

    /// Adds a result.
    pub(crate) fn push(&mut self, read: KvRead) {
        self.pending.push(read);
        if self.pending.len() > self.max_degree {
            self.add_leaf();
        }
    }

    /// The raw reads, or their summary once there was a leaf; nothing without any read.
    pub(crate) fn finish(mut self) -> Option<ReadsInfo> {
        if self.levels.len() == 1 && self.levels[0].is_empty() {
            let kv_reads = self.pending;
            return (!kv_reads.is_empty()).then_some(ReadsInfo::RawReads(QueryReads { kv_reads }));
        }
        if !self.pending.is_empty() {
            self.add_leaf();
        }
        for level in 0..self.levels.len() - 1 {
            // What is left over below the top moves up; a single hash moves as it is.
            let hashes = std::mem::take(&mut self.levels[level]);
            match hashes[..] {
                [] => {}
                [single] => self.levels[level + 1].push(single),
                _ => self.levels[level + 1].push(combine(&hashes)),
            }
        }
        if self.top().len() > self.max_degree {
            let combined = combine(self.top());
            self.levels.push(vec![combined]);
        }
        Some(ReadsInfo::ReadsMerkleHashes(QueryReadsMerkleSummary {
            max_degree: self.max_degree as u32,
            max_level: self.levels.len() as u32,
            max_level_hashes: self.top().iter().map(|hash| Bytes::copy_from_slice(hash)).collect(),
        }))
    }

    fn top(&self) -> &[Digest] {
        self.levels.last().expect("there is always the leaf level")
    }

    fn add_leaf(&mut self) {
        let kv_reads = std::mem::take(&mut self.pending);
        let leaf = sha256([&QueryReads { kv_reads }.encode_to_vec()]);
        self.levels[0].push(leaf);
        let mut level = 0;
        while self.levels[level].len() > self.max_degree {
            let combined = combine(&self.levels[level]);
            self.levels[level].clear();
            if level + 1 == self.levels.len() {
                self.levels.push(Vec::new());
            }
            level += 1;
            self.levels[level].push(combined);
        }
    }
}

fn combine(hashes: &[Digest]) -> Digest {
    sha256([hashes.as_flattened()])
}
