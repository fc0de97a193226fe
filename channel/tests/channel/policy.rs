//! Who has to sign.

use std::sync::Arc;

use channel::{CompileError, Policy, PolicyError, policy_language, signed_identities};
use msp::{Identity, Role, SigningIdentity};
use prost::Message;
use proto::common::implicit_meta_policy::Rule;
use proto::common::policy::PolicyType;
use proto::common::{
    ConfigGroup, ConfigPolicy, ImplicitMetaPolicy, MspPrincipal, SignaturePolicy, SignaturePolicyEnvelope,
    signature_policy,
};
use proto::protos::{
    CollectionConfig, CollectionConfigPackage, CollectionPolicyConfig, StaticCollectionConfig, collection_config,
    collection_policy_config,
};

use crate::network::{Network, Org, chain_of, identity, signed};

#[test]
fn rules_take_signers_in_order_and_never_twice() {
    let network = Network::new(&["AMSP", "BMSP"]);
    let bundle = network.bundle();
    let [a, b] = [&network.orgs[0], &network.orgs[1]];
    let signers: Vec<(&str, SigningIdentity)> = vec![
        ("a-peer", a.signer("peer", Role::Peer)),
        ("a-peer2", a.signer("peer2", Role::Peer)),
        ("a-admin", a.signer("admin", Role::Admin)),
        ("b-peer", b.signer("peer", Role::Peer)),
    ];
    let check = |policy: &str, names: &str, expected: bool| {
        let policy = Policy::compile(&policy_language::parse(policy).expect(policy)).expect(policy);
        let signers: Vec<Arc<Identity>> = names
            .split_whitespace()
            .map(|name| identity(&bundle, &signers.iter().find(|(known, _)| *known == name).expect(name).1))
            .collect();
        assert_eq!(policy.evaluate(&signers), expected, "{policy:?} by {names}");
    };
    check("OR('AMSP.member')", "a-peer", true);
    check("OR('AMSP.member')", "b-peer", false);
    check("OR('AMSP.member')", "", false);
    check("AND('AMSP.member', 'BMSP.member')", "a-peer b-peer", true);
    check("AND('AMSP.member', 'BMSP.member')", "b-peer a-peer", true);
    check("AND('AMSP.member', 'BMSP.member')", "a-peer", false);
    // One signer fills one place.
    check("AND('AMSP.member', 'AMSP.member')", "a-peer", false);
    check("AND('AMSP.member', 'AMSP.member')", "a-peer a-peer2", true);
    check("OutOf(2, 'AMSP.peer', 'AMSP.peer', 'BMSP.peer')", "a-peer b-peer", true);
    check("OutOf(2, 'AMSP.peer', 'BMSP.peer', 'BMSP.peer')", "b-peer", false);
    // Greedy: the first leaf takes the first signer that fits, and does not give it up again.
    check("AND('AMSP.member', 'AMSP.admin')", "a-peer a-admin", true);
    check("AND('AMSP.member', 'AMSP.admin')", "a-admin a-peer", false);
    // A rule that fails gives back what it took.
    check("OR(AND('AMSP.peer', 'BMSP.admin'), AND('AMSP.peer', 'BMSP.peer'))", "a-peer b-peer", true);
    // A rule inside takes all the signers that its own rules can use, also when fewer would do.
    check("AND(OR('AMSP.peer', 'BMSP.peer'), 'BMSP.peer')", "a-peer b-peer", false);
    check("AND('BMSP.peer', OR('AMSP.peer', 'BMSP.peer'))", "a-peer b-peer", true);
    check("OutOf(0, 'AMSP.peer')", "", true);
    check("OutOf(2, 'AMSP.peer')", "a-peer a-peer2", false);
}

