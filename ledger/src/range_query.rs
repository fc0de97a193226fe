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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(number: usize) -> KvRead {
        let version = proto::kvrwset::Version { block_num: number as u64, tx_num: 0 };
        KvRead { key: format!("key{number}"), version: Some(version) }
    }

    fn finish(count: usize, max_degree: u32) -> Option<ReadsInfo> {
        let mut reads = RangeReads::new(max_degree);
        (0..count).for_each(|number| reads.push(read(number)));
        reads.finish()
    }

    fn leaf(range: std::ops::Range<usize>) -> Digest {
        sha256([&QueryReads { kv_reads: range.map(read).collect() }.encode_to_vec()])
    }

    fn leaves(count: usize, max_degree: usize) -> Vec<Digest> {
        let width = max_degree + 1;
        (0..count.div_ceil(width)).map(|place| leaf(place * width..count.min((place + 1) * width))).collect()
    }

    fn check(count: usize, max_degree: u32, max_level: u32, hashes: &[Digest]) {
        let Some(ReadsInfo::ReadsMerkleHashes(summary)) = finish(count, max_degree) else {
            panic!("{count} reads are hashed");
        };
        assert_eq!((summary.max_degree, summary.max_level), (max_degree, max_level));
        let hashes: Vec<_> = hashes.iter().map(|hash| Bytes::copy_from_slice(hash)).collect();
        assert_eq!(summary.max_level_hashes, hashes);
    }

    #[test]
    fn few_reads_stay_as_they_are() {
        assert_eq!(finish(0, 3), None);
        let Some(ReadsInfo::RawReads(reads)) = finish(3, 3) else {
            panic!("three reads are not hashed");
        };
        assert_eq!(reads.kv_reads, (0..3).map(read).collect::<Vec<_>>());
    }

    #[test]
    fn a_leaf_closes_with_one_read_more_than_the_degree() {
        check(4, 3, 1, &leaves(4, 3));
        check(9, 3, 1, &leaves(9, 3));
        check(51, 50, 1, &leaves(51, 50));
    }

    #[test]
    fn full_levels_become_one_hash_of_the_next() {
        let l = leaves(25, 3);
        check(25, 3, 2, &[combine(&l[..4]), combine(&l[4..])]);
        let l = leaves(65, 3);
        let second: Vec<_> = l[..16].chunks(4).map(combine).collect();
        // The last leaf stands alone and moves up as it is.
        check(65, 3, 3, &[combine(&second), l[16]]);
    }

    #[test]
    fn what_is_left_over_can_fill_the_top() {
        let l = leaves(24, 2);
        let second = [combine(&l[..3]), combine(&l[3..6]), combine(&l[6..])];
        check(24, 2, 3, &[combine(&second)]);
    }
}
