//! Running chaincodes: which one a name stands for, and what comes of calling it.

pub mod builders;
mod calls;
mod collections;
pub mod definitions;
pub mod external;
mod launched;
pub mod legacy_packages;
pub mod logs;
pub mod packages;
mod registry;
pub mod transaction_context;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::channel::definition::DEFAULT_ENDORSEMENT_PLUGIN;
use bytes::Bytes;
use ledger::Simulator;
use prost::Message;
use proto::msp::SerializedIdentity;
use proto::protos::{ChaincodeEvent, ChaincodeInterest, Response};
use proto::rwset::TxPvtReadWriteSet;
use runtime::{Invocation, THREAD_STACK_BYTES};

pub use registry::{ContractRegistry, InstallError, Installed, LaunchError};

use crate::channels::{Channel, Channels};
use crate::endorser::CheckedProposal;
use crate::endorser::interest::chaincode_interest;
use crate::lifecycle::state::LifecycleError;
use crate::metrics::{ChaincodeMetrics, Launch};
use crate::system::{LegacyInit, SYSTEM_VERSION, SystemCall, SystemChaincode, SystemChaincodes, legacy_init};
use crate::text;
use definitions::{Definitions, Invocable};
use external::ExternalChaincodes;
use launched::{CallError, Launched};
use logs::ContractLogs;
use transaction_context::{Event, Scope, SimulationContext};

/// Fabric's default for `chaincode.executetimeout`.
pub const DEFAULT_EXECUTE_TIMEOUT: Duration = Duration::from_secs(30);

/// Stands for timeouts beyond what the clock can add.
const TIMEOUT_MAX: Duration = Duration::from_secs(86_400);

/// Responses from here on carry no event.
const STATUS_ERROR_THRESHOLD: i32 = 400;
/// An Init with such a response has failed.
const STATUS_ERROR: i32 = 500;

/// Key in a chaincode's namespace that holds the version it was initialised for.
pub const INITIALIZED_KEY: &str = "\u{0}\u{10ffff}initialized";

/// The result of one call and of everything it did to the ledger's copy of the state.
#[derive(Debug, Default)]
pub struct Executed {
    /// What the chaincode answered.
    pub response: Response,
    /// The event it set.
    pub event: Option<ChaincodeEvent>,
    /// The serialized read-write set; empty where nothing was simulated.
    pub results: Bytes,
    /// Private writes.
    pub private: Option<TxPvtReadWriteSet>,
    /// The version of the chaincode's definition.
    pub version: String,
    /// What its definition wants to have the results endorsed by.
    pub endorsement_plugin: String,
    /// What the transaction touched.
    pub interest: Option<ChaincodeInterest>,
}

/// Runs system chaincodes and contracts.
pub struct ChaincodeSupport {
    channels: Arc<Channels>,
    system: SystemChaincodes,
    contracts: Arc<ContractRegistry>,
    external: Arc<ExternalChaincodes>,
    definitions: Definitions,
    execute_timeout: Duration,
    logs: ContractLogs,
    metrics: ChaincodeMetrics,
}

/// What a name stands for on a channel.
enum Chaincode {
    System(SystemChaincode),
    Wasm(Arc<Invocable>),
}

impl ChaincodeSupport {
    /// Chaincodes of a peer of organisation `msp_id`. A call takes at most `execute_timeout`; what it logs goes to `logs`.
    pub fn new(
        msp_id: String,
        system: SystemChaincodes,
        contracts: Arc<ContractRegistry>,
        external: Arc<ExternalChaincodes>,
        execute_timeout: Duration,
        logs: ContractLogs,
    ) -> Self {
        let definitions = Definitions::new(msp_id, contracts.clone(), external.clone());
        let channels = system.channels.clone();
        let metrics = ChaincodeMetrics::default();
        ChaincodeSupport { channels, system, contracts, external, definitions, execute_timeout, logs, metrics }
    }

    /// Counts starts and calls.
    pub fn counted(self, metrics: ChaincodeMetrics) -> Self {
        ChaincodeSupport { metrics, ..self }
    }