#[test]
fn broken_policies_do_not_compile() {
    let signed_by = |index| SignaturePolicy { r#type: Some(signature_policy::Type::SignedBy(index)) };
    let check = |rule: Option<SignaturePolicy>, expected: CompileError| {
        let envelope = SignaturePolicyEnvelope { version: 0, rule, identities: vec![MspPrincipal::default()] };
        assert_eq!(Policy::compile(&envelope).expect_err("broken"), expected);
    };
    check(None, CompileError::Empty);
    check(Some(SignaturePolicy { r#type: None }), CompileError::Empty);
    check(Some(signed_by(1)), CompileError::Index { index: 1, length: 1 });
    check(Some(signed_by(-1)), CompileError::Index { index: -1, length: 1 });
    let deep = (0..1000).fold(signed_by(0), |rule, _| SignaturePolicy {
        r#type: Some(signature_policy::Type::NOutOf(signature_policy::NOutOf { n: 1, rules: vec![rule] })),
    });
    check(Some(deep), CompileError::Depth);
}

#[test]
fn implicit_policies_count_organisations() {
    let network = Network::new(&["AMSP", "BMSP", "CMSP"]);
    let bundle = network.bundle();
    let admins: Vec<_> = network.orgs.iter().map(|org| org.signer("admin", Role::Admin)).collect();
    let by = |signers: &[&SigningIdentity]| signers.iter().map(|signer| signed(signer, b"message")).collect::<Vec<_>>();
    let error = bundle.evaluate("/Channel/Application/Admins", &by(&[&admins[0]])).expect_err("one of three");
    assert_eq!(
        error.to_string(),
        "implicit policy evaluation failed - 1 sub-policies were satisfied, but this policy requires 2 of the 'Admins' \
         sub-policies to be satisfied"
    );
    bundle.evaluate("/Channel/Application/Admins", &by(&[&admins[0], &admins[2]])).expect("two of three");
    bundle.evaluate("/Channel/Application/Writers", &by(&[&admins[1]])).expect("any");
    bundle.evaluate("/Channel/Application/Writers", &by(&[])).expect_err("nobody");
    let error = bundle.evaluate("/Channel/Application/A/Admins", &by(&[&admins[1]])).expect_err("another's");
    assert_eq!(error, PolicyError::NotSatisfied);
    let error = bundle.evaluate("/Channel/Application/None", &by(&[&admins[1]])).expect_err("no such policy");
    assert_eq!(error.to_string(), "no such policy: 'Application/None'");
}

#[test]
fn only_right_signatures_count_and_each_signer_once() {
    let network = Network::new(&["AMSP"]);
    let bundle = network.bundle();
    let (peer, admin) = (network.orgs[0].signer("peer", Role::Peer), network.orgs[0].signer("admin", Role::Admin));
    let stranger = Org::new("AMSP").signer("peer", Role::Peer);
    let mut wrong = signed(&admin, b"message");
    wrong.signature = peer.sign(b"message").expect("signed");
    let mut garbage = signed(&peer, b"message");
    garbage.identity = bytes::Bytes::from_static(b"garbage");
    let all = [
        wrong,
        garbage,
        signed(&stranger, b"message"),
        signed(&peer, b"message"),
        signed(&peer, b"message"),
        signed(&admin, b"message"),
    ];
    let found = signed_identities(bundle.msps(), &all);
    assert_eq!(found.iter().map(|one| one.is_peer()).collect::<Vec<_>>(), [true, false], "peer, then admin");
}

/// Fabric's evaluation as its rules say it: every rule sees who is left over, and a rule that fails takes nobody.
fn satisfied(
    rule: &SignaturePolicy,
    principals: &[MspPrincipal],
    signers: &[Arc<Identity>],
    used: &mut Vec<bool>,
) -> bool {
    match rule.r#type.as_ref().expect("a rule") {
        signature_policy::Type::SignedBy(index) => {
            let fits = |signer: &usize| {
                !used[*signer] && signers[*signer].satisfies(&principals[*index as usize]).expect("a principal")
            };
            let found = (0..signers.len()).find(fits);
            found.inspect(|signer| used[*signer] = true).is_some()
        }
        signature_policy::Type::NOutOf(n_out_of) => {
            let mut satisfied_rules = 0;
            for rule in &n_out_of.rules {
                let mut copy = used.clone();
                if satisfied(rule, principals, signers, &mut copy) {
                    satisfied_rules += 1;
                    *used = copy;
                }
            }
            satisfied_rules >= n_out_of.n
        }
    }
}

/// Four signers of two organisations.
fn crowd() -> &'static [Arc<Identity>] {
    use std::sync::LazyLock;
    static CROWD: LazyLock<Vec<Arc<Identity>>> = LazyLock::new(|| {
        let network = Network::new(&["AMSP", "BMSP"]);
        let bundle = network.bundle();
        let [a, b] = [&network.orgs[0], &network.orgs[1]];
        [a.signer("a", Role::Peer), a.signer("b", Role::Admin), b.signer("c", Role::Peer), b.signer("d", Role::Client)]
            .iter()
            .map(|signer| identity(&bundle, signer))
            .collect()
    });
    &CROWD
}

fn texts() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let principal = ("[AB]", prop_oneof!["member", "peer", "admin", "client"]);
    let principal = principal.prop_map(|(org, role)| format!("'{org}MSP.{role}'"));
    principal.prop_recursive(3, 12, 4, |inner| {
        (0usize..4, proptest::collection::vec(inner, 1..4))
            .prop_map(|(n, rules)| format!("OutOf({}, {})", n.min(rules.len() + 1), rules.join(", ")))
    })
}

proptest::proptest! {
    #[test]
    fn evaluation_is_fabrics(text in texts(), order in proptest::collection::vec(0usize..4, 0..5)) {
        let envelope = policy_language::parse(&text).expect("a policy");
        let mut order = order;
        let mut seen = [false; 4];
        order.retain(|signer| !std::mem::replace(&mut seen[*signer], true));
        let signers: Vec<_> = order.iter().map(|signer| Arc::clone(&crowd()[*signer])).collect();
        let rule = envelope.rule.as_ref().expect("a rule");
        let expected = satisfied(rule, &envelope.identities, &signers, &mut vec![false; signers.len()]);
        let policy = Policy::compile(&envelope).expect("a policy");
        proptest::prop_assert_eq!(policy.evaluate(&signers), expected);
        proptest::prop_assert_eq!(policy.check(&signers).is_ok(), expected);
    }
}

#[test]
fn thresholds_are_numbers_like_any_other() {
    let rule = |index| SignaturePolicy { r#type: Some(signature_policy::Type::SignedBy(index)) };
    let check = |n: i32, count: usize, expected: bool| {
        let envelope = SignaturePolicyEnvelope {
            version: 0,
            rule: Some(SignaturePolicy {
                r#type: Some(signature_policy::Type::NOutOf(signature_policy::NOutOf {
                    n,
                    rules: vec![rule(0); count],
                })),
            }),
            identities: policy_language::parse("'AMSP.member'").expect("a policy").identities,
        };
        let policy = Policy::compile(&envelope).expect("a policy");
        assert_eq!(policy.evaluate(&crowd()[..2]), expected, "{n} of {count}");
    };
    check(0, 0, true);
    check(-1, 1, true);
    check(i32::MIN, 0, true);
    check(1, 0, false);
    // The same principal may be asked for more than once, each time of somebody else.
    check(2, 2, true);
    check(3, 3, false);
    check(i32::MAX, 2, false);
}

