//! What Fabric 3.1.5 answers for the same policies and peers. The cases in `endorsers.txt` were asked of its
//! `discovery/endorsement` forty times each; those whose answer depends on the order of Go's maps are not among them.

use bytes::Bytes;
use prost::Message;
use proto::common::msp_principal::Classification;
use proto::common::msp_role::MspRoleType;
use proto::common::{MspRole, OrganizationUnit, SignaturePolicy, signature_policy};
use proto::msp::SerializedIdentity;

use super::*;
use crate::policy_language::parse;

const CASES: &str = include_str!("../../tests/data/endorsers.txt");

/// Far more than any case needs.
const STEPS: u64 = 10_000_000;

#[derive(Default)]
struct Case<'a> {
    name: &'a str,
    policies: Vec<SignaturePolicyEnvelope>,
    keys: Vec<SignaturePolicyEnvelope>,
    peers: Vec<Peer<'a>>,
    expected: Vec<String>,
}

struct Peer<'a> {
    msp_id: &'a str,
    name: &'a str,
    roles: &'a str,
    unit: &'a str,
    runs: bool,
}

impl Peer<'_> {
    fn satisfies(&self, principal: &MspPrincipal) -> bool {
        let bytes = principal.principal.clone();
        match Classification::try_from(principal.principal_classification).expect("known") {
            Classification::Role => MspRole::decode(bytes).is_ok_and(|role| {
                let name = match MspRoleType::try_from(role.role).expect("known") {
                    MspRoleType::Member => "",
                    MspRoleType::Admin => "admin",
                    _ => "peer",
                };
                role.msp_identifier == self.msp_id && self.roles.contains(name)
            }),
            Classification::OrganizationUnit => OrganizationUnit::decode(bytes).is_ok_and(|unit| {
                unit.msp_identifier == self.msp_id && unit.organizational_unit_identifier == self.unit
            }),
            Classification::Identity => SerializedIdentity::decode(bytes)
                .is_ok_and(|identity| identity.mspid == self.msp_id && identity.id_bytes == self.name.as_bytes()),
            _ => false,
        }
    }
}

fn policy(text: &str) -> SignaturePolicyEnvelope {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hexadecimal digits"));
    let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect();
    SignaturePolicyEnvelope::decode(Bytes::from(bytes)).expect("a policy")
}

fn cases() -> Vec<Case<'static>> {
    let mut cases: Vec<Case> = Vec::new();
    for line in CASES.lines() {
        let (kind, rest) = line.split_once(' ').expect("a word and more");
        if kind == "case" {
            cases.push(Case { name: rest, ..Default::default() });
            continue;
        }
        let case = cases.last_mut().expect("a case comes first");
        match kind {
            "policy" => case.policies.push(policy(rest)),
            "key" => case.keys.push(policy(rest)),
            "peer" => {
                let [msp_id, name, roles, unit, runs] = rest.split(' ').collect::<Vec<_>>()[..] else {
                    panic!("{line}")
                };
                case.peers.push(Peer { msp_id, name, roles, unit, runs: runs == "runs" });
            }
            _ => case.expected.push(line.to_owned()),
        }
    }
    cases
}

fn planned(
    policies: &[SignaturePolicyEnvelope],
    keys: &[SignaturePolicyEnvelope],
    peers: &[Peer],
    steps: u64,
) -> Result<Plan, PlanError> {
    let candidates: Vec<Candidate> = peers.iter().map(|peer| Candidate { runs_chaincodes: peer.runs }).collect();
    let satisfying = |principal: &MspPrincipal| {
        let fitting = peers.iter().enumerate().filter(|(_, peer)| peer.satisfies(principal));
        fitting.map(|(position, _)| position).collect()
    };
    let policies: Vec<&SignaturePolicyEnvelope> = policies.iter().collect();
    let keys: Vec<&SignaturePolicyEnvelope> = keys.iter().collect();
    plan(&policies, &keys, &candidates, satisfying, &mut Effort::new(steps))
}