    /// Calls the chaincode that the proposal names, on the current state of `channel`. The error is the text of a
    /// failure of the peer.
    pub fn execute(
        self: &Arc<Self>,
        proposal: &CheckedProposal,
        channel: Option<&Arc<Channel>>,
    ) -> Result<Executed, String> {
        let name = proposal.chaincode();
        let system = SystemChaincode::named(name);
        let needs_simulator = system.is_none_or(SystemChaincode::needs_simulator);
        let mut simulator =
            channel.filter(|_| needs_simulator).map(|channel| channel.ledger().simulator(proposal.tx_id()));
        let chaincode = self.resolve(name, channel, simulator.as_mut()).map_err(|cause| {
            format!(
                "make sure the chaincode {name} has been successfully defined on channel {} and try again: {cause}",
                proposal.channel_id()
            )
        })?;
        let simulated = match chaincode {
            Chaincode::System(system) => {
                let call = SystemCall::proposed(proposal, channel, simulator.as_mut());
                let (response, event) = self.system.invoke(system, call);
                let simulator = self.initialize_deployed(proposal, system, &response, channel, simulator);
                simulator.and_then(|simulator| {
                    finish(proposal, SYSTEM_VERSION, DEFAULT_ENDORSEMENT_PLUGIN, response, event, simulator)
                })
            }
            Chaincode::Wasm(invocable) => {
                let (Some(channel), Some(simulator)) = (channel, simulator) else {
                    return Err("error in simulation: invalid channel-less operation".to_owned());
                };
                self.invoke(proposal, &invocable, channel, simulator).and_then(|(response, event, simulator)| {
                    let Invocable { version, endorsement_plugin, .. } = &*invocable;
                    finish(proposal, version, endorsement_plugin, response, event, Some(simulator))
                })
            }
        };
        simulated.map_err(|cause| format!("error in simulation: {cause}"))
    }

    /// The chaincodes that this peer can run on a channel, by name and version ([`Definitions::runnable`]).
    pub fn runnable(&self, channel: &Channel) -> Result<Vec<(String, String)>, LifecycleError> {
        self.definitions.runnable(channel)
    }

    fn resolve(
        &self,
        name: &str,
        channel: Option<&Arc<Channel>>,
        simulator: Option<&mut Simulator>,
    ) -> Result<Chaincode, String> {
        if let Some(system) = SystemChaincode::named(name) {
            return Ok(Chaincode::System(system));
        }
        match (channel, simulator) {
            (Some(channel), Some(simulator)) => self.definitions.resolve(channel, name, simulator).map(Chaincode::Wasm),
            _ => Err("could not get channel config for channel ''".to_owned()),
        }
    }

    /// The chaincode that `lscc` has just instantiated or upgraded is initialised in the same simulation.
    fn initialize_deployed(
        self: &Arc<Self>,
        proposal: &CheckedProposal,
        system: SystemChaincode,
        response: &Response,
        channel: Option<&Arc<Channel>>,
        simulator: Option<Simulator>,
    ) -> Result<Option<Simulator>, String> {
        if system != SystemChaincode::Lscc || response.status >= STATUS_ERROR_THRESHOLD {
            return Ok(simulator);
        }
        match (legacy_init(proposal.args(), proposal.channel_id())?, channel, simulator) {
            (Some(init), Some(channel), Some(simulator)) => {
                self.legacy_init(proposal, init, channel, simulator).map(Some)
            }
            (_, _, simulator) => Ok(simulator),
        }
    }