#[test]
fn principals_that_nobody_can_read_are_nobody() {
    let envelope = SignaturePolicyEnvelope {
        version: 0,
        rule: policy_language::parse("'AMSP.member'").expect("a policy").rule,
        identities: vec![MspPrincipal { principal_classification: 99, principal: Default::default() }],
    };
    let policy = Policy::compile(&envelope).expect("compiles, as in Fabric");
    assert_eq!(policy.check(crowd()), Err(PolicyError::NotSatisfied));
}

#[test]
fn the_deepest_policy_can_be_stored() {
    let deepest = (0..policy_language::DEPTH_MAX).fold("'A.peer'".to_owned(), |inner, _| format!("OR({inner})"));
    let policy = policy_language::parse(&deepest).expect("not too deep");
    let static_config = StaticCollectionConfig {
        member_orgs_policy: Some(CollectionPolicyConfig {
            payload: Some(collection_policy_config::Payload::SignaturePolicy(policy)),
        }),
        ..Default::default()
    };
    let config = CollectionConfig { payload: Some(collection_config::Payload::StaticCollectionConfig(static_config)) };
    let package = CollectionConfigPackage { config: vec![config] };
    assert_eq!(CollectionConfigPackage::decode(&package.encode_to_vec()[..]), Ok(package));
    assert_eq!(policy_language::parse(&format!("OR({deepest})")), Err(policy_language::ParseError::TooDeep));
}

