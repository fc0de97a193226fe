//! Policies, compiled: who has to sign.
//!
//! A signature policy counts principals, each satisfied by a signer of its own; an implicit policy counts the
//! sub-groups whose policy of some name is satisfied (Fabric `common/cauthdsl`, `common/policies`).

mod convert;
mod tree;

use std::sync::Arc;

use msp::{Identity, Principal};
use proto::common::{SignaturePolicy, SignaturePolicyEnvelope, signature_policy};

pub(crate) use convert::as_signature_policy;
pub(crate) use tree::PolicyTree;

/// How deep a signature policy may nest. What comes from outside is less deep: decoding it ends at 49.
const DEPTH_MAX: usize = 128;

/// Why a policy cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A rule is absent, or says nothing.
    #[error("Empty policy element")]
    Empty,
    /// A rule names a principal that is not there.
    #[error("identity index out of range, requested {index}, but identities length is {length}")]
    Index {
        /// The number in the rule.
        index: i32,
        /// How many principals there are.
        length: usize,
    },
    /// A later version of the language.
    #[error("This evaluator only understands messages of version 0, but version was {0}")]
    Version(i32),
    /// Nested too deeply.
    #[error("the policy nests deeper than {DEPTH_MAX} levels")]
    Depth,
    /// Neither a signature nor an implicit policy.
    #[error("unknown policy type: {0}")]
    Type(i32),
    /// An implicit policy with a rule that is none of ANY, ALL and MAJORITY.
    #[error("unknown rule of an implicit meta policy: {0}")]
    Rule(i32),
    /// Not the message that the policy's type says.
    #[error("could not unmarshal the policy")]
    Decode(#[from] prost::DecodeError),
}

/// Why signatures do not satisfy a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The channel has no such policy.
    #[error("no such policy: '{0}'")]
    Missing(String),
    /// Too few signers fit.
    #[error("signature set did not satisfy policy")]
    NotSatisfied,
    /// Too few sub-groups are satisfied.
    #[error(
        "implicit policy evaluation failed - {satisfied} sub-policies were satisfied, but this policy requires {threshold} of the '{name}' sub-policies to be satisfied"
    )]
    Implicit {
        /// How many were.
        satisfied: usize,
        /// How many must be.
        threshold: usize,
        /// The name of the policy in the sub-groups.
        name: String,
    },
}

/// A compiled policy. Cheap to evaluate: about 10 ns for each pair of principal and signer that it looks at.
#[derive(Debug)]
pub struct Policy(Node);

#[derive(Debug)]
enum Node {
    Signature {
        root: Rule,
        principals: Vec<Principal>,
    },
    Implicit {
        threshold: usize,
        name: String,
        sub_policies: Vec<Arc<Policy>>,
    },
    /// What a sub-group counts as that lacks the policy.
    Missing(String),
}

#[derive(Debug)]
enum Rule {
    SignedBy(usize),
    OutOf { threshold: i32, rules: Vec<Rule> },
}

impl Policy {
    /// Compiles a signature policy. Principals that cannot be decoded are satisfied by nobody, as in Fabric.
    pub fn compile(envelope: &SignaturePolicyEnvelope) -> Result<Policy, CompileError> {
        let rule = envelope.rule.as_ref().ok_or(CompileError::Empty)?;
        let root = compile_rule(rule, envelope.identities.len(), 0)?;
        let principals =
            envelope.identities.iter().map(|one| Principal::parse(one).unwrap_or(Principal::Nobody)).collect();
        Ok(Policy(Node::Signature { root, principals }))
    }

    pub(crate) fn implicit(threshold: usize, name: String, sub_policies: Vec<Arc<Policy>>) -> Policy {
        Policy(Node::Implicit { threshold, name, sub_policies })
    }

    pub(crate) fn missing(name: &str) -> Policy {
        Policy(Node::Missing(name.to_owned()))
    }

