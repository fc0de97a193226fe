//! A configuration's policy as one signature policy (Fabric `common/policies/convert.go`).

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message;
use proto::common::{
    ConfigGroup, ImplicitMetaPolicy, Policy as PolicyProto, SignaturePolicy, SignaturePolicyEnvelope,
    policy::PolicyType, signature_policy,
};

use super::tree::{ROOT, relative_path, threshold};

/// Most principals of a converted policy, and most rules.
const SIZE_MAX: usize = 4096;

/// The signature policy that the policy at `path` comes to: an implicit one counts those of the groups below it. Nothing
/// when there is no such policy, or some group lacks its part of it.
pub(crate) fn as_signature_policy(root: &ConfigGroup, path: &str) -> Option<SignaturePolicyEnvelope> {
    let mut left = SIZE_MAX;
    find(ROOT, root, relative_path(ROOT, path)?, &mut left)
}

/// The policy by a path that goes down from `group`. `left` is how many more rules there may be.
fn find(path: &str, group: &ConfigGroup, name: &str, left: &mut usize) -> Option<SignaturePolicyEnvelope> {
    match name.split_once('/') {
        Some((next, rest)) => find(&format!("{path}/{next}"), group.groups.get(next)?, rest, left),
        None => convert(path, group, group.policies.get(name)?.policy.as_ref()?, left),
    }
}

fn convert(path: &str, group: &ConfigGroup, policy: &PolicyProto, left: &mut usize) -> Option<SignaturePolicyEnvelope> {
    match PolicyType::try_from(policy.r#type).ok()? {
        PolicyType::Signature => SignaturePolicyEnvelope::decode(policy.value.clone()).ok(),
        PolicyType::ImplicitMeta => {
            let meta = ImplicitMetaPolicy::decode(policy.value.clone()).ok()?;
            let mut merged = Merged::default();
            // In the order of their names, where Fabric takes any order.
            for (name, sub_group) in &group.groups {
                let path = format!("{path}/{name}");
                let wanted = relative_path(&path, &meta.sub_policy)?;
                merged.add(find(&path, sub_group, wanted, left)?, left)?;
            }
            let n = threshold(meta.rule, group.groups.len())?;
            let rules = signature_policy::NOutOf { n: i32::try_from(n).ok()?, rules: merged.rules };
            let rule = SignaturePolicy { r#type: Some(signature_policy::Type::NOutOf(rules)) };
            Some(SignaturePolicyEnvelope { version: 0, rule: Some(rule), identities: merged.identities })
        }
        _ => None,
    }
}

/// Policies side by side over one list of principals, each there once.
#[derive(Default)]
struct Merged {
    identities: Vec<proto::common::MspPrincipal>,
    numbers: HashMap<(i32, Bytes), i32>,
    rules: Vec<SignaturePolicy>,
}

impl Merged {
    fn add(&mut self, policy: SignaturePolicyEnvelope, left: &mut usize) -> Option<()> {
        *left = left.checked_sub(policy.identities.len() + 1)?;
        let mut renumbered = Vec::with_capacity(policy.identities.len());
        for principal in policy.identities {
            let key = (principal.principal_classification, principal.principal.clone());
            let next = self.identities.len() as i32;
            let number = *self.numbers.entry(key).or_insert(next);
            if number == next {
                self.identities.push(principal);
            }
            renumbered.push(number);
        }
        self.rules.push(renumber(policy.rule?, &renumbered)?);
        Some(())
    }
}

/// The rule with the principals' new numbers. Its depth is that of the configuration, which decoding bounds.
fn renumber(rule: SignaturePolicy, numbers: &[i32]) -> Option<SignaturePolicy> {
    let r#type = match rule.r#type? {
        signature_policy::Type::SignedBy(index) => {
            signature_policy::Type::SignedBy(*numbers.get(usize::try_from(index).ok()?)?)
        }
        signature_policy::Type::NOutOf(n_out_of) => {
            let rules = n_out_of.rules.into_iter().map(|rule| renumber(rule, numbers)).collect::<Option<_>>()?;
            signature_policy::Type::NOutOf(signature_policy::NOutOf { n: n_out_of.n, rules })
        }
    };
    Some(SignaturePolicy { r#type: Some(r#type) })
}

#[cfg(test)]
mod tests {
    use proto::common::{ConfigPolicy, implicit_meta_policy::Rule};

    use super::*;
    use crate::policy_language::{parse, print};

    fn policy(r#type: PolicyType, value: Vec<u8>) -> ConfigPolicy {
        let policy = PolicyProto { r#type: r#type as i32, value: value.into() };
        ConfigPolicy { policy: Some(policy), ..Default::default() }
    }

    fn implicit(rule: Rule, sub_policy: &str) -> ConfigPolicy {
        let meta = ImplicitMetaPolicy { sub_policy: sub_policy.into(), rule: rule as i32 };
        policy(PolicyType::ImplicitMeta, meta.encode_to_vec())
    }

    fn signature(text: &str) -> ConfigPolicy {
        policy(PolicyType::Signature, parse(text).expect("a policy").encode_to_vec())
    }

    fn group(groups: &[(&str, ConfigGroup)], policies: &[(&str, ConfigPolicy)]) -> ConfigGroup {
        ConfigGroup {
            groups: groups.iter().map(|(name, group)| ((*name).to_owned(), group.clone())).collect(),
            policies: policies.iter().map(|(name, policy)| ((*name).to_owned(), policy.clone())).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn implicit_policies_become_signature_policies() {
        let org = |text: &str| group(&[], &[("Endorsement", signature(text))]);
        let organizations =
            [("A", org("OR('A.peer')")), ("B", org("AND('B.peer', 'A.peer')")), ("C", org("OR('C.peer', 'C.admin')"))];
        let application = group(
            &organizations,
            &[
                ("Endorsement", implicit(Rule::Majority, "Endorsement")),
                ("All", implicit(Rule::All, "Endorsement")),
                ("Absent", implicit(Rule::Any, "Writers")),
            ],
        );
        let empty = group(&[], &[("Any", implicit(Rule::Any, "Writers"))]);
        let root = group(
            &[("Application", application), ("Orderer", empty)],
            &[("Deep", implicit(Rule::Any, "A/Endorsement")), ("Own", signature("OR('A.admin')"))],
        );
        let a_b_c = "OR('A.peer'), AND('B.peer', 'A.peer'), OR('C.peer', 'C.admin')";
        for (path, expected) in [
            ("/Channel/Application/Endorsement", Some(format!("OutOf(2, {a_b_c})"))),
            ("Application/All", Some(format!("OutOf(3, {a_b_c})"))),
            ("/Channel/Application/B/Endorsement", Some("AND('B.peer', 'A.peer')".to_owned())),
            ("/Channel/Own", Some("OR('A.admin')".to_owned())),
            ("/Channel/Application/Absent", None),
            ("/Channel/Application/Unknown", None),
            ("/Channel/Nobody/Endorsement", None),
            // The orderer's group lacks the part.
            ("/Channel/Deep", None),
            ("/Other/Own", None),
        ] {
            let expected = expected.map(|text| print(&parse(&text).expect("a policy")));
            assert_eq!(as_signature_policy(&root, path).map(|policy| print(&policy)), expected, "{path}");
        }
        let nobody = as_signature_policy(&root, "/Channel/Orderer/Any").expect("a policy that asks for nobody");
        assert!(nobody.identities.is_empty());
    }
}
