//! A peer with one channel, some state, and nobody to talk to.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use channel::genesis::{Organization, Profile};
use ledger::{CandidateBlock, CandidateTransaction, LedgerOptions, ReadWriteSet};
use msp::generate::{Organization as Certificates, OrganizationKind};
use msp::{Msp, MspSet, Role, SigningIdentity};
use node::shutdown::Stop;
use peer::chaincode::builders::{Builders, BuildersOptions};
use peer::chaincode::external::{ExternalChaincodes, Hosting};
use peer::chaincode::legacy_packages::LegacyPackages;
use peer::chaincode::logs::ContractLogs;
use peer::chaincode::packages::PackageStore;
use peer::chaincode::transaction_context::Scope;
use peer::chaincode::{ChaincodeSupport, ContractRegistry};
use peer::channels::{Channel, Channels, ChannelsOptions, OrdererConnections};
use peer::lifecycle::Lifecycle;
use peer::system::SystemChaincodes;
use prost::Message;
use proto::common::HeaderType;
use proto::msp::MspConfig;
use proto::orderer::BatchSize;
use proto::protos::TxValidationCode;
use runtime::Limits;
use tempfile::TempDir;
use validator::Workers;

use crate::host_calls::ENGINE;

/// The channel.
pub(crate) const CHANNEL: &str = "mychannel";
/// The chaincode that is called.
pub(crate) const NAMESPACE: &str = "basic";
/// The first of many keys: more than go into one message.
#[cfg(test)]
pub(crate) const KEY: &str = "key0";

const KEYS: usize = 230;
const MSP_ID: &str = "Org1MSP";
const TIMEOUT: Duration = Duration::from_secs(10);

/// The peer.
pub(super) struct World {
    pub chaincodes: Arc<ExternalChaincodes>,
    pub scope: Scope,
    /// Where streams are served: on the thread that asks.
    pub runtime: tokio::runtime::Runtime,
    _background: tokio::runtime::Runtime,
    _dir: TempDir,
}

impl World {
    pub fn open() -> anyhow::Result<World> {
        let dir = tempfile::tempdir()?;
        let organization = Certificates::create(&dir.path().join("org"), OrganizationKind::Peer, "org1.example.com")?;
        let node = organization.add_node("peer0", &["localhost"])?.join("msp");
        let user = organization.add_user("User1", Role::Client)?.join("msp");
        let identity = Arc::new(SigningIdentity::from_msp_dir(&node, MSP_ID)?);
        let msps = Arc::new(MspSet::new(vec![Msp::from_dir(&node, MSP_ID)?]));
        let creator = msps.identity(SigningIdentity::from_msp_dir(&user, MSP_ID)?.serialized())?;

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let background = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let channels = Channels::open(ChannelsOptions {
            data_dir: dir.path().join("ledgers"),
            identity,
            runtime: background.handle().clone(),
            workers: Arc::new(Workers::new(1)),
            orderers: OrdererConnections::default(),
            ledger: LedgerOptions::default(),
            metrics: Default::default(),
            client_roots: None,
        })?;
        let channel = channels.join(&genesis(&organization)?)?;
        // Nobody sends blocks, and nothing is to happen beside the inputs.
        channels.stop();
        fill(&channel)?;

        let builders = Builders::open(BuildersOptions {
            builders: Vec::new(),
            data_dir: dir.path().to_owned(),
            install_timeout: TIMEOUT,
            runtime: background.handle().clone(),
            stop: Stop::new(),
        })?;
        let packages = PackageStore::open(dir.path())?;
        let legacy = LegacyPackages::open(dir.path())?;
        let contracts = Arc::new(ContractRegistry::new(ENGINE.clone(), Limits::cap(), packages, legacy, builders));
        let lifecycle = Lifecycle {
            msp_id: MSP_ID.to_owned(),
            local_msps: msps.clone(),
            channels: channels.clone(),
            contracts: contracts.clone(),
        };
        let system = SystemChaincodes { channels, local_msps: msps, lifecycle, contracts: contracts.clone() };
        let chaincodes = Arc::new(ExternalChaincodes::new(background.handle().clone(), hosting()));
        let logs = ContractLogs::new(dir.path());
        let support = ChaincodeSupport::new(MSP_ID.to_owned(), system, contracts, chaincodes.clone(), TIMEOUT, logs);
        let scope = Scope {
            support: Arc::new(support),
            channel,
            namespace: NAMESPACE.to_owned(),
            creator,
            callers: Vec::new(),
        };
        Ok(World { chaincodes, scope, runtime, _background: background, _dir: dir })
    }
}

/// Development mode: everybody may register.
fn hosting() -> Hosting {
    Hosting {
        address: String::new(),
        msp_id: MSP_ID.to_owned(),
        tls: None,
        everybody: true,
        startup_timeout: TIMEOUT,
        stop: Stop::new(),
        stop_grace: TIMEOUT,
    }
}

fn genesis(organization: &Certificates) -> anyhow::Result<proto::common::Block> {
    let config = msp::read_config(&organization.msp_dir(), MSP_ID)?.encode_to_vec();
    let organization = Organization {
        name: "Org1".to_owned(),
        msp_id: MSP_ID.to_owned(),
        msp: MspConfig { r#type: 0, config: config.into() },
        endpoints: Vec::new(),
        anchor_peers: Vec::new(),
    };
    Ok(channel::genesis::block(&Profile {
        channel_id: CHANNEL.to_owned(),
        application: vec![organization.clone()],
        orderer: vec![organization],
        consensus_type: "solo".to_owned(),
        consensus_metadata: Bytes::new(),
        batch_size: BatchSize { max_message_count: 1, absolute_max_bytes: 1 << 20, preferred_max_bytes: 1 << 20 },
        batch_timeout: TIMEOUT,
        channel_capability: "V2_0".to_owned(),
        orderer_capability: "V2_0".to_owned(),
        application_capability: "V2_5".to_owned(),
        timestamp: prost_types::Timestamp::default(),
        nonce: Bytes::from_static(&[7; 24]),
    }))
}

/// Commits some keys, so that queries find something.
fn fill(channel: &Channel) -> anyhow::Result<()> {
    let ledger = channel.ledger();
    // Twice, for the history.
    for round in 1..=2 {
        let tx_id = format!("fill{round}");
        let mut simulator = ledger.simulator(&tx_id);
        for key in 0..KEYS {
            simulator.set_state(NAMESPACE, &format!("key{key}"), Bytes::from_static(b"value"))?;
        }
        let results = simulator.finish()?;
        let previous = ledger.last_header().map(|header| proto::block::header_hash(&header));
        let previous = previous.map(|hash| Bytes::copy_from_slice(&hash)).unwrap_or_default();
        let transaction = CandidateTransaction {
            tx_id,
            kind: HeaderType::EndorserTransaction,
            code: TxValidationCode::Valid,
            rwset: Some(ReadWriteSet::decode(results.public)?),
            config: None,
            private: results.private,
        };
        let block = proto::block::new(ledger.height(), previous, vec![Bytes::from_static(b"envelope")]);
        ledger.commit(CandidateBlock { block, transactions: vec![transaction] })?;
    }
    Ok(())
}
