//! Channels before Application V2_0, from transactions with real signatures.

mod network;

use bytes::Bytes;
use channel::Bundle;
use channel::legacy::{ChaincodeData, NAMESPACE, collections_key};
use channel::policy_language;
use network::{Draft, Network, hashed_write, key_policy, public, read, write};
use prost::Message;
use proto::common::{Capabilities, Capability, Config, ConfigValue};
use proto::kvrwset::KvrwSet;
use proto::protos::chaincode_spec::Type;
use proto::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeInvocationSpec, ChaincodeProposalPayload,
    ChaincodeSpec, CollectionConfig, CollectionConfigPackage, CollectionPolicyConfig, StaticCollectionConfig,
    TxValidationCode as Code, collection_config, collection_policy_config,
};
use proto::rwset::NsReadWriteSet;

const MEMBERS: &str = "OR('Org1MSP.member')";
const ADMINS: &str = "OR('Org1MSP.admin')";

/// A channel whose application group has one capability, or none.
fn network(capability: &str) -> Network {
    let mut network = Network::new(1);
    let mut config: Config = network.bundle.config().clone();
    let group = config.channel_group.as_mut().and_then(|group| group.groups.get_mut("Application")).expect("a group");
    let names = (!capability.is_empty()).then(|| (capability.to_owned(), Capability {}));
    let capabilities = Capabilities { capabilities: names.into_iter().collect() };
    let value = ConfigValue { value: capabilities.encode_to_vec().into(), ..Default::default() };
    group.values.insert("Capabilities".to_owned(), value);
    network.bundle = std::sync::Arc::new(Bundle::from_config(network::CHANNEL, config).expect("a configuration"));
    network
}

fn policy(text: &str) -> Bytes {
    policy_language::parse(text).expect("a policy").encode_to_vec().into()
}

fn data(name: &str, version: &str, instantiation_policy: &str) -> ChaincodeData {
    ChaincodeData {
        name: name.to_owned(),
        version: version.to_owned(),
        escc: "escc".to_owned(),
        vscc: "vscc".to_owned(),
        policy: policy(MEMBERS),
        instantiation_policy: policy(instantiation_policy),
        ..Default::default()
    }
}

fn define(network: &Network, data: &ChaincodeData) {
    let writes = vec![write(&data.name, &data.encode_to_vec())];
    network.commit_writes(NAMESPACE, KvrwSet { writes, ..Default::default() });
}

/// A channel with `basic` in version 1.0.
fn basic(capability: &str) -> Network {
    let network = network(capability);
    define(&network, &data("basic", "1.0", ADMINS));
    network
}

fn collections(name: &str, block_to_live: u64) -> Bytes {
    let members = policy_language::parse(MEMBERS).expect("a policy");
    let members = collection_policy_config::Payload::SignaturePolicy(members);
    let config = StaticCollectionConfig {
        name: name.to_owned(),
        block_to_live,
        maximum_peer_count: 1,
        member_orgs_policy: Some(CollectionPolicyConfig { payload: Some(members) }),
        ..Default::default()
    };
    let payload = Some(collection_config::Payload::StaticCollectionConfig(config));
    CollectionConfigPackage { config: vec![CollectionConfig { payload }] }.encode_to_vec().into()
}

/// A call of `lscc`, and what it is said to have written.
#[derive(Clone)]
struct Deployment {
    function: &'static str,
    kind: Type,
    name: String,
    version: String,
    collections: Option<Bytes>,
    written: ChaincodeData,
    more: Vec<NsReadWriteSet>,
    by_admin: bool,
    args: usize,
}

fn deployment(function: &'static str, name: &str, version: &str) -> Deployment {
    Deployment {
        function,
        kind: Type::Golang,
        name: name.to_owned(),
        version: version.to_owned(),
        collections: None,
        written: data(name, version, ADMINS),
        more: Vec::new(),
        by_admin: true,
        args: 6,
    }
}

