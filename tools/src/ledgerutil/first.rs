//! The earliest differences. Which of several at one height are kept, and in what order they come out, is what Go's
//! `container/heap` makes of it, so that the file is the same as Fabric's.

/// Where a record was written: block and transaction.
pub type Height = (u64, u64);

/// A bounded heap, the latest on top.
#[derive(Debug)]
pub struct Earliest<T> {
    entries: Vec<(Height, T)>,
    limit: usize,
}

impl<T> Earliest<T> {
    /// Keeps up to `limit` entries.
    pub fn new(limit: usize) -> Earliest<T> {
        Earliest { entries: Vec::new(), limit }
    }

    /// Takes an entry, if it is among the earliest.
    pub fn add(&mut self, height: Height, entry: T) {
        if self.entries.len() < self.limit {
            self.push(height, entry);
        } else if self.entries.first().is_some_and(|(top, _)| height <= *top) {
            self.push(height, entry);
            self.pop();
        }
    }

    /// All entries, the earliest first.
    pub fn into_sorted(mut self) -> Vec<T> {
        let mut sorted = Vec::with_capacity(self.entries.len());
        while let Some(entry) = self.pop() {
            sorted.push(entry);
        }
        sorted.reverse();
        sorted
    }

    fn above(&self, one: usize, other: usize) -> bool {
        self.entries[one].0 > self.entries[other].0
    }

    fn push(&mut self, height: Height, entry: T) {
        self.entries.push((height, entry));
        let mut place = self.entries.len() - 1;
        while place > 0 {
            let parent = (place - 1) / 2;
            if !self.above(place, parent) {
                break;
            }
            self.entries.swap(place, parent);
            place = parent;
        }
    }

    fn pop(&mut self) -> Option<T> {
        let end = self.entries.len().checked_sub(1)?;
        self.entries.swap(0, end);
        let mut place = 0;
        loop {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            if left >= end {
                break;
            }
            let child = if right < end && self.above(right, left) { right } else { left };
            if !self.above(child, place) {
                break;
            }
            self.entries.swap(place, child);
            place = child;
        }
        self.entries.pop().map(|(_, entry)| entry)
    }
}

#[cfg(test)]
mod tests {
    use super::Earliest;

    #[test]
    fn the_earliest_are_kept() {
        let mut earliest = Earliest::new(3);
        for number in [5, 1, 9, 7, 3, 8] {
            earliest.add((number, 0), number);
        }
        assert_eq!(earliest.into_sorted(), [1, 3, 5]);
        let mut none = Earliest::new(0);
        none.add((1, 1), ());
        assert!(none.into_sorted().is_empty());
    }
}
