//! Which chaincode a name stands for: the definition committed on the channel, and the package that this organisation
//! approved for it.
//!
//! Each invocation reads the definition's sequence through its own simulator, so that a transaction simulated under an
//! old definition is invalidated by a new one. The rest comes from a cache that lives as long as nothing in `_lifecycle`
//! changes (Fabric `core/chaincode/lifecycle/endorsement_info.go`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ::channel::definition::{self, ChaincodeDefinition};
use ::channel::legacy::ChaincodeData;
use parking_lot::RwLock;

use super::ContractRegistry;
use super::external::ExternalChaincodes;
use crate::channels::Channel;
use crate::lifecycle::state::{self, Approval, LifecycleError, Public, PublicSnapshot};
use crate::text;

/// What it takes to invoke a chaincode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocable {
    /// The definition's sequence.
    pub sequence: i64,
    /// The definition's version, which endorsements name.
    pub version: String,
    /// The chaincode must be initialised once for each version.
    pub init_required: bool,
    /// The package to run.
    pub package_id: String,
    /// What is to endorse its results.
    pub endorsement_plugin: String,
}

struct Cached {
    epoch: u64,
    invocable: Arc<Invocable>,
}

/// A definition of `lscc` that the installed package agrees with.
struct Legacy {
    data: ChaincodeData,
    invocable: Arc<Invocable>,
}

/// Cache of what the channels' definitions mean on this peer.
pub struct Definitions {
    msp_id: String,
    contracts: Arc<ContractRegistry>,
    external: Arc<ExternalChaincodes>,
    /// By channel, then chaincode. Only committed definitions enter, so clients cannot make it grow.
    cached: RwLock<HashMap<String, HashMap<String, Cached>>>,
    /// The same for what `lscc` defined.
    legacy: RwLock<HashMap<String, HashMap<String, Legacy>>>,
}

impl Definitions {
    /// Definitions as seen by a peer of organisation `msp_id` that has installed `contracts`.
    pub fn new(msp_id: String, contracts: Arc<ContractRegistry>, external: Arc<ExternalChaincodes>) -> Self {
        Definitions { msp_id, contracts, external, cached: RwLock::default(), legacy: RwLock::default() }
    }

    /// The chaincode that `name` stands for under `simulator`.
    pub fn resolve(
        &self,
        channel: &Channel,
        name: &str,
        simulator: &mut ledger::Simulator,
    ) -> Result<Arc<Invocable>, String> {
        if !channel.bundle().has_capability("Application", "V2_0") {
            return self.resolve_legacy(channel, name, simulator);
        }
        let sequence = definition::read_sequence(name, &mut Public(simulator)).map_err(|error| {
            let cause = text::chain(&error);
            format!("could not get current sequence for chaincode '{name}' on channel '{}': {cause}", channel.id())
        })?;
        if sequence == 0 {
            // What `lscc` defined holds; asking there is part of the read set of every peer.
            return self.resolve_legacy(channel, name, simulator);
        }
        let epoch = channel.lifecycle_epoch();
        if let Some(invocable) = self.cached(channel.id(), name, sequence, epoch) {
            return Ok(invocable);
        }
        let invocable = Arc::new(self.load(channel, name, sequence)?);
        let cached = Cached { epoch, invocable: invocable.clone() };
        self.cached.write().entry(channel.id().to_owned()).or_default().insert(name.to_owned(), cached);
        Ok(invocable)
    }

    /// The chaincode that `lscc` defined.
    fn resolve_legacy(
        &self,
        channel: &Channel,
        name: &str,
        simulator: &mut ledger::Simulator,
    ) -> Result<Arc<Invocable>, String> {
        let data = state::read_legacy_definition(simulator, name)
            .map_err(|error| format!("chaincode {name} has bad definition: {error}"))?;
        let Some(data) = data else { return Err(format!("chaincode {name} not found")) };
        let cached = |legacy: &Legacy| (legacy.data == data).then(|| legacy.invocable.clone());
        let known = self.legacy.read().get(channel.id()).and_then(|names| names.get(name)).and_then(cached);
        if let Some(invocable) = known {
            return Ok(invocable);
        }
        self.check_legacy(&data).map_err(|cause| format!("failed security checks: {cause}"))?;
        let invocable = Arc::new(Invocable {
            sequence: 0,
            version: data.version.clone(),
            init_required: false,
            package_id: data.chaincode_id(),
            endorsement_plugin: data.escc.clone(),
        });
        let legacy = Legacy { data, invocable: invocable.clone() };
        self.legacy.write().entry(channel.id().to_owned()).or_default().insert(name.to_owned(), legacy);
        Ok(invocable)
    }