impl Deployment {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn sign(self, network: &Network) -> Bytes {
        let org = &network.orgs[0];
        let spec = ChaincodeSpec {
            r#type: self.kind as i32,
            chaincode_id: Some(ChaincodeId { name: self.name, version: self.version, ..Default::default() }),
            ..Default::default()
        };
        let spec = ChaincodeDeploymentSpec { chaincode_spec: Some(spec), ..Default::default() };
        let text = |text: &'static str| Bytes::from_static(text.as_bytes());
        let mut args = vec![text(self.function), text(network::CHANNEL), spec.encode_to_vec().into()];
        args.extend([policy(MEMBERS), text("escc"), text("vscc")]);
        args.truncate(self.args);
        args.extend(self.collections.clone());
        let input = ChaincodeInput { args, ..Default::default() };
        let spec = ChaincodeSpec { input: Some(input), ..Default::default() };
        let input = ChaincodeInvocationSpec { chaincode_spec: Some(spec) }.encode_to_vec();
        let proposal = ChaincodeProposalPayload { input: input.into(), ..Default::default() };
        let mut writes = vec![write(&self.written.name, &self.written.encode_to_vec())];
        writes.extend(self.collections.map(|bytes| write(&collections_key(&self.written.name), &bytes)));
        let mut sets = vec![public(NAMESPACE, KvrwSet { writes, ..Default::default() })];
        sets.extend(self.more);
        let creator = if self.by_admin { &org.admin } else { &org.user };
        let mut draft = Draft::new(creator, vec![&org.peer], KvrwSet::default()).invoke(NAMESPACE, sets);
        draft.proposal = proposal.encode_to_vec().into();
        draft.sign()
    }
}

fn judge(network: &Network, data: Vec<Bytes>) -> Vec<Code> {
    network.judge(data).candidate.transactions.iter().map(|transaction| transaction.code).collect()
}

