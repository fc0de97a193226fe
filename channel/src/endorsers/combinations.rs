//! From a policy to the sets of principals that satisfy it: each way to choose enough rules at every level.

use std::collections::VecDeque;

use proto::common::{MspPrincipal, SignaturePolicy, SignaturePolicyEnvelope, signature_policy};

use super::principals::Principals;
use super::{Effort, PRINCIPAL_STEPS, PlanError};

/// Most ways to choose among the rules of one level; more rules than allow these are left out, as in Fabric. Of sets there
/// are at most as many.
const COMBINATIONS_MAX: usize = 10_000;

/// Most rules of one level that may be asked for at once.
const RULES_MAX: usize = 1024;

/// What one rule of a policy costs.
const RULE_STEPS: u64 = 30;

/// The sets of principals, with repetitions, each of which satisfies the policy. Within a set principals stand in the order
/// in which Fabric walks a policy, level by level, and the sets in the order in which it makes them: what merging leaves
/// out depends on both.
///
/// In a policy of more than [`COMBINATIONS_MAX`] combinations rules are left out: first those that no candidate
/// satisfies, then the last ones, where Fabric takes any.
pub(super) fn of<F: Fn(&MspPrincipal) -> Vec<usize>>(
    policy: &SignaturePolicyEnvelope,
    principals: &mut Principals<F>,
    effort: &mut Effort,
) -> Result<Vec<Vec<u16>>, PlanError> {
    let root = policy.rule.as_ref().ok_or(PlanError::Unsatisfiable)?;
    let rules = flatten(root, effort)?;
    let mut usable = None;
    let mut choices = vec![Choice::of(0, &rules)];
    for (number, rule) in rules.iter().enumerate() {
        let Rule::OutOf { wanted, among } = rule else { continue };
        effort.spend(choices.len() as u64)?;
        let is_open = |choice: &Choice| choice.open.front() == Some(&number);
        if !choices.iter().any(is_open) {
            continue;
        }
        let (open, others): (Vec<Choice>, Vec<Choice>) = choices.into_iter().partition(is_open);
        choices = others;
        let options = match usize::try_from(*wanted) {
            Ok(wanted) if (1..=among.len()).contains(&wanted) => {
                let mut among = among.clone();
                if exceeds(among.len(), wanted) {
                    let usable = match usable.take() {
                        Some(known) => known,
                        None => usable_rules(&rules, &policy.identities, principals, effort)?,
                    };
                    leave_out(&mut among, wanted, &usable);
                }
                combinations(&among, wanted, effort)?
            }
            // A rule that asks for nothing has no principals, and Fabric takes that for malformed.
            Ok(0) => vec![Vec::new()],
            _ => Vec::new(),
        };
        for choice in open {
            choice.decide(&options, &rules, &mut choices, effort)?;
        }
    }
    principals_of(choices, &rules, &policy.identities, principals, effort)
}

/// A policy's rules by numbers, level by level.
enum Rule {
    /// The principal's position; nothing where there is no such position, or no rule.
    SignedBy(Option<usize>),
    OutOf {
        wanted: i32,
        among: Vec<usize>,
    },
}

fn flatten(root: &SignaturePolicy, effort: &mut Effort) -> Result<Vec<Rule>, PlanError> {
    let mut rules = Vec::new();
    let mut queue = VecDeque::from([root]);
    while let Some(rule) = queue.pop_front() {
        effort.spend(RULE_STEPS)?;
        rules.push(match &rule.r#type {
            Some(signature_policy::Type::SignedBy(index)) => Rule::SignedBy(usize::try_from(*index).ok()),
            Some(signature_policy::Type::NOutOf(n_out_of)) if !n_out_of.rules.is_empty() => {
                // Those that wait come before.
                let first = rules.len() + 1 + queue.len();
                queue.extend(&n_out_of.rules);
                Rule::OutOf { wanted: n_out_of.n, among: (first..first + n_out_of.rules.len()).collect() }
            }
            _ => Rule::SignedBy(None),
        });
    }
    Ok(rules)
}

/// A set while it is put together.
#[derive(Clone)]
struct Choice {
    /// Rules that still are to be decided, by ascending numbers.
    open: VecDeque<usize>,
    /// Rules that are signatures.
    signatures: Vec<usize>,
    /// A rule was chosen that asks for nothing.
    is_malformed: bool,
}

impl Choice {
    fn of(rule: usize, rules: &[Rule]) -> Choice {
        let mut choice = Choice { open: VecDeque::new(), signatures: Vec::new(), is_malformed: false };
        choice.take(rule, rules);
        choice
    }

    fn take(&mut self, rule: usize, rules: &[Rule]) {
        match rules.get(rule) {
            // Rules of a lower level have higher numbers than all above.
            Some(Rule::OutOf { .. }) => self.open.push_back(rule),
            _ => self.signatures.push(rule),
        }
    }

    /// Replaces the first open rule by each of the options.
    fn decide(
        mut self,
        options: &[Vec<usize>],
        rules: &[Rule],
        choices: &mut Vec<Choice>,
        effort: &mut Effort,
    ) -> Result<(), PlanError> {
        self.open.pop_front();
        for option in options {
            if choices.len() >= COMBINATIONS_MAX {
                break;
            }
            effort.spend((self.open.len() + self.signatures.len() + option.len() + 1) as u64)?;
            let mut choice = self.clone();
            choice.is_malformed |= option.is_empty();
            option.iter().for_each(|rule| choice.take(*rule, rules));
            choices.push(choice);
        }
        Ok(())
    }
}

