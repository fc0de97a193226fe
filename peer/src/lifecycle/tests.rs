//! The state layout, on a real ledger.

use std::sync::Arc;

use ::channel::definition::{ChaincodeDefinition, implicit_collection};
use bytes::Bytes;
use ledger::{CandidateBlock, CandidateTransaction, Ledger, LedgerOptions, ReadWriteSet, SimulationResults, Simulator};
use proto::common::HeaderType;
use proto::lifecycle::{ChaincodeEndorsementInfo, ChaincodeValidationInfo};
use proto::protos::TxValidationCode;

use super::state::{self, Approval, Private, Public};

const ORG: &str = "Org1MSP";

struct World {
    _dir: tempfile::TempDir,
    ledger: Arc<Ledger>,
}

fn world() -> World {
    let dir = tempfile::tempdir().expect("temporary directory");
    let ledger = Ledger::open(dir.path(), "mychannel", LedgerOptions::default()).expect("opened");
    World { _dir: dir, ledger: Arc::new(ledger) }
}

impl World {
    /// Simulates and commits; gives what was simulated.
    fn transact(&self, work: impl FnOnce(&mut Simulator)) -> (SimulationResults, ReadWriteSet) {
        let number = self.ledger.height();
        let tx_id = format!("tx{number}");
        let mut simulator = self.ledger.simulator(&tx_id);
        work(&mut simulator);
        let results = simulator.finish().expect("finished");
        let rwset = ReadWriteSet::decode(results.public.clone()).expect("decoded");
        let previous = self.ledger.last_header().map(|header| proto::block::header_hash(&header));
        let previous = previous.map(|hash| Bytes::copy_from_slice(&hash)).unwrap_or_default();
        let transaction = CandidateTransaction {
            tx_id,
            kind: HeaderType::EndorserTransaction,
            code: TxValidationCode::Valid,
            rwset: Some(rwset.clone()),
            config: None,
            private: results.private.clone(),
        };
        let block = proto::block::new(number, previous, vec![Bytes::from_static(b"envelope")]);
        let candidate = CandidateBlock { block, transactions: vec![transaction] };
        let committed = self.ledger.commit(candidate).expect("committed");
        assert_eq!(committed.codes, [TxValidationCode::Valid]);
        (results, rwset)
    }

    fn approval(&self, definition: &ChaincodeDefinition) -> Approval {
        let installed = ["basic_0:00".to_owned(), "basic_1:00".to_owned()];
        state::approval(&self.ledger.snapshot(), ORG, "basic", definition, &installed).expect("read")
    }
}

fn definition(sequence: i64, version: &str) -> ChaincodeDefinition {
    ChaincodeDefinition {
        sequence,
        endorsement_info: ChaincodeEndorsementInfo { version: version.into(), ..Default::default() },
        validation_info: ChaincodeValidationInfo::default(),
        collections: None,
    }
    .with_defaults()
}

fn keys(rwset: &ReadWriteSet) -> (Vec<&str>, Vec<&str>) {
    let set = &rwset.namespace("_lifecycle").expect("touched").public;
    let reads = set.reads.iter().map(|read| read.key.as_str()).collect();
    (reads, set.writes.iter().map(|write| write.key.as_str()).collect())
}

fn approve(simulator: &mut Simulator, definition: &ChaincodeDefinition, package_id: &str) {
    let mut org = Private { simulator, collection: implicit_collection(ORG) };
    state::write_approval(&mut org, "basic", definition, package_id).expect("written");
}

#[test]
fn definitions_write_only_what_changes() {
    let world = world();
    let (_, first) = world.transact(|simulator| {
        state::write_definition(simulator, "basic", &definition(1, "1.0")).expect("written");
    });
    let (reads, writes) = keys(&first);
    assert_eq!(reads, ["namespaces/metadata/basic"]);
    let all = [
        "namespaces/fields/basic/Collections",
        "namespaces/fields/basic/EndorsementInfo",
        "namespaces/fields/basic/Sequence",
        "namespaces/fields/basic/ValidationInfo",
    ];
    assert_eq!(writes[..4], all);
    assert_eq!(writes[4], "namespaces/metadata/basic");

    let (_, second) = world.transact(|simulator| {
        state::write_definition(simulator, "basic", &definition(2, "2.0")).expect("written");
    });
    let (reads, writes) = keys(&second);
    assert_eq!(reads[..4], all);
    assert_eq!(writes, ["namespaces/fields/basic/EndorsementInfo", "namespaces/fields/basic/Sequence"]);

    let mut simulator = world.ledger.simulator("query");
    let found = ChaincodeDefinition::read("basic", &mut Public(&mut simulator)).expect("read");
    assert_eq!(found, Some(definition(2, "2.0")));
    assert_eq!(state::recorded_names(&mut simulator).expect("read"), ["basic"]);
    assert_eq!(state::defined_names(&world.ledger.snapshot()).expect("read"), ["basic"]);
}