fn implicit(rule: i32, sub_policy: &str) -> ConfigPolicy {
    let meta = ImplicitMetaPolicy { sub_policy: sub_policy.to_owned(), rule };
    let policy = proto::common::Policy { r#type: PolicyType::ImplicitMeta as i32, value: meta.encode_to_vec().into() };
    ConfigPolicy { version: 0, policy: Some(policy), mod_policy: "Admins".to_owned() }
}

/// A network of three organisations whose application group has a policy `Test`, changed as the test wants.
fn with_policy(policy: ConfigPolicy, change: fn(&mut ConfigGroup)) -> (Network, Result<channel::Bundle, String>) {
    let network = Network::new(&["AMSP", "BMSP", "CMSP"]);
    let config = network.changed(|root| {
        let application = root.groups.get_mut("Application").expect("a group");
        application.policies.insert("Test".to_owned(), policy);
        change(application);
    });
    let bundle = channel::Bundle::from_config("mychannel", config).map_err(|error| chain_of(&error));
    (network, bundle)
}

#[test]
fn implicit_policies_by_rule_and_sub_policy() {
    let check = |rule: Rule, sub_policy: &str, change: fn(&mut ConfigGroup), needed: Option<usize>, words: &str| {
        let (network, bundle) = with_policy(implicit(rule as i32, sub_policy), change);
        let bundle = bundle.expect("a channel");
        let admins: Vec<_> = network.orgs.iter().map(|org| org.signer("admin", Role::Admin)).collect();
        for count in 0..=admins.len() {
            let signed: Vec<_> = admins[..count].iter().map(|admin| signed(admin, b"message")).collect();
            let result = bundle.evaluate("/Channel/Application/Test", &signed);
            let case = format!("{rule:?} {sub_policy} by {count}: {result:?}");
            assert_eq!(result.is_ok(), needed.is_some_and(|needed| count >= needed), "{case}");
            if let (0, Err(error)) = (count, result) {
                assert!(error.to_string().ends_with(words), "{case}");
            }
        }
    };
    let same: fn(&mut ConfigGroup) = |_| ();
    let one_less: fn(&mut ConfigGroup) = |application| {
        application.groups.get_mut("A").expect("a group").policies.remove("Admins");
    };
    check(Rule::Any, "Admins", same, Some(1), "requires 1 of the 'Admins' sub-policies to be satisfied");
    check(Rule::Majority, "Admins", same, Some(2), "requires 2 of the 'Admins' sub-policies to be satisfied");
    check(Rule::All, "Admins", same, Some(3), "requires 3 of the 'Admins' sub-policies to be satisfied");
    // A group without the policy counts and says no.
    check(Rule::Any, "Admins", one_less, Some(2), "requires 1 of the 'Admins' sub-policies to be satisfied");
    check(Rule::Majority, "Admins", one_less, Some(3), "requires 2 of the 'Admins' sub-policies to be satisfied");
    check(Rule::All, "Admins", one_less, None, "requires 3 of the 'Admins' sub-policies to be satisfied");
    check(Rule::Any, "None", same, None, "requires 1 of the 'None' sub-policies to be satisfied");
    // An absolute path is found below one's own group only.
    let path = "/Channel/Application/A/Admins";
    check(Rule::Any, path, same, Some(1), "");
    check(Rule::Majority, path, same, None, "");
    check(Rule::Any, "/Channel/Application/Admins", same, None, "");
    check(Rule::Any, "", same, None, "");
    // Without groups, nobody is asked.
    let none: fn(&mut ConfigGroup) = |application| application.groups.clear();
    for rule in [Rule::Any, Rule::All, Rule::Majority] {
        check(rule, "Admins", none, Some(0), "");
    }
}

#[test]
fn unknown_implicit_rules_are_refused() {
    let (_, bundle) = with_policy(implicit(3, "Admins"), |_| ());
    let expected = "policy /Channel/Application/Test did not compile: unknown rule of an implicit meta policy: 3";
    assert_eq!(bundle.expect_err("no such rule"), expected);
}

#[test]
fn policies_by_path() {
    let bundle = Network::new(&["AMSP", "BMSP"]).bundle();
    let check = |group: &str, name: &str, same_as: Option<&str>| {
        let found = bundle.policy_in(group, name);
        let expected = same_as.map(|path| bundle.policy(path).expect(path));
        let same = match (&found, &expected) {
            (Some(found), Some(expected)) => Arc::ptr_eq(found, expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        assert!(same, "{name:?} in {group}: {found:?}");
    };
    let admins = Some("/Channel/Application/A/Admins");
    check("/Channel", "Application/A/Admins", admins);
    check("/Channel/Application", "A/Admins", admins);
    check("/Channel/Application/A", "Admins", admins);
    check("/Channel/Application/A", "/Channel/Application/A/Admins", admins);
    check("/Channel/Orderer", "/Channel/Application/A/Admins", admins);
    check("/Channel/Application", "Admins", Some("/Channel/Application/Admins"));
    check("/Channel/Application", "B/Endorsement", Some("/Channel/Application/B/Endorsement"));
    // Whatever stands where the slash behind a group's path should be, as in Fabric.
    check("/Channel", "/ChannelXApplication/A/Admins", admins);
    for (group, name) in [
        ("/Channel/Application", "B/Nothing"),
        ("/Channel/Application", "Orderer/Admins"),
        ("/Channel/Application", "/Application/Admins"),
        ("/Channel/Application", "/Channel/Nobody/Admins"),
        ("/Channel/Application", "/Channel"),
        ("/Channel/Application", "/Channel/"),
        ("/Channel/Application", "/Channe\u{301}l/Admins"),
        ("/Channel/Application", "A"),
        ("/Channel/Application", "A/"),
        ("/Channel/Application", ""),
        ("/Channel/Nobody", "Admins"),
        ("/ChannelApplication", "Admins"),
        ("Application", "Admins"),
    ] {
        check(group, name, None);
    }
    let error = |path: &str| bundle.evaluate_identities(path, &[]).expect_err(path).to_string();
    assert_eq!(error("/Channel/Application/None"), "no such policy: 'Application/None'");
    assert_eq!(error("Application/None"), "no such policy: 'Application/None'");
    assert_eq!(error("/Other/None"), "no such policy: '/Other/None'");
    assert_eq!(error(""), "no such policy: ''");
}