/// Each way to take `wanted` of the rules, in order.
fn combinations(rules: &[usize], wanted: usize, effort: &mut Effort) -> Result<Vec<Vec<usize>>, PlanError> {
    if wanted > RULES_MAX {
        return Err(PlanError::Effort);
    }
    let mut all = Vec::new();
    let mut positions: Vec<usize> = (0..wanted).collect();
    loop {
        effort.spend(wanted as u64 * PRINCIPAL_STEPS)?;
        all.push(positions.iter().map(|position| rules[*position]).collect());
        // The last position that can still move, and those after it right behind.
        let room = rules.len() - wanted;
        let Some(moved) = (0..wanted).rev().find(|index| positions[*index] < index + room) else { return Ok(all) };
        let start = positions[moved] + 1;
        positions.iter_mut().skip(moved).zip(start..).for_each(|(position, next)| *position = next);
    }
}

/// Whether the candidates could satisfy each rule if each of them counted any number of times.
fn usable_rules<F: Fn(&MspPrincipal) -> Vec<usize>>(
    rules: &[Rule],
    identities: &[MspPrincipal],
    principals: &Principals<F>,
    effort: &mut Effort,
) -> Result<Vec<bool>, PlanError> {
    let mut usable = vec![false; rules.len()];
    // What a rule is made of has higher numbers.
    for (number, rule) in rules.iter().enumerate().rev() {
        usable[number] = match rule {
            Rule::SignedBy(index) => {
                effort.spend(10 * PRINCIPAL_STEPS)?;
                index
                    .and_then(|index| identities.get(index))
                    .is_some_and(|principal| principals.is_satisfied(principal))
            }
            Rule::OutOf { wanted, among } => {
                among.iter().filter(|rule| usable[**rule]).count() as i64 >= i64::from(*wanted)
            }
        };
    }
    Ok(usable)
}

/// Leaves rules out until there are few enough ways to take `wanted` of them.
fn leave_out(rules: &mut Vec<usize>, wanted: usize, usable: &[bool]) {
    let (good, useless): (Vec<usize>, Vec<usize>) = rules.iter().copied().partition(|rule| usable[*rule]);
    let by_worth: Vec<usize> = good.into_iter().chain(useless).collect();
    let mut count = by_worth.len();
    while exceeds(count, wanted) {
        count -= 1;
    }
    *rules = by_worth;
    rules.truncate(count);
    rules.sort_unstable();
}

/// The sets of the choices that are left.
fn principals_of<F: Fn(&MspPrincipal) -> Vec<usize>>(
    choices: Vec<Choice>,
    rules: &[Rule],
    identities: &[MspPrincipal],
    principals: &mut Principals<F>,
    effort: &mut Effort,
) -> Result<Vec<Vec<u16>>, PlanError> {
    let mut sets = Vec::with_capacity(choices.len());
    for mut choice in choices {
        effort.spend(choice.signatures.len() as u64 * PRINCIPAL_STEPS)?;
        choice.signatures.sort_unstable();
        let principal = |rule: &usize| match rules.get(*rule) {
            Some(Rule::SignedBy(index)) => index.and_then(|index| identities.get(index)),
            _ => None,
        };
        // One malformed set makes the whole policy one that cannot be satisfied.
        let set: Option<Vec<&MspPrincipal>> = choice.signatures.iter().map(principal).collect();
        sets.push(set.filter(|_| !choice.is_malformed).ok_or(PlanError::Unsatisfiable)?);
    }
    if sets.is_empty() {
        return Err(PlanError::Unsatisfiable);
    }
    sets.into_iter().map(|set| set.into_iter().map(|principal| principals.number(principal)).collect()).collect()
}

/// Whether there are more than [`COMBINATIONS_MAX`] ways to take `wanted` of `count`.
fn exceeds(count: usize, wanted: usize) -> bool {
    let wanted = wanted.min(count.saturating_sub(wanted));
    let mut ways: u128 = 1;
    for taken in 0..wanted {
        // Exact: what is divided is the number of ways to take one more, times as many. Below 2^14 times a length.
        ways = ways * (count - taken) as u128 / (taken + 1) as u128;
        if ways > COMBINATIONS_MAX as u128 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_choose_are_told_in_order() {
        for (count, wanted, expected) in [
            (3, 1, vec![vec![7], vec![8], vec![9]]),
            (3, 2, vec![vec![7, 8], vec![7, 9], vec![8, 9]]),
            (3, 3, vec![vec![7, 8, 9]]),
        ] {
            let rules: Vec<usize> = (7..7 + count).collect();
            assert_eq!(combinations(&rules, wanted, &mut Effort::new(1_000)), Ok(expected), "{wanted} of {count}");
        }
        let rules: Vec<usize> = (0..20).collect();
        assert_eq!(combinations(&rules, 10, &mut Effort::new(100_000_000)).map(|all| all.len()), Ok(184_756));
    }

    #[test]
    fn ways_to_choose() {
        for (count, wanted, expected) in [
            (3, 2, false),
            (24, 21, false),
            (25, 21, true),
            (25, 4, true),
            (10_000, 1, false),
            (10_001, 1, true),
            (10_001, 10_001, false),
            (2, 3, false),
            (usize::MAX, usize::MAX / 2, true),
        ] {
            assert_eq!(exceeds(count, wanted), expected, "{wanted} of {count}");
        }
    }
}