    fn legacy_init(
        self: &Arc<Self>,
        proposal: &CheckedProposal,
        init: LegacyInit,
        channel: &Arc<Channel>,
        simulator: Simulator,
    ) -> Result<Simulator, String> {
        let LegacyInit { name, chaincode_id, args } = init;
        let failed = |cause: String| format!("failed to execute transaction {}: {cause}", proposal.tx_id());
        let launched = self.launch(&chaincode_id, self.launch_deadline())?;
        // Fabric's contract API answers an Init without a function by itself.
        if matches!(launched, Launched::Wasm(_)) && args.first().is_none_or(Bytes::is_empty) {
            return Ok(simulator);
        }
        let scope = Scope {
            support: self.clone(),
            channel: channel.clone(),
            namespace: name,
            creator: proposal.creator().clone(),
            callers: Vec::new(),
        };
        let invocation = Invocation { args, is_init: true, ..invocation(proposal) };
        let context = SimulationContext::new(invocation, scope, simulator);
        let timeout = self.execute_timeout;
        // System chaincodes run on threads whose stacks are not made for contracts.
        let thread = std::thread::Builder::new().name("legacy-init".to_owned()).stack_size(THREAD_STACK_BYTES);
        let thread = thread.spawn(move || launched.call(context, timeout, false));
        let thread = thread.map_err(|error| failed(format!("cannot start a thread: {error}")))?;
        let (answer, context) = thread.join().map_err(|_| failed("the call came to no end".to_owned()))?;
        match answer {
            Ok((response, _)) if response.status >= STATUS_ERROR => {
                Err(format!("transaction returned with failure: {}", response.message))
            }
            Ok(_) => Ok(context.into_simulator()),
            Err(error @ CallError::NoAnswer(_)) => Err(failed(error.to_string())),
            Err(error @ CallError::GaveUp(_)) => Err(error.to_string()),
        }
    }

    /// As in Fabric the time of a launch is not the call's.
    fn launch_deadline(&self) -> Instant {
        let begun = Instant::now();
        let launch_timeout = self.execute_timeout.max(self.external.startup_timeout());
        begun.checked_add(launch_timeout).unwrap_or(begun + TIMEOUT_MAX)
    }

    /// Calls a contract.
    fn invoke(
        self: &Arc<Self>,
        proposal: &CheckedProposal,
        invocable: &Invocable,
        channel: &Arc<Channel>,
        mut simulator: Simulator,
    ) -> Result<(Response, Option<Event>, Simulator), String> {
        let failed = |cause: String| format!("failed to execute transaction {}: {cause}", proposal.tx_id());
        let namespace = proposal.chaincode().to_owned();
        check_initialization(&namespace, proposal.is_init(), invocable, &mut simulator)
            .map_err(|cause| failed(format!("invalid invocation: {cause}")))?;
        let launched = self.launch(&invocable.package_id, self.launch_deadline()).map_err(failed)?;
        let scope = Scope {
            support: self.clone(),
            channel: channel.clone(),
            namespace,
            creator: proposal.creator().clone(),
            callers: Vec::new(),
        };
        let context = SimulationContext::new(invocation(proposal), scope, simulator);
        let (answer, context) = launched.call(context, self.execute_timeout, false);
        match answer {
            Ok((response, event)) => Ok((response, event, context.into_simulator())),
            Err(error @ CallError::NoAnswer(_)) => {
                if matches!(&error, CallError::NoAnswer(cause) if cause == text::EXECUTE_TIMEOUT) {
                    self.metrics.execute_timed_out(&invocable.package_id);
                }
                Err(failed(error.to_string()))
            }
            Err(error @ CallError::GaveUp(_)) => Err(error.to_string()),
        }
    }

    /// The logs of contracts.
    fn logs(&self) -> &ContractLogs {
        &self.logs
    }

    fn channel(&self, channel_id: &str) -> Option<Arc<Channel>> {
        self.channels.channel(channel_id)
    }

    /// Whether calls of a chaincode wait for another process. False where that is not known.
    pub fn waits_for_process(&self, channel: &Channel, name: &str) -> bool {
        let package_id = self.definitions.package_id(channel, name);
        package_id.is_some_and(|id| self.external.connection(&id).is_some() || self.contracts.is_process(&id))
    }

    /// A process that says it is this package comes before an installed one. It has until `deadline` to be there.
    fn launch(&self, package_id: &str, deadline: Instant) -> Result<Launched, String> {
        if let Some(connection) = self.external.connection(package_id) {
            return Ok(Launched::External(connection));
        }
        if self.contracts.is_contract(package_id) {
            return self.launch_now(package_id, deadline);
        }
        let begun = Instant::now();
        let launched = self.launch_now(package_id, deadline);
        let outcome = match &launched {
            Ok(_) => Launch::Succeeded,
            Err(_) if Instant::now() >= deadline => Launch::TimedOut,
            Err(_) => Launch::Failed,
        };
        self.metrics.launched(package_id, outcome, begun.elapsed());
        launched
    }

