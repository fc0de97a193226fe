//! A channel with real certificates and signatures, and transactions of every shape.

// Each test binary uses a part of it.
#![allow(dead_code)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use channel::Bundle;
use channel::definition::{ChaincodeDefinition, DEFINITION_TYPE, NAMESPACE, NAMESPACES, field_key, metadata_key};
use channel::genesis::{self, Organization, Profile};
use ledger::{CandidateBlock, CandidateTransaction, CommittedBlock, Ledger, LedgerOptions};
use msp::generate::{self, OrganizationKind};
use msp::{Role, SigningIdentity};
use prost::Message;
use proto::common::{Block, ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use proto::kvrwset::{KvMetadataEntry, KvMetadataWrite, KvRead, KvWrite, KvrwSet, Version};
use proto::lifecycle::{ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateMetadata};
use proto::msp::MspConfig;
use proto::orderer::BatchSize;
use proto::protos::{
    ApplicationPolicy, ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeEvent,
    ChaincodeHeaderExtension, ChaincodeId, CollectionConfigPackage, Endorsement, ProposalResponsePayload, Response,
    Transaction, TransactionAction, TxValidationCode, application_policy,
};
use proto::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};
use validator::{Judgement, Workers};

pub const CHANNEL: &str = "mychannel";

/// An organisation's certificates, and those who act for it. The nodes of an orderer's organisation are orderers.
pub struct Org {
    pub msp_id: String,
    pub peer: SigningIdentity,
    pub second_peer: SigningIdentity,
    pub user: SigningIdentity,
    pub admin: SigningIdentity,
    /// Where `peer` has its certificate and key.
    pub peer_msp_dir: std::path::PathBuf,
    config: MspConfig,
}

impl Org {
    pub fn new(root: &Path, kind: OrganizationKind, name: &str) -> Org {
        let msp_id = format!("{name}MSP");
        let domain = format!("{}.example.com", name.to_lowercase());
        let organization = generate::Organization::create(root, kind, &domain).expect("organisation");
        let identity =
            |dir: std::path::PathBuf| SigningIdentity::from_msp_dir(&dir.join("msp"), &msp_id).expect("identity");
        let peer_dir = organization.add_node("peer0", &[]).expect("node");
        let peer_msp_dir = peer_dir.join("msp");
        let peer = identity(peer_dir);
        let second_peer = identity(organization.add_node("peer1", &[]).expect("node"));
        let user = identity(organization.add_user("User1", Role::Client).expect("user"));
        let admin = identity(organization.add_user("Admin", Role::Admin).expect("administrator"));
        let config = msp::read_config(&organization.msp_dir(), &msp_id).expect("MSP configuration");
        let config = MspConfig { r#type: 0, config: config.encode_to_vec().into() };
        Org { msp_id: msp_id.clone(), peer, second_peer, user, admin, peer_msp_dir, config }
    }

    fn group(&self, endpoints: Vec<String>) -> Organization {
        Organization {
            name: self.msp_id.clone(),
            msp_id: self.msp_id.clone(),
            msp: self.config.clone(),
            endpoints,
            anchor_peers: Vec::new(),
        }
    }
}

/// A channel of some organisations on a ledger in a temporary directory.
pub struct Network {
    pub orgs: Vec<Org>,
    pub orderer: Org,
    pub genesis: Block,
    pub bundle: Arc<Bundle>,
    pub ledger: Ledger,
    pub workers: Workers,
    _dir: tempfile::TempDir,
}

impl Network {
    /// Blocks of at most 500 transactions.
    pub fn new(orgs: usize) -> Network {
        Network::with_batches(orgs, 500, Duration::from_secs(2))
    }

    /// The orderer cuts blocks of `count` transactions, or after `timeout`.
    pub fn with_batches(orgs: usize, count: u32, timeout: Duration) -> Network {
        let dir = tempfile::tempdir().expect("temporary directory");
        let orgs: Vec<Org> =
            (1..=orgs).map(|number| Org::new(dir.path(), OrganizationKind::Peer, &format!("Org{number}"))).collect();
        let orderer = Org::new(dir.path(), OrganizationKind::Orderer, "Orderer");
        let genesis = genesis::block(&profile(&orgs, &orderer, count, timeout));
        let bundle = Arc::new(Bundle::from_config_block(&genesis).expect("configuration"));
        let ledger = Ledger::open(&dir.path().join("ledger"), CHANNEL, LedgerOptions::default()).expect("ledger opens");
        let network = Network { orgs, orderer, genesis, bundle, ledger, workers: Workers::new(2), _dir: dir };
        let payload = envelope_payload(&network.genesis.data.as_ref().expect("data").data[0]);
        let mut first = candidate(HeaderType::Config, "");
        first.config = Some(payload.data);
        network.commit(CandidateBlock { block: network.genesis.clone(), transactions: vec![first] });
        network
    }

