//! Who can endorse together: from endorsement policies to combinations of peers.
//!
//! Each policy becomes the sets of principals that satisfy it (`combinations`); sets of several policies are merged into
//! sets that satisfy them all (`merge`); and what the peers at hand can fulfil becomes layouts over groups of peers.
//! For the same policies and peers the layouts are Fabric's (`common/policies/inquire`, `common/graph`,
//! `discovery/endorsement`). Combinations explode, and clients may send policies of their own, so that all work is paid
//! from an [`Effort`].

mod combinations;
mod merge;
mod principals;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proto::common::{MspPrincipal, SignaturePolicyEnvelope};

use merge::Set;
use principals::Principals;

/// What one principal of one set costs, for the memory that it takes.
const PRINCIPAL_STEPS: u64 = 10;

/// What may still be spent, in steps of about 10 ns and a few bytes.
#[derive(Debug)]
pub struct Effort(u64);

impl Effort {
    /// As many steps.
    pub fn new(steps: u64) -> Effort {
        Effort(steps)
    }

    /// Takes steps away; an error when there are not as many.
    pub fn spend(&mut self, steps: u64) -> Result<(), PlanError> {
        self.0 = self.0.checked_sub(steps).ok_or(PlanError::Effort)?;
        Ok(())
    }
}

/// Why nobody can endorse. The texts are Fabric's as far as it has such errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No policy was given.
    #[error("no principal sets remained after filtering")]
    NoPolicy,
    /// A policy that nobody satisfies, or is malformed.
    #[error("endorsement policy cannot be satisfied")]
    Unsatisfiable,
    /// The same of a policy of single keys.
    #[error("state based endorsement policy cannot be satisfied")]
    UnsatisfiableKey,
    /// A principal that is no role, unit or identity, or does not decode.
    #[error("failed creating a comparable principal set")]
    Principal,
    /// The same in a policy of single keys.
    #[error("failed creating a comparable principal set for state based endorsement")]
    KeyPrincipal,
    /// More principals than a plan is made for.
    #[error("the endorsement policies name more than {} principals", principals::PRINCIPALS_MAX)]
    TooManyPrincipals,
    /// Fewer peers than any combination needs.
    #[error("no peer combination can satisfy the endorsement policy")]
    NoCombination,
    /// There are peers enough, but they do not run the chaincodes.
    #[error("required chaincodes are not installed on sufficient peers")]
    NotInstalled,
    /// More combinations than anybody should have to compute.
    #[error("the endorsement policies allow too many combinations")]
    Effort,
}

/// A peer that may endorse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// It runs all chaincodes that are to be called.
    pub runs_chaincodes: bool,
}

/// Peers in groups, and how many of which groups have to endorse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The peers of each group, as positions among the candidates. Only groups that have peers which run the chaincodes.
    pub groups: BTreeMap<usize, Vec<usize>>,
    /// Alternatives: the number of endorsers from each group.
    pub layouts: Vec<BTreeMap<usize, u32>>,
}

/// The combinations of `candidates` that satisfy all of `policies`, and those of single keys that are written,
/// `key_policies`. `satisfying` says which candidates, by position and in order, a principal describes; it is asked once for
/// each principal.
pub fn plan(
    policies: &[&SignaturePolicyEnvelope],
    key_policies: &[&SignaturePolicyEnvelope],
    candidates: &[Candidate],
    satisfying: impl Fn(&MspPrincipal) -> Vec<usize>,
    effort: &mut Effort,
) -> Result<Plan, PlanError> {
    let mut principals = Principals::new(satisfying);
    let sets = required(policies, key_policies, &mut principals, effort)?;
    layouts(&sets, &principals, candidates, effort)
}

/// The sets of principals that satisfy all policies.
fn required<F: Fn(&MspPrincipal) -> Vec<usize>>(
    policies: &[&SignaturePolicyEnvelope],
    key_policies: &[&SignaturePolicyEnvelope],
    principals: &mut Principals<F>,
    effort: &mut Effort,
) -> Result<Vec<Set>, PlanError> {
    let mut drawn = Vec::with_capacity(policies.len());
    for policy in policies {
        drawn.push(combinations::of(policy, principals, effort)?);
    }
    let mut of_keys = Vec::with_capacity(key_policies.len());
    for policy in key_policies {
        let sets = combinations::of(policy, principals, effort).map_err(|error| match error {
            PlanError::Unsatisfiable => PlanError::UnsatisfiableKey,
            PlanError::Principal => PlanError::KeyPrincipal,
            other => other,
        });
        of_keys.push(sets?);
    }
    // All principals are known now, so that each set can say what it implies.
    let count = principals.count() as u64;
    effort.spend(count * (count + PRINCIPAL_STEPS))?;
    let implications = principals.implications();
    let described = |sets: Vec<Vec<Vec<u16>>>| -> Vec<Vec<Set>> {
        let describe = |sets: Vec<Vec<u16>>| sets.into_iter().map(|set| implications.set(set)).collect();
        sets.into_iter().map(describe).collect()
    };
    let mut all = described(drawn);
    if !of_keys.is_empty() {
        all.push(merge::all(described(of_keys), &implications, effort)?);
    }
    merge::all(all, &implications, effort)
}

/// What the candidates can fulfil of the sets, each set a layout over the groups of its principals.
fn layouts<F: Fn(&MspPrincipal) -> Vec<usize>>(
    sets: &[Set],
    principals: &Principals<F>,
    candidates: &[Candidate],
    effort: &mut Effort,
) -> Result<Plan, PlanError> {
    // Groups are numbered in the order in which principals occur in the sets, also in those that nobody fulfils.
    let mut numbers: HashMap<u16, usize> = HashMap::new();
    let mut principal_of = Vec::new();
    let mut possible = Vec::new();
    for set in sets {
        effort.spend((set.principals.len() as u64 + 1) * PRINCIPAL_STEPS)?;
        let mut layout: BTreeMap<usize, u32> = BTreeMap::new();
        for principal in &set.principals {
            let group = *numbers.entry(*principal).or_insert_with(|| {
                principal_of.push(*principal);
                principal_of.len() - 1
            });
            *layout.entry(group).or_default() += 1;
        }
        let satisfying = |group: usize| principals.satisfying(principal_of[group]);
        if layout.iter().all(|(group, count)| satisfying(*group).len() >= *count as usize) {
            possible.push(layout);
        }
    }
    if possible.is_empty() {
        return Err(PlanError::NoCombination);
    }
    let used: BTreeSet<usize> = possible.iter().flat_map(|layout| layout.keys().copied()).collect();
    let mut groups = BTreeMap::new();
    for group in used {
        let peers = principals.satisfying(principal_of[group]).iter().copied();
        let runs = |peer: &usize| candidates.get(*peer).is_some_and(|candidate| candidate.runs_chaincodes);
        let peers: Vec<usize> = peers.filter(runs).collect();
        if !peers.is_empty() {
            groups.insert(group, peers);
        }
    }
    let has = |group: &usize, count: &u32| groups.get(group).is_some_and(|peers| peers.len() >= *count as usize);
    possible.retain(|layout| layout.iter().all(|(group, count)| has(group, count)));
    match possible.is_empty() {
        true => Err(PlanError::NotInstalled),
        false => Ok(Plan { groups, layouts: possible }),
    }
}