    fn launch_now(&self, package_id: &str, deadline: Instant) -> Result<Launched, String> {
        let failed = |cause: String| format!("could not launch chaincode {package_id}: {cause}");
        match self.contracts.launch(package_id).map_err(|error| failed(text::chain(&error)))? {
            Installed::Contract(contract) => Ok(Launched::Wasm(contract)),
            Installed::Server(server) => {
                self.external.connect(package_id, &server, deadline).map(Launched::External).map_err(failed)
            }
            Installed::Process(chaincode) => {
                self.external.start(&chaincode, deadline).map(Launched::External).map_err(failed)
            }
        }
    }
}

/// A chaincode whose definition asks for it is initialised exactly once for each version, before anything else.
fn check_initialization(
    name: &str,
    is_init: bool,
    invocable: &Invocable,
    simulator: &mut Simulator,
) -> Result<(), String> {
    let mut needs_initialization = false;
    if invocable.init_required {
        let initialized = simulator
            .get_state(name, INITIALIZED_KEY)
            .map_err(|error| format!("could not get 'initialized' key: {}", text::chain(&error)))?;
        needs_initialization = initialized.as_deref() != Some(invocable.version.as_bytes());
    }
    if !is_init {
        return if needs_initialization {
            Err(format!("chaincode '{name}' has not been initialized for this version, must call as init first"))
        } else {
            Ok(())
        };
    }
    if !invocable.init_required {
        return Err(format!("chaincode '{name}' does not require initialization but called as init"));
    }
    if !needs_initialization {
        return Err(format!("chaincode '{name}' is already initialized but called as init"));
    }
    simulator
        .set_state(name, INITIALIZED_KEY, Bytes::copy_from_slice(invocable.version.as_bytes()))
        .map_err(|error| format!("could not set 'initialized' key: {}", text::chain(&error)))
}

fn invocation(proposal: &CheckedProposal) -> Invocation {
    // Decodes, since the creator has been identified by it.
    let certificate = SerializedIdentity::decode(proposal.creator_bytes().clone()).unwrap_or_default();
    Invocation {
        tx_id: proposal.tx_id().to_owned(),
        channel_id: proposal.channel_id().to_owned(),
        timestamp: proposal.timestamp(),
        creator: proposal.creator_bytes().clone(),
        creator_msp_id: certificate.mspid,
        creator_certificate: certificate.id_bytes,
        args: proposal.args().to_vec(),
        transient: proposal.transient().clone(),
        signed_proposal: proposal.signed().encode_to_vec().into(),
        nonce: proposal.nonce().clone(),
        // There are no decorators.
        decorations: BTreeMap::new(),
        is_init: proposal.is_init(),
    }
}

/// Ends the simulation and puts the answer together.
fn finish(
    proposal: &CheckedProposal,
    version: &str,
    endorsement_plugin: &str,
    response: Response,
    event: Option<Event>,
    simulator: Option<Simulator>,
) -> Result<Executed, String> {
    let event = event.filter(|_| response.status < STATUS_ERROR_THRESHOLD).map(|event| ChaincodeEvent {
        chaincode_id: proposal.chaincode().to_owned(),
        tx_id: proposal.tx_id().to_owned(),
        event_name: event.name,
        payload: event.payload,
    });
    let (version, endorsement_plugin) = (version.to_owned(), endorsement_plugin.to_owned());
    let Some(simulator) = simulator else {
        return Ok(Executed { response, event, version, endorsement_plugin, ..Default::default() });
    };
    let results = simulator.finish().map_err(|error| text::chain(&error))?;
    let interest = chaincode_interest(&results).map_err(|error| error.to_string())?;
    Ok(Executed {
        response,
        event,
        results: results.public,
        private: results.private,
        version,
        endorsement_plugin,
        interest: Some(interest),
    })
}
