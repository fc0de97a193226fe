//! Who has to sign.

use std::sync::Arc;

use channel::{CompileError, Policy, PolicyError, policy_language, signed_identities};
use msp::{Identity, Role, SigningIdentity};
use proto::common::{MspPrincipal, SignaturePolicy, SignaturePolicyEnvelope, signature_policy};

use crate::network::{Network, Org, identity, signed};

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
    wrong.signature = peer.sign(b"message");
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