/// Layouts by the names of those who may endorse, which do not depend on what groups are called.
fn shown(answer: Result<Plan, PlanError>, peers: &[Peer]) -> Vec<String> {
    let plan = match answer {
        Ok(plan) => plan,
        Err(error) => return vec![format!("error {error}")],
    };
    let group = |(group, count): (&usize, &u32)| {
        let names: Vec<&str> = plan.groups[group].iter().map(|peer| peers[*peer].name).collect();
        format!("{count} of {}", names.join(","))
    };
    let layout = |layout: &BTreeMap<usize, u32>| {
        let mut groups: Vec<String> = layout.iter().map(group).collect();
        groups.sort_unstable();
        format!("layout {}", groups.join("; "))
    };
    let mut layouts: Vec<String> = plan.layouts.iter().map(layout).collect();
    layouts.sort_unstable();
    layouts
}

#[test]
fn layouts_are_those_of_fabric() {
    let cases = cases();
    assert!(cases.len() > 190);
    for case in cases {
        let answer = planned(&case.policies, &case.keys, &case.peers, STEPS);
        assert_eq!(shown(answer, &case.peers), case.expected, "{}", case.name);
    }
}

fn peers_of(organizations: &[&'static str]) -> Vec<Peer<'static>> {
    let peer = |msp_id| Peer { msp_id, name: msp_id, roles: "peer", unit: "-", runs: true };
    organizations.iter().copied().map(peer).collect()
}

/// `n` of as many organisations, `O0` and on.
fn out_of(n: i32, count: usize) -> SignaturePolicyEnvelope {
    let names: Vec<String> = (0..count).map(|number| format!("'O{number}.peer'")).collect();
    let mut policy = parse(&format!("OR({})", names.join(","))).expect("a policy");
    if let Some(signature_policy::Type::NOutOf(rules)) = policy.rule.as_mut().and_then(|rule| rule.r#type.as_mut()) {
        rules.n = n;
    }
    policy
}

#[test]
fn rules_that_nobody_satisfies_are_the_first_to_be_left_out() {
    // Twenty of forty would be 10^11 combinations.
    let organizations = ["O1", "O38", "O39"];
    let plan = planned(&[out_of(3, 40), out_of(20, 40)], &[], &peers_of(&organizations), STEPS);
    assert_eq!(plan, Err(PlanError::Effort), "what remains is far too much to be merged");
    let plan = planned(&[out_of(3, 60)], &[], &peers_of(&organizations), STEPS).expect("those three");
    assert_eq!(plan.layouts.len(), 1);
    let names: Vec<String> = (0..22).map(|number| format!("O{number}")).collect();
    let names: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
    let plan = planned(&[out_of(20, 40)], &[], &peers_of(&names), STEPS).expect("many");
    assert_eq!(plan.layouts.len(), 231, "20 of the 22 that are there");
}

#[test]
fn work_is_bounded() {
    let rule = |r#type| SignaturePolicy { r#type: Some(r#type) };
    let either = |inner: SignaturePolicy| {
        rule(signature_policy::Type::NOutOf(signature_policy::NOutOf { n: 1, rules: vec![inner; 11] }))
    };
    let nested = (0..4).fold(rule(signature_policy::Type::SignedBy(0)), |inner, _| either(inner));
    let nested = SignaturePolicyEnvelope { rule: Some(nested), ..parse("OR('A.peer')").expect("a policy") };
    let peers = peers_of(&["A"]);
    // 11^4 times the same; what is kept is bounded.
    let plan = planned(&[nested], &[], &peers, 3 * STEPS).expect("layouts");
    assert_eq!(plan.layouts.len(), 10_000);
    for (policies, steps, expected) in [
        (vec![out_of(1, 2000)], STEPS, PlanError::TooManyPrincipals),
        (vec![out_of(1500, 1500)], STEPS, PlanError::Effort),
        (vec![out_of(3, 20), out_of(4, 20), out_of(5, 20)], STEPS, PlanError::Effort),
        (vec![out_of(1, 4)], 3, PlanError::Effort),
        (vec![], STEPS, PlanError::NoPolicy),
    ] {
        assert_eq!(planned(&policies, &[], &peers, steps), Err(expected));
    }
}
