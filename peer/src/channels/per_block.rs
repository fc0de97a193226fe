//! Things made from a block once, however many clients want them.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// Blocks whose derived values are kept. Clients at the tip ask for the last few.
const KEPT_MAX: usize = 32;

/// Values derived from the newest blocks that were asked for.
pub(crate) struct PerBlock<T> {
    kept: Mutex<VecDeque<(u64, T)>>,
}

impl<T: Clone> PerBlock<T> {
    pub(crate) fn new() -> Self {
        PerBlock { kept: Mutex::new(VecDeque::with_capacity(KEPT_MAX)) }
    }

    /// The value for a block, made now unless it is kept. Two clients asking at the same moment may both make it.
    pub(crate) fn get_or_make<E>(&self, number: u64, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if let Some((_, value)) = self.kept.lock().iter().rev().find(|(kept, _)| *kept == number) {
            return Ok(value.clone());
        }
        let value = make()?;
        let mut kept = self.kept.lock();
        // A client that reads old blocks must not push out those that all others wait for.
        let oldest = kept.front().map(|(kept, _)| *kept);
        if kept.len() < KEPT_MAX || oldest.is_some_and(|oldest| oldest < number) {
            if kept.len() >= KEPT_MAX {
                kept.pop_front();
            }
            let position = kept.partition_point(|(kept, _)| *kept < number);
            if kept.get(position).is_none_or(|(kept, _)| *kept != number) {
                kept.insert(position, (number, value.clone()));
            }
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(per_block: &PerBlock<u64>, number: u64, made: u64) -> u64 {
        per_block.get_or_make::<()>(number, || Ok(made)).expect("making does not fail")
    }

    #[test]
    fn the_newest_are_made_once() {
        let per_block = PerBlock::new();
        for number in 100..150 {
            assert_eq!(get(&per_block, number, number), number);
        }
        assert_eq!(get(&per_block, 149, 0), 149);
        assert_eq!(get(&per_block, 118, 0), 118);
        assert_eq!(get(&per_block, 3, 7), 7, "old blocks are made");
        assert_eq!(get(&per_block, 3, 8), 8, "and not kept");
        assert_eq!(get(&per_block, 149, 0), 149);
    }
}