#[test]
fn a_chaincode_of_lscc_is_judged_by_its_definition() {
    let network = basic("V1_4_2");
    let put = |change: fn(&mut Draft<'_>)| judge(&network, vec![network.put("a").with(change).sign()])[0];
    assert_eq!(put(|_| ()), Code::Valid);
    assert_eq!(put(|draft| draft.endorsers.clear()), Code::EndorsementPolicyFailure);
    let version = |version: &str| {
        let draft = network.put("a").with(|draft| {
            draft.action.chaincode_id.as_mut().expect("id").version = version.to_owned();
        });
        judge(&network, vec![draft.sign()])[0]
    };
    assert_eq!((version("2.0"), version("")), (Code::ExpiredChaincode, Code::InvalidOtherReason));
    let writes = |namespace: &str| {
        let set = public(namespace, KvrwSet { writes: vec![write("k", b"v")], ..Default::default() });
        judge(&network, vec![network.put("a").with(|draft| draft.results.ns_rwset.push(set)).sign()])[0]
    };
    for (namespace, expected) in [
        ("lscc", Code::IllegalWriteset),
        ("cscc", Code::IllegalWriteset),
        ("vscc", Code::IllegalWriteset),
        ("qscc", Code::Valid),
        ("unknown", Code::InvalidOtherReason),
        ("_lifecycle", Code::InvalidOtherReason),
    ] {
        assert_eq!(writes(namespace), expected, "{namespace}");
    }
    let event =
        |chaincode: &str| judge(&network, vec![network.put("a").with(|draft| draft.event(chaincode, b"")).sign()])[0];
    assert_eq!((event("basic"), event("other")), (Code::Valid, Code::InvalidOtherReason));
}

#[test]
fn editions_differ_in_what_they_look_at() {
    // Before V1_2 nobody looks at what is not written to, nor at events.
    for (capability, expected) in [
        ("", Code::Valid),
        ("V1_1", Code::Valid),
        ("V1_2", Code::InvalidOtherReason),
        ("V1_4_2", Code::InvalidOtherReason),
    ] {
        let network = basic(capability);
        let reads = KvrwSet { reads: vec![read("k", None)], ..Default::default() };
        let org = &network.orgs[0];
        let draft = Draft::new(&org.user, vec![&org.peer], KvrwSet::default());
        let draft = draft.invoke("unknown", vec![public("basic", reads)]);
        assert_eq!(
            judge(&network, vec![draft.sign()]),
            [expected],
            "{capability}: an undefined chaincode that writes nothing"
        );
        let event = network.put("a").with(|draft| draft.event("other", b""));
        assert_eq!(judge(&network, vec![event.sign()]), [expected], "{capability}: the event of another chaincode");
        let draft = network.put("a");
        let twice = draft.sign();
        let second = if capability.is_empty() { Code::Valid } else { Code::DuplicateTxid };
        assert_eq!(judge(&network, vec![twice.clone(), twice]), [Code::Valid, second], "{capability}: an id twice");
    }
}

#[test]
fn policies_of_keys_count_from_v1_3_on() {
    for (capability, expected) in [("V1_2", Code::Valid), ("V1_3", Code::EndorsementPolicyFailure)] {
        let network = basic(capability);
        let metadata = KvrwSet {
            writes: vec![write("a", b"1")],
            metadata_writes: vec![key_policy("a", "OR('Org1MSP.admin')")],
            ..Default::default()
        };
        network.commit_writes("basic", metadata);
        assert_eq!(judge(&network, vec![network.put("a").sign()]), [expected], "{capability}");
        assert_eq!(judge(&network, vec![network.put("b").sign()]), [Code::Valid], "{capability}");
    }
    // Collections have the chaincode's policy, whether they are defined or not.
    let network = basic("V1_3");
    let draft =
        network.put("a").with(|draft| draft.results.ns_rwset[0].collection_hashed_rwset.push(hashed_write("any", "k")));
    assert_eq!(judge(&network, vec![draft.sign()]), [Code::Valid]);
}

#[test]
fn system_chaincodes_need_one_member() {
    let network = basic("V1_4_2");
    let org = &network.orgs[0];
    for (name, expected) in [
        ("qscc", Code::Valid),
        ("cscc", Code::Valid),
        ("vscc", Code::IllegalWriteset),
        ("escc", Code::IllegalWriteset),
        ("_lifecycle", Code::InvalidOtherReason),
    ] {
        let draft = Draft::new(&org.user, vec![&org.peer], KvrwSet::default()).invoke(name, Vec::new());
        assert_eq!(judge(&network, vec![draft.sign()]), [expected], "{name}");
    }
    let draft = Draft::new(&org.user, Vec::new(), KvrwSet::default()).invoke("qscc", Vec::new());
    assert_eq!(judge(&network, vec![draft.sign()]), [Code::EndorsementPolicyFailure]);
}

type Change = fn(&mut Deployment);

/// Calls of `lscc`, by what is special about them.
const DEPLOYMENTS: &[(&str, Change)] = &[
    ("nothing", |_| ()),
    ("a user", |call| call.by_admin = false),
    ("any member may", |call| {
        call.by_admin = false;
        call.written = data("new", "1.0", MEMBERS);
    }),
    ("no instantiation policy", |call| call.written.instantiation_policy = Bytes::new()),
    ("another function", |call| call.function = "install"),
    ("few arguments", |call| call.args = 2),
    ("three arguments", |call| call.args = 3),
    ("unknown type", |call| call.kind = Type::Undefined),
    ("contracts have this one", |call| call.kind = Type::Car),
    ("reserved name", |call| *call = deployment("deploy", "qscc", "1.0")),
    ("bad name", |call| *call = deployment("deploy", "a.b", "1.0")),
    ("bad version", |call| *call = deployment("deploy", "new", "1/0")),
    ("key of another chaincode", |call| call.written.name = "other".to_owned()),
    ("version of another", |call| call.written.version = "3.0".to_owned()),
    ("already there", |call| *call = deployment("deploy", "basic", "2.0")),
    ("its own namespace", |call| {
        call.more = vec![public("new", KvrwSet { writes: vec![write("k", b"v")], ..Default::default() })];
    }),
    ("another namespace", |call| {
        call.more = vec![public("basic", KvrwSet { writes: vec![write("k", b"v")], ..Default::default() })];
    }),
    ("collections", |call| call.collections = Some(collections("secret", 3))),
    ("name of a collection", |call| call.collections = Some(collections("a.b", 3))),
    ("upgrade of nothing", |call| call.function = "upgrade"),
    ("upgrade", |call| *call = deployment("upgrade", "basic", "2.0")),
    ("upgrade to the same version", |call| *call = deployment("upgrade", "basic", "1.0")),
    ("upgrade by a user", |call| {
        *call = deployment("upgrade", "basic", "2.0").with(|call| {
            call.by_admin = false;
            call.written = data("basic", "2.0", MEMBERS);
        });
    }),
    ("upgrade without a new policy", |call| {
        *call = deployment("upgrade", "basic", "2.0");
        call.written.instantiation_policy = Bytes::new();
    }),
];

/// What Fabric says of them.
const VERDICTS: &str = include_str!("data/fabric-deployments.txt");

#[test]
fn deployments() {
    let mut judged = 0;
    for capability in ["-", "V1_1", "V1_2", "V1_3", "V1_4_2"] {
        let network = basic(capability.trim_matches('-'));
        for (what, change) in DEPLOYMENTS {
            let line = format!("{capability}\t{what}\t");
            let verdict = VERDICTS.lines().find_map(|verdict| verdict.strip_prefix(&line)).expect(&line);
            let expected = if verdict == "valid" { Code::Valid } else { Code::EndorsementPolicyFailure };
            let call = deployment("deploy", "new", "1.0").with(change);
            assert_eq!(judge(&network, vec![call.sign(&network)]), [expected], "{line}");
            judged += 1;
        }
    }
    assert_eq!(judged, VERDICTS.lines().count());
}

#[test]
fn an_upgrade_keeps_collections() {
    let network = basic("V1_4_2");
    let writes = vec![write(&collections_key("basic"), &collections("secret", 3))];
    network.commit_writes(NAMESPACE, KvrwSet { writes, ..Default::default() });
    for (name, block_to_live, expected) in [
        ("secret", 3, Code::Valid),
        ("secret", 4, Code::EndorsementPolicyFailure),
        ("other", 3, Code::EndorsementPolicyFailure),
    ] {
        let call = deployment("upgrade", "basic", "2.0")
            .with(|call| call.collections = Some(collections(name, block_to_live)));
        assert_eq!(judge(&network, vec![call.sign(&network)]), [expected], "{name} {block_to_live}");
    }
}

#[test]
fn an_upgrade_outdates_its_block() {
    let network = basic("V1_4_2");
    define(&network, &data("other", "1.0", ADMINS));
    let put = |name: &str| {
        let set = public(name, KvrwSet { writes: vec![write("k", b"v")], ..Default::default() });
        network.put("k").invoke(name, vec![set]).sign()
    };
    let upgrade = |version: &str, kind: Type| deployment("upgrade", "basic", version).with(|call| call.kind = kind);
    let conflict = Code::ChaincodeVersionConflict;
    let block = vec![
        put("basic"),
        upgrade("2.0", Type::Golang).sign(&network),
        put("other"),
        upgrade("3.0", Type::Golang).sign(&network),
        put("basic"),
    ];
    assert_eq!(judge(&network, block), [conflict, conflict, Code::Valid, Code::Valid, conflict]);
    // Fabric looks at chaincodes in Go only.
    let block = vec![put("basic"), upgrade("2.0", Type::Car).sign(&network)];
    assert_eq!(judge(&network, block), [Code::Valid, Code::Valid]);
}

#[test]
fn definitions_hold_on_channels_that_have_moved_on() {
    let network = basic("V2_0");
    assert_eq!(judge(&network, vec![network.put("a").sign()]), [Code::Valid]);
    let unendorsed = network.put("a").with(|draft| draft.endorsers.clear());
    assert_eq!(judge(&network, vec![unendorsed.sign()]), [Code::EndorsementPolicyFailure]);
    let call = deployment("deploy", "new", "1.0");
    assert_eq!(judge(&network, vec![call.sign(&network)]), [Code::InvalidChaincode], "lscc is read-only");
    // `_lifecycle` comes first.
    network.define("basic", network::signature_policy(ADMINS), None);
    assert_eq!(judge(&network, vec![network.put("a").sign()]), [Code::EndorsementPolicyFailure]);
}

#[test]
fn what_cannot_be_decided_is_an_error() {
    let network = network("V1_4_2");
    define(&network, &ChaincodeData { vscc: "mine".to_owned(), ..data("basic", "1.0", ADMINS) });
    let block = proto::common::Block::decode(Bytes::from(network.block(vec![network.put("a").sign()]).encode_to_vec()));
    let checked = validator::check(&network.workers, block.expect("a block"), &network.bundle).expect("checked");
    let error = validator::judge(checked, &network.ledger).map(drop).expect_err("refused").to_string();
    assert!(error.starts_with("plugin with name mine wasn't found"), "{error}");
}
