//! Which messages share a block. Pure: no clock, no disk.

use bytes::Bytes;

/// A message on its way into a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sized {
    /// The serialized envelope.
    pub(crate) envelope: Bytes,
    /// Its size by Fabric's rule: payload and signature, without what wraps them.
    pub(crate) size: u64,
}

/// How large batches may be (`Orderer.BatchSize`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchLimits {
    pub(crate) message_count_max: usize,
    pub(crate) preferred_bytes_max: u64,
}

/// The messages of one block, in order.
pub(crate) type Batch = Vec<Bytes>;

/// Collects messages until they make a batch.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    pending: Batch,
    pending_bytes: u64,
}

impl Cutter {
    /// Takes the next message and returns the batches that are complete now, at most two, in order.
    pub(crate) fn push(&mut self, message: Sized, limits: BatchLimits) -> Vec<Batch> {
        let mut complete = Vec::new();
        if message.size > limits.preferred_bytes_max {
            // Too large for company.
            complete.extend(self.cut());
            complete.push(vec![message.envelope]);
            return complete;
        }
        if self.pending_bytes + message.size > limits.preferred_bytes_max {
            complete.extend(self.cut());
        }
        self.pending_bytes += message.size;
        self.pending.push(message.envelope);
        if self.pending.len() >= limits.message_count_max {
            complete.extend(self.cut());
        }
        complete
    }

    /// Ends the batch under way, if there is one.
    pub(crate) fn cut(&mut self) -> Option<Batch> {
        self.pending_bytes = 0;
        let batch = std::mem::take(&mut self.pending);
        (!batch.is_empty()).then_some(batch)
    }

    /// Whether messages wait for more.
    pub(crate) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes messages of the given sizes; shows every batch as the sizes in it, and what stays pending.
    fn cut(count: usize, preferred: u64, sizes: &[u64]) -> (Vec<Vec<u64>>, Vec<u64>) {
        let limits = BatchLimits { message_count_max: count, preferred_bytes_max: preferred };
        let shown = |batch: Batch| batch.iter().map(|envelope| envelope.len() as u64).collect::<Vec<_>>();
        let mut cutter = Cutter::default();
        let mut batches = Vec::new();
        for size in sizes {
            let message = Sized { envelope: Bytes::from(vec![0; *size as usize]), size: *size };
            batches.extend(cutter.push(message, limits).into_iter().map(shown));
        }
        assert_eq!(cutter.has_pending(), !cutter.pending.is_empty());
        (batches, cutter.cut().map(shown).unwrap_or_default())
    }

    #[test]
    fn batches() {
        for (count, preferred, sizes, batches, pending) in [
            (3, 100, vec![], vec![], vec![]),
            (3, 100, vec![1, 2], vec![], vec![1, 2]),
            (3, 100, vec![1, 2, 3], vec![vec![1, 2, 3]], vec![]),
            (1, 100, vec![1, 2], vec![vec![1], vec![2]], vec![]),
            (0, 100, vec![1, 2], vec![vec![1], vec![2]], vec![]),
            // Exactly full stays, one byte more is cut before the message.
            (9, 10, vec![4, 6], vec![], vec![4, 6]),
            (9, 10, vec![4, 6, 1], vec![vec![4, 6]], vec![1]),
            (9, 10, vec![4, 7], vec![vec![4]], vec![7]),
            // A message over the preferred size goes alone, and cuts what waits.
            (9, 10, vec![11], vec![vec![11]], vec![]),
            (9, 10, vec![10], vec![], vec![10]),
            (9, 10, vec![3, 11, 2], vec![vec![3], vec![11]], vec![2]),
            // Overflow and count together.
            (2, 10, vec![3, 9, 1], vec![vec![3], vec![9, 1]], vec![]),
            (1, 10, vec![9, 9], vec![vec![9], vec![9]], vec![]),
        ] {
            assert_eq!(cut(count, preferred, &sizes), (batches, pending), "{count} {preferred} {sizes:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn keeps_order_and_bounds(
            count in 1_usize..6,
            preferred in 1_u64..30,
            sizes in proptest::collection::vec(0_u64..40, 0..40),
        ) {
            let (batches, pending) = cut(count, preferred, &sizes);
            for batch in &batches {
                assert!(!batch.is_empty() && batch.len() <= count);
                assert!(batch.len() == 1 || batch.iter().sum::<u64>() <= preferred);
            }
            assert!(pending.len() < count.max(1) && pending.iter().sum::<u64>() <= preferred);
            let all: Vec<u64> = batches.into_iter().flatten().chain(pending).collect();
            assert_eq!(all, sizes);
        }
    }
}