    /// Whether the signers satisfy the policy. Their signatures must have been verified; each signer must occur once.
    /// Their order counts: a rule takes the first signer that fits and leaves the others to the rules after it.
    pub fn evaluate(&self, signers: &[Arc<Identity>]) -> bool {
        match &self.0 {
            Node::Signature { root, principals } => Evaluation::new(principals, signers).decide(root),
            Node::Implicit { threshold, sub_policies, .. } => {
                *threshold == 0
                    || sub_policies.iter().filter(|policy| policy.evaluate(signers)).take(*threshold).count()
                        == *threshold
            }
            Node::Missing(_) => false,
        }
    }

    /// [`Policy::evaluate`] with Fabric's words for what is missing.
    pub fn check(&self, signers: &[Arc<Identity>]) -> Result<(), PolicyError> {
        if self.evaluate(signers) {
            return Ok(());
        }
        Err(match &self.0 {
            Node::Signature { .. } => PolicyError::NotSatisfied,
            Node::Implicit { threshold, name, sub_policies } => PolicyError::Implicit {
                satisfied: sub_policies.iter().filter(|policy| policy.evaluate(signers)).count(),
                threshold: *threshold,
                name: name.clone(),
            },
            Node::Missing(name) => PolicyError::Missing(name.clone()),
        })
    }
}

fn compile_rule(rule: &SignaturePolicy, principals: usize, depth: usize) -> Result<Rule, CompileError> {
    if depth > DEPTH_MAX {
        return Err(CompileError::Depth);
    }
    match rule.r#type.as_ref().ok_or(CompileError::Empty)? {
        signature_policy::Type::SignedBy(index) => match usize::try_from(*index) {
            Ok(principal) if principal < principals => Ok(Rule::SignedBy(principal)),
            _ => Err(CompileError::Index { index: *index, length: principals }),
        },
        signature_policy::Type::NOutOf(n_out_of) => {
            let rules = n_out_of.rules.iter().map(|rule| compile_rule(rule, principals, depth + 1));
            Ok(Rule::OutOf { threshold: n_out_of.n, rules: rules.collect::<Result<_, _>>()? })
        }
    }
}

/// One evaluation: which signers are spoken for. A rule that fails gives back the signers it took.
struct Evaluation<'a> {
    principals: &'a [Principal],
    signers: &'a [Arc<Identity>],
    used: Vec<bool>,
    /// The signers taken so far, in order.
    taken: Vec<usize>,
}

impl<'a> Evaluation<'a> {
    fn new(principals: &'a [Principal], signers: &'a [Arc<Identity>]) -> Evaluation<'a> {
        Evaluation { principals, signers, used: vec![false; signers.len()], taken: Vec::with_capacity(signers.len()) }
    }

    /// Decides the outermost rule, for which it no longer matters who is spoken for once enough rules hold.
    fn decide(&mut self, root: &Rule) -> bool {
        let Rule::OutOf { threshold, rules } = root else { return self.holds(root) };
        let mut satisfied = 0;
        for rule in rules {
            if satisfied >= *threshold {
                return true;
            }
            satisfied += i32::from(self.attempt(rule));
        }
        satisfied >= *threshold
    }

    fn holds(&mut self, rule: &Rule) -> bool {
        match rule {
            Rule::SignedBy(principal) => {
                let principal = &self.principals[*principal];
                let mut signers = self.signers.iter().enumerate();
                let found = signers.find(|(index, signer)| !self.used[*index] && signer.matches(principal));
                let Some((index, _)) = found else { return false };
                self.used[index] = true;
                self.taken.push(index);
                true
            }
            Rule::OutOf { threshold, rules } => {
                // All rules are tried, also when enough hold: those after this one see who is left.
                let satisfied = rules.iter().filter(|rule| self.attempt(rule)).count();
                satisfied as i64 >= i64::from(*threshold)
            }
        }
    }

    fn attempt(&mut self, rule: &Rule) -> bool {
        let before = self.taken.len();
        let holds = self.holds(rule);
        if !holds {
            for index in self.taken.drain(before..) {
                self.used[index] = false;
            }
        }
        holds
    }
}