    /// What the channel was made from, for others like it.
    pub fn profile(&self) -> Profile {
        profile(&self.orgs, &self.orderer, 500, Duration::from_secs(2))
    }

    /// Writes a definition into the state, as a transaction of `_lifecycle` would.
    pub fn define(&self, chaincode: &str, policy: ApplicationPolicy, collections: Option<CollectionConfigPackage>) {
        self.commit_writes(NAMESPACE, definition_writes(chaincode, policy, collections));
    }

    /// Commits writes without any check.
    pub fn commit_writes(&self, namespace: &str, writes: KvrwSet) {
        let results = TxReadWriteSet { data_model: 0, ns_rwset: vec![public(namespace, writes)] };
        let mut transaction = candidate(HeaderType::EndorserTransaction, &format!("setup{}", self.ledger.height()));
        let results = Bytes::from(results.encode_to_vec());
        transaction.rwset = Some(ledger::ReadWriteSet::decode(results).expect("read-write set"));
        self.commit(CandidateBlock { block: self.block(vec![Bytes::new()]), transactions: vec![transaction] });
    }

    /// The next block with these transactions.
    pub fn block(&self, data: Vec<Bytes>) -> Block {
        let previous = self.ledger.last_header().map(|header| proto::block::header_hash(&header));
        let previous = previous.map_or_else(Bytes::new, |hash| Bytes::copy_from_slice(&hash));
        proto::block::new(self.ledger.height(), previous, data)
    }

    pub fn commit(&self, candidate: CandidateBlock) -> CommittedBlock {
        self.ledger.commit(candidate).expect("commit")
    }

    /// Checks and judges the next block, without committing it.
    pub fn judge(&self, data: Vec<Bytes>) -> Judgement {
        // What arrives over the network is one buffer.
        let block = Block::decode(Bytes::from(self.block(data).encode_to_vec())).expect("block");
        let checked = validator::check(&self.workers, block, &self.bundle).expect("check");
        validator::judge(checked, &self.ledger).expect("judge")
    }

    /// Checks, judges and commits the next block; gives the final codes.
    pub fn validate_and_commit(&self, data: Vec<Bytes>) -> Vec<TxValidationCode> {
        self.commit(self.judge(data).candidate).codes
    }

    /// A transaction of the first organisation's user on `basic` that writes `key`, endorsed by its peer.
    pub fn put(&self, key: &str) -> Draft<'_> {
        let org = &self.orgs[0];
        Draft::new(&org.user, vec![&org.peer], KvrwSet { writes: vec![write(key, b"value")], ..Default::default() })
    }
}

/// A channel of these organisations whose orderer cuts blocks of `count` transactions, or after `timeout`.
fn profile(orgs: &[Org], orderer: &Org, count: u32, timeout: Duration) -> Profile {
    Profile {
        channel_id: CHANNEL.to_owned(),
        application: orgs.iter().map(|org| org.group(Vec::new())).collect(),
        orderer: vec![orderer.group(vec!["127.0.0.1:7050".to_owned()])],
        consensus_type: "solo".to_owned(),
        consensus_metadata: Bytes::new(),
        batch_size: BatchSize { max_message_count: count, absolute_max_bytes: 10 << 20, preferred_max_bytes: 2 << 20 },
        batch_timeout: timeout,
        channel_capability: "V2_0".to_owned(),
        orderer_capability: "V2_0".to_owned(),
        application_capability: "V2_5".to_owned(),
        timestamp: prost_types::Timestamp::default(),
        nonce: Bytes::from_static(b"a nonce of twenty-four b"),
    }
}