    /// The installed package must be the one that was instantiated, under the policy that it came with.
    fn check_legacy(&self, data: &ChaincodeData) -> Result<(), String> {
        let chaincode_id = data.chaincode_id();
        let package = self.contracts.legacy().load(&chaincode_id);
        let package = package.map_err(|error| format!("invalid deployment spec: {error}"))?;
        if data.name != package.name() || data.version != package.version() {
            return Err(format!(
                "chaincode fingerprint mismatch: invalid chaincode data {chaincode_id} ({}:{})",
                package.name(),
                package.version()
            ));
        }
        if !package.has_hashes(&data.data) {
            return Err("chaincode fingerprint mismatch: data mismatch".to_owned());
        }
        match &package.instantiation_policy {
            Some(policy) if *policy != data.instantiation_policy => {
                Err(format!("Instantiation policy mismatch for cc {chaincode_id}"))
            }
            _ => Ok(()),
        }
    }

    /// The package that `name` stood for when it was last called, or stands for now.
    pub fn package_id(&self, channel: &Channel, name: &str) -> Option<String> {
        let epoch = channel.lifecycle_epoch();
        let cached = self.cached.read();
        let entry = cached.get(channel.id()).and_then(|names| names.get(name)).filter(|entry| entry.epoch == epoch);
        if let Some(entry) = entry {
            return Some(entry.invocable.package_id.clone());
        }
        drop(cached);
        let mut simulator = channel.ledger().simulator("");
        self.resolve(channel, name, &mut simulator).ok().map(|invocable| invocable.package_id.clone())
    }

    /// The chaincodes that this peer can run on the channel, by name and version. The version is the sequence of the
    /// definition, because a new one need not have another version; `lscc` has versions only. What `_lifecycle` defines hides
    /// what `lscc` has under the name.
    pub fn runnable(&self, channel: &Channel) -> Result<Vec<(String, String)>, LifecycleError> {
        let mut simulator = channel.ledger().simulator("");
        let mut names = state::defined_names(simulator.snapshot())?;
        let legacy = state::legacy_names(simulator.snapshot())?;
        names.extend(legacy);
        let mut found = BTreeMap::new();
        for name in names {
            if let Ok(invocable) = self.resolve(channel, &name, &mut simulator) {
                let version = match invocable.sequence {
                    0 => invocable.version.clone(),
                    sequence => sequence.to_string(),
                };
                found.insert(name, version);
            }
        }
        Ok(found.into_iter().collect())
    }

    fn cached(&self, channel_id: &str, name: &str, sequence: i64, epoch: u64) -> Option<Arc<Invocable>> {
        let cached = self.cached.read();
        let entry = cached.get(channel_id)?.get(name)?;
        (entry.epoch == epoch && entry.invocable.sequence == sequence).then(|| entry.invocable.clone())
    }

    fn load(&self, channel: &Channel, name: &str, sequence: i64) -> Result<Invocable, String> {
        let snapshot = channel.ledger().snapshot();
        let failed = |error: LifecycleError| {
            format!("could not get chaincode definition for '{name}' on channel '{}': {error}", channel.id())
        };
        let definition =
            ChaincodeDefinition::read(name, &mut PublicSnapshot(&snapshot)).map_err(|error| failed(error.into()))?;
        let Some(definition) = definition else {
            return Err(format!("unknown chaincode '{name}' for channel '{}'", channel.id()));
        };
        if definition.sequence != sequence {
            return Err(format!(
                "chaincode cache at sequence {} but current sequence is {sequence}, chaincode definition for '{name}' \
                 changed during invoke",
                definition.sequence
            ));
        }
        let mut installed = self.contracts.packages().list().map_err(|error| text::chain(&error))?;
        installed.extend(self.external.names());
        let approval = state::approval(&snapshot, &self.msp_id, name, &definition, &installed).map_err(failed)?;
        let version = definition.endorsement_info.version;
        let package_id = match approval {
            Approval::Missing => {
                return Err(format!(
                    "chaincode definition for '{name}' at sequence {sequence} on channel '{}' has not yet been approved \
                 by this org",
                    channel.id()
                ));
            }
            // In development nothing needs to be installed: what runs registers under name and version.
            Approval::WithoutPackage if self.external.takes_everybody() => format!("{name}:{version}"),
            Approval::WithoutPackage => {
                return Err(format!("chaincode definition for '{name}' exists, but chaincode is not installed"));
            }
            Approval::Package(package_id) => package_id,
        };
        Ok(Invocable {
            sequence,
            version,
            init_required: definition.endorsement_info.init_required,
            package_id,
            endorsement_plugin: definition.endorsement_info.endorsement_plugin,
        })
    }
}