#[test]
fn approvals_live_in_the_implicit_collection() {
    let world = world();
    let wanted = definition(1, "1.0");
    assert_eq!(world.approval(&wanted), Approval::Missing);
    let (results, rwset) = world.transact(|simulator| approve(simulator, &wanted, "basic_1:00"));
    let set = rwset.namespace("_lifecycle").expect("touched");
    assert!(set.public.writes.is_empty() && set.public.reads.is_empty());
    assert_eq!(set.collections.len(), 1);
    assert_eq!(set.collections[0].collection, "_implicit_org_Org1MSP");
    // Parameters: three fields and their description; the package: one field and its description.
    assert_eq!(set.collections[0].hashed.hashed_writes.len(), 6);
    assert!(results.private.is_some());
    assert_eq!(world.approval(&wanted), Approval::Package("basic_1:00".into()));
    assert_eq!(world.approval(&definition(1, "1.1")), Approval::Missing);
    assert_eq!(world.approval(&definition(2, "1.0")), Approval::Missing);
    assert_eq!(state::approved_names(&world.ledger.snapshot(), ORG).expect("read"), ["basic#1"]);

    for not_here in ["basic_2:00", ""] {
        world.transact(|simulator| approve(simulator, &wanted, not_here));
        assert_eq!(world.approval(&wanted), Approval::WithoutPackage);
    }
}

#[test]
fn other_organisations_compare_hashes() {
    let world = world();
    world.transact(|simulator| approve(simulator, &definition(1, "1.0"), "basic_1:00"));
    let mut simulator = world.ledger.simulator("query");
    let mut mismatches = |org: &str, definition: &ChaincodeDefinition| {
        state::mismatches(&mut simulator, org, "basic", definition).expect("read")
    };
    assert!(mismatches(ORG, &definition(1, "1.0")).is_empty());
    assert_eq!(mismatches(ORG, &definition(1, "1.1")), ["EndorsementInfo"]);
    assert_eq!(mismatches(ORG, &definition(2, "1.0")), ["ChaincodeParameters"]);
    assert_eq!(mismatches("Org2MSP", &definition(1, "1.0")), ["ChaincodeParameters"]);
}

#[test]
fn an_unknown_chaincode_is_also_looked_up_in_lscc() {
    let world = world();
    let (_, rwset) = world.transact(|simulator| {
        assert_eq!(state::deployed_collections(simulator, "basic").expect("read"), None);
    });
    let reads = |namespace: &str| {
        let set = rwset.namespace(namespace).expect("touched");
        set.public.reads.iter().map(|read| (read.key.clone(), read.version.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(reads("_lifecycle"), [("namespaces/metadata/basic".to_owned(), false)]);
    assert_eq!(reads("lscc"), [("basic".to_owned(), false)]);
}

#[test]
fn differences_are_named_in_fabrics_words() {
    let differs = |change: fn(&mut ChaincodeDefinition), expected: &str| {
        let mut passed = definition(1, "1.0");
        change(&mut passed);
        let found = state::difference(&definition(1, "1.0"), &passed).unwrap_or_default();
        assert!(found.starts_with(expected), "{found:?} is not {expected:?}");
    };
    differs(|_| {}, "");
    differs(
        |passed| passed.endorsement_info.version = "2.0".into(),
        "expected Version '1.0' does not match passed Version '2.0'",
    );
    differs(
        |passed| passed.endorsement_info.init_required = true,
        "expected InitRequired 'false' does not match passed InitRequired 'true'",
    );
    differs(
        |passed| passed.validation_info.validation_parameter = Bytes::from_static(&[1]),
        "expected ValidationParameter '",
    );
    differs(|passed| passed.collections = Some(Default::default()), "Collections do not match");
    assert_eq!(state::difference(&definition(1, "1.0"), &definition(2, "1.0")), None);
}