/// A transaction in the making. Fields are changed by tests before it is signed.
pub struct Draft<'a> {
    pub creator: &'a SigningIdentity,
    pub endorsers: Vec<&'a SigningIdentity>,
    pub channel_header: ChannelHeader,
    pub signature_header: SignatureHeader,
    pub extension: ChaincodeHeaderExtension,
    pub results: TxReadWriteSet,
    pub action: ChaincodeAction,
    /// An encoded `ChaincodeProposalPayload`.
    pub proposal: Bytes,
    /// Runs on what is endorsed, after the endorsement.
    pub after_endorsing: fn(&mut ChaincodeEndorsedAction),
    /// Runs on the transaction, before the creator signs.
    pub before_signing: fn(&mut Payload),
    /// Runs on the signed envelope.
    pub after_signing: fn(&mut Envelope),
}

impl<'a> Draft<'a> {
    pub fn new(creator: &'a SigningIdentity, endorsers: Vec<&'a SigningIdentity>, set: KvrwSet) -> Self {
        let signature_header = creator.new_signature_header();
        let id = ChaincodeId { name: "basic".to_owned(), ..Default::default() };
        let channel_header = ChannelHeader {
            r#type: HeaderType::EndorserTransaction as i32,
            channel_id: CHANNEL.to_owned(),
            tx_id: proto::transaction::tx_id(&signature_header.nonce, &signature_header.creator),
            ..Default::default()
        };
        Draft {
            creator,
            endorsers,
            channel_header,
            signature_header,
            extension: ChaincodeHeaderExtension { chaincode_id: Some(id.clone()) },
            results: TxReadWriteSet { data_model: 0, ns_rwset: vec![public("basic", set)] },
            action: ChaincodeAction {
                response: Some(Response { status: 200, ..Default::default() }),
                chaincode_id: Some(ChaincodeId { version: "1.0".to_owned(), ..id }),
                ..Default::default()
            },
            proposal: Bytes::from_static(b"\x0a\x03any"),
            after_endorsing: |_| (),
            before_signing: |_| (),
            after_signing: |_| (),
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// A call of another chaincode with these results.
    pub fn invoke(mut self, chaincode: &str, sets: Vec<NsReadWriteSet>) -> Self {
        self.extension.chaincode_id.as_mut().expect("id").name = chaincode.to_owned();
        self.action.chaincode_id.as_mut().expect("id").name = chaincode.to_owned();
        self.results.ns_rwset = sets;
        self
    }

    pub fn event(&mut self, chaincode: &str, payload: &'static [u8]) {
        let event = ChaincodeEvent {
            chaincode_id: chaincode.to_owned(),
            tx_id: self.channel_header.tx_id.clone(),
            event_name: "happened".to_owned(),
            payload: Bytes::from_static(payload),
        };
        self.action.events = event.encode_to_vec().into();
    }

    /// The serialized envelope.
    pub fn sign(mut self) -> Bytes {
        if self.channel_header.extension.is_empty() {
            self.channel_header.extension = self.extension.encode_to_vec().into();
        }
        let header = Header {
            channel_header: self.channel_header.encode_to_vec().into(),
            signature_header: self.signature_header.encode_to_vec().into(),
        };
        let proposal_payload = self.proposal;
        let hash = proto::sha256([&header.channel_header, &header.signature_header, &proposal_payload]);
        if self.action.results.is_empty() {
            self.action.results = self.results.encode_to_vec().into();
        }
        let response = ProposalResponsePayload {
            proposal_hash: Bytes::copy_from_slice(&hash),
            extension: self.action.encode_to_vec().into(),
        };
        let response = Bytes::from(response.encode_to_vec());
        let endorse = |endorser: &&SigningIdentity| Endorsement {
            endorser: endorser.serialized().clone(),
            signature: endorser.sign(&[&response[..], endorser.serialized()].concat()).expect("signed"),
        };
        let mut endorsed = ChaincodeEndorsedAction {
            endorsements: self.endorsers.iter().map(endorse).collect(),
            proposal_response_payload: response,
        };
        (self.after_endorsing)(&mut endorsed);
        let action = ChaincodeActionPayload { chaincode_proposal_payload: proposal_payload, action: Some(endorsed) };
        let transaction = Transaction {
            actions: vec![TransactionAction {
                header: header.signature_header.clone(),
                payload: action.encode_to_vec().into(),
            }],
        };
        let mut payload = Payload { header: Some(header), data: transaction.encode_to_vec().into() };
        (self.before_signing)(&mut payload);
        let payload = Bytes::from(payload.encode_to_vec());
        let signature = self.creator.sign(&payload).expect("signed");
        let mut envelope = Envelope { payload, signature };
        (self.after_signing)(&mut envelope);
        envelope.encode_to_vec().into()
    }
}

/// What a transaction of `_lifecycle` writes to define a chaincode.
pub fn definition_writes(
    chaincode: &str,
    policy: ApplicationPolicy,
    collections: Option<CollectionConfigPackage>,
) -> KvrwSet {
    let definition = ChaincodeDefinition {
        sequence: 1,
        endorsement_info: ChaincodeEndorsementInfo { version: "1.0".into(), ..Default::default() },
        validation_info: ChaincodeValidationInfo {
            validation_parameter: policy.encode_to_vec().into(),
            ..Default::default()
        },
        collections,
    }
    .with_defaults();
    let fields = definition.fields();
    let metadata = StateMetadata {
        datatype: DEFINITION_TYPE.to_owned(),
        fields: fields.iter().map(|(name, _)| (*name).to_owned()).collect(),
    };
    let mut writes = vec![write(&metadata_key(NAMESPACES, chaincode), &metadata.encode_to_vec())];
    writes.extend(
        fields.iter().map(|(name, data)| write(&field_key(NAMESPACES, chaincode, name), &data.encode_to_vec())),
    );
    KvrwSet { writes, ..Default::default() }
}

pub fn candidate(kind: HeaderType, tx_id: &str) -> CandidateTransaction {
    CandidateTransaction {
        tx_id: tx_id.to_owned(),
        kind,
        code: TxValidationCode::Valid,
        rwset: None,
        config: None,
        private: None,
    }
}

pub fn envelope_payload(envelope: &Bytes) -> Payload {
    let envelope = Envelope::decode(envelope.clone()).expect("envelope");
    Payload::decode(envelope.payload).expect("payload")
}

pub fn public(namespace: &str, set: KvrwSet) -> NsReadWriteSet {
    NsReadWriteSet {
        namespace: namespace.to_owned(),
        rwset: set.encode_to_vec().into(),
        collection_hashed_rwset: Vec::new(),
    }
}

/// A write of `key` to a collection.
pub fn hashed_write(collection: &str, key: &str) -> CollectionHashedReadWriteSet {
    let hash = |text: &str| Bytes::copy_from_slice(&proto::sha256([text.as_bytes()]));
    let write = proto::kvrwset::KvWriteHash {
        key_hash: hash(key),
        is_delete: false,
        value_hash: hash("value"),
        is_purge: false,
    };
    let set = proto::kvrwset::HashedRwSet { hashed_writes: vec![write], ..Default::default() };
    CollectionHashedReadWriteSet {
        collection_name: collection.to_owned(),
        hashed_rwset: set.encode_to_vec().into(),
        pvt_rwset_hash: hash("private"),
    }
}

pub fn write(key: &str, value: &[u8]) -> KvWrite {
    KvWrite { key: key.to_owned(), is_delete: false, value: Bytes::copy_from_slice(value) }
}

pub fn read(key: &str, version: Option<(u64, u64)>) -> KvRead {
    let version = version.map(|(block_num, tx_num)| Version { block_num, tx_num });
    KvRead { key: key.to_owned(), version }
}

/// Sets the endorsement policy of a key.
pub fn key_policy(key: &str, policy: &str) -> KvMetadataWrite {
    let value = channel::policy_language::parse(policy).expect("policy").encode_to_vec().into();
    KvMetadataWrite {
        key: key.to_owned(),
        entries: vec![KvMetadataEntry { name: "VALIDATION_PARAMETER".to_owned(), value }],
    }
}

pub fn signature_policy(text: &str) -> ApplicationPolicy {
    let envelope = channel::policy_language::parse(text).expect("policy");
    ApplicationPolicy { r#type: Some(application_policy::Type::SignaturePolicy(envelope)) }
}

pub fn channel_policy(path: &str) -> ApplicationPolicy {
    ApplicationPolicy { r#type: Some(application_policy::Type::ChannelConfigPolicyReference(path.to_owned())) }
}
