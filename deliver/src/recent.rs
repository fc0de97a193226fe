//! The last blocks of a channel, kept so that many streams at the tip read nothing from disk.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::RwLock;

/// The newest serialized blocks, bounded by their size.
#[derive(Debug)]
pub struct RecentBlocks {
    bytes_max: usize,
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Number of the first block in `blocks`; the others follow without gap.
    first: u64,
    blocks: VecDeque<Bytes>,
    bytes: usize,
}

impl RecentBlocks {
    /// Keeps at most `bytes_max` bytes, but always the newest block.
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, kept: RwLock::default() }
    }

    /// Adds block `number`. A number that does not follow the newest starts anew.
    pub fn push(&self, number: u64, block: Bytes) {
        let mut kept = self.kept.write();
        let next = kept.first.checked_add(kept.blocks.len() as u64);
        if kept.blocks.is_empty() || next != Some(number) {
            *kept = Kept { first: number, ..Kept::default() };
        }
        kept.bytes += block.len();
        kept.blocks.push_back(block);
        while kept.bytes > self.bytes_max && kept.blocks.len() > 1 {
            let oldest = kept.blocks.pop_front().map_or(0, |block| block.len());
            kept.bytes -= oldest;
            kept.first += 1;
        }
    }

    /// Block `number`, if it is kept.
    pub fn get(&self, number: u64) -> Option<Bytes> {
        let kept = self.kept.read();
        let index = usize::try_from(number.checked_sub(kept.first)?).ok()?;
        kept.blocks.get(index).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_within_the_bound() {
        let recent = RecentBlocks::new(10);
        assert_eq!(recent.get(0), None);
        for number in 5..9 {
            recent.push(number, Bytes::from(vec![number as u8; 4]));
        }
        assert_eq!(recent.get(6), None);
        assert_eq!(recent.get(7), Some(Bytes::from_static(&[7; 4])));
        assert_eq!(recent.get(8), Some(Bytes::from_static(&[8; 4])));
        assert_eq!(recent.get(9), None);
        recent.push(9, Bytes::from(vec![9; 100]));
        assert_eq!(recent.get(8), None);
        assert_eq!(recent.get(9).map(|block| block.len()), Some(100));
        recent.push(20, Bytes::from_static(&[1]));
        assert_eq!(recent.get(9), None);
        assert_eq!(recent.get(20), Some(Bytes::from_static(&[1])));
    }
}
