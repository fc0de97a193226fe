//! Sets that satisfy one policy and sets that satisfy another, merged into sets that satisfy both
//! (Fabric `common/policies/inquire/merge.go`).

use super::principals::Implications;
use super::{Effort, PlanError};

/// Most sets that two policies are merged to before those that contain others are left out.
const MERGED_MAX: usize = 10_000;

/// A set of small numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// `numbers` of those below `count`.
    pub(super) fn of(count: usize, numbers: impl IntoIterator<Item = usize>) -> Bits {
        let mut words = vec![0; count.div_ceil(64)];
        for number in numbers {
            words[number / 64] |= 1 << (number % 64);
        }
        Bits(words)
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 != 0)
    }

    pub(super) fn add(&mut self, others: &Bits) {
        self.0.iter_mut().zip(&others.0).for_each(|(word, other)| *word |= other);
    }

    fn is_subset(&self, others: &Bits) -> bool {
        self.0.iter().zip(&others.0).all(|(word, other)| word & !other == 0)
    }
}

/// Principals that satisfy a policy together.
#[derive(Clone, Debug)]
pub(super) struct Set {
    /// In order and with repetitions, each for a signer of its own.
    pub(super) principals: Vec<u16>,
    pub(super) members: Bits,
    /// What follows from any of the members.
    pub(super) implied: Bits,
}

impl Set {
    /// Whether signers that satisfy `other` satisfy this one, however often principals occur.
    fn is_implied_by(&self, other: &Set) -> bool {
        self.members.is_subset(&other.implied)
    }

    /// Whether all principals are also in `other`, however often.
    fn is_subset(&self, other: &Set) -> bool {
        self.members.is_subset(&other.members)
    }
}

/// Merges the sets of all policies.
pub(super) fn all(
    policies: Vec<Vec<Set>>,
    implications: &Implications,
    effort: &mut Effort,
) -> Result<Vec<Set>, PlanError> {
    let mut policies = policies.into_iter();
    let mut merged = policies.next().ok_or(PlanError::NoPolicy)?;
    for policy in policies {
        merged = merge(merged, policy, implications, effort)?;
    }
    Ok(merged)
}

/// The sets that satisfy both. Sets of one side that imply sets of the other stand for both; only sets that have no such
/// counterpart are combined pairwise.
fn merge(
    first: Vec<Set>,
    second: Vec<Set>,
    implications: &Implications,
    effort: &mut Effort,
) -> Result<Vec<Set>, PlanError> {
    let mut merged = Merged { sets: Vec::new(), implications };
    let in_second = containing(&first, &second, effort)?;
    for (set, found) in first.iter().zip(&in_second) {
        for other in found {
            merged.add(set, &second[*other], effort)?;
        }
    }
    let covering_first = marked(second.len(), &in_second);
    let first = unmatched(first, &in_second);

    let in_first = containing(&second, &first, effort)?;
    for (set, found) in second.iter().zip(&in_first) {
        for other in found {
            merged.add(set, &first[*other], effort)?;
        }
    }
    let covering_second = marked(first.len(), &in_first);
    let second = unmatched(second, &in_first);

    // Which of the second cover one of the first is known by positions from before some were left out. Fabric applies them
    // to what is left all the same, and other layouts than Fabric's would not be the same for clients.
    for (contained, _) in first.iter().zip(&covering_second).filter(|(_, covers)| !**covers) {
        for (containing, _) in second.iter().zip(&covering_first).filter(|(_, covers)| !**covers) {
            merged.add(contained, containing, effort)?;
        }
    }
    reduce(merged.sets, effort)
}

/// For each set the positions of `others` that imply it.
fn containing(sets: &[Set], others: &[Set], effort: &mut Effort) -> Result<Vec<Vec<usize>>, PlanError> {
    let mut found = Vec::with_capacity(sets.len());
    for set in sets {
        effort.spend(others.len() as u64 + 1)?;
        let implying = others.iter().enumerate().filter(|(_, other)| set.is_implied_by(other));
        let implying: Vec<usize> = implying.map(|(position, _)| position).collect();
        effort.spend(implying.len() as u64)?;
        found.push(implying);
    }
    Ok(found)
}

fn marked(count: usize, found: &[Vec<usize>]) -> Vec<bool> {
    let mut marks = vec![false; count];
    for position in found.iter().flatten() {
        marks[*position] = true;
    }
    marks
}

fn unmatched(sets: Vec<Set>, found: &[Vec<usize>]) -> Vec<Set> {
    sets.into_iter().zip(found).filter(|(_, found)| found.is_empty()).map(|(set, _)| set).collect()
}

/// Sets that satisfy both policies.
struct Merged<'a> {
    sets: Vec<Set>,
    implications: &'a Implications,
}

impl Merged<'_> {
    /// The second set with what it lacks of the first, where each principal covers at most one.
    fn add(&mut self, contained: &Set, containing: &Set, effort: &mut Effort) -> Result<(), PlanError> {
        if self.sets.len() >= MERGED_MAX {
            return Err(PlanError::Effort);
        }
        let (few, many) = (contained.principals.len() as u64, containing.principals.len() as u64);
        effort.spend(few * many + few + many)?;
        let mut used = vec![false; containing.principals.len()];
        let mut all = containing.principals.clone();
        for principal in &contained.principals {
            let mut covering = containing.principals.iter().enumerate();
            let implies = |other: u16| self.implications.implies(other, *principal);
            match covering.find(|(position, other)| !used[*position] && implies(**other)) {
                Some((position, _)) => used[position] = true,
                None => all.push(*principal),
            }
        }
        self.sets.push(self.implications.set(all));
        Ok(())
    }
}

/// Leaves out sets that contain others, until there are none.
fn reduce(mut sets: Vec<Set>, effort: &mut Effort) -> Result<Vec<Set>, PlanError> {
    loop {
        let mut kept = Vec::with_capacity(sets.len());
        for (position, set) in sets.iter().enumerate() {
            effort.spend(sets.len() as u64)?;
            let mut contains = false;
            for (other_position, other) in sets.iter().enumerate().filter(|(other, _)| *other != position) {
                contains |= other.is_subset(set);
                // Of sets that contain each other the first one stays.
                contains &= !(position < other_position && set.is_subset(other));
            }
            if !contains {
                kept.push(set.clone());
            }
        }
        if kept.len() == sets.len() {
            return Ok(kept);
        }
        sets = kept;
    }
}
