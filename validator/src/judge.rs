//! The second step: what depends on the state after the block before.

use std::collections::HashSet;
use std::sync::Arc;

use channel::{Bundle, definition, legacy, update};
use ledger::{CandidateBlock, CandidateTransaction, Ledger, NamespaceReadWriteSet, ReadError};
use prost::Message;
use proto::common::ConfigEnvelope;
use proto::protos::TxValidationCode as Code;

use crate::check::{CheckedBlock, CheckedContent, CheckedTransaction, EndorsedAction};
use crate::edition::Edition;
use crate::key_level::KeyLevel;
use crate::legacy::{Legacy, Upgrades};
use crate::namespace::Namespaces;

/// What became of a block.
pub struct Judgement {
    /// For [`ledger::Ledger::commit`].
    pub candidate: CandidateBlock,
    /// The configuration from the next block on, where the block changes it.
    pub config: Option<Arc<Bundle>>,
    /// A valid transaction may change chaincode definitions or approvals.
    pub touches_lifecycle: bool,
    /// Private data of invalid transactions is kept, too.
    pub keeps_invalid_private_data: bool,
}

/// The peer cannot decide about a block. Going on would risk a ledger that differs from that of others.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The state cannot be read.
    #[error("cannot read the state that the block is judged by")]
    Read(#[source] ReadError),
    /// What defines a chaincode makes no sense.
    #[error("the definition of chaincode {namespace} is damaged")]
    Definition {
        /// The chaincode.
        namespace: String,
        /// What is wrong with it.
        #[source]
        source: channel::definition::LayoutError,
    },
    /// A definition asks for a validation plugin that this peer does not have.
    #[error("plugin with name {plugin} wasn't found, which the definition of chaincode {namespace} asks for")]
    Plugin {
        /// The chaincode.
        namespace: String,
        /// The plugin.
        plugin: String,
    },
    /// The ordering service let a configuration pass that is no legal successor of the one in force.
    #[error("block {block_number} holds an invalid configuration")]
    Config {
        /// The block.
        block_number: u64,
        /// What is wrong with it.
        #[source]
        source: channel::update::UpdateError,
    },
    /// The configuration transaction does not decode.
    #[error("block {block_number} holds a malformed configuration")]
    ConfigBytes {
        /// The block.
        block_number: u64,
        /// Why it does not decode.
        #[source]
        source: prost::DecodeError,
    },
}

/// Judges a checked block by the state of `ledger`, whose last block must be the one before.
pub fn judge(checked: CheckedBlock, ledger: &Ledger) -> Result<Judgement, JudgeError> {
    let block_number = checked.number();
    let CheckedBlock { block, bundle, transactions } = checked;
    let snapshot = ledger.snapshot();
    let mut judge = Judge {
        ledger,
        bundle: &bundle,
        block_number,
        edition: Edition::of(&bundle),
        namespaces: Namespaces::new(&bundle, &snapshot),
        legacy: Legacy::new(&bundle, &snapshot),
        key_level: KeyLevel::new(&bundle, &snapshot),
        upgrades: Upgrades::default(),
        seen: HashSet::with_capacity(transactions.len()),
        config: None,
        touches_lifecycle: false,
    };
    let mut transactions: Vec<CandidateTransaction> = transactions
        .into_iter()
        .enumerate()
        .map(|(index, tx)| judge.transaction(index, tx))
        .collect::<Result<_, _>>()?;
    let Judge { config, touches_lifecycle, upgrades, .. } = judge;
    upgrades.resolve(&mut transactions);
    let keeps_invalid_private_data = bundle.has_capability("Application", "V1_4_2");
    let candidate = CandidateBlock { block, transactions };
    Ok(Judgement { candidate, config, touches_lifecycle, keeps_invalid_private_data })
}

struct Judge<'a> {
    ledger: &'a Ledger,
    bundle: &'a Arc<Bundle>,
    block_number: u64,
    edition: Edition,
    namespaces: Namespaces<'a>,
    legacy: Legacy<'a>,
    key_level: KeyLevel<'a>,
    upgrades: Upgrades,
    /// The ids of the transactions of this block that are valid so far.
    seen: HashSet<String>,
    config: Option<Arc<Bundle>>,
    touches_lifecycle: bool,
}

impl Judge<'_> {
    fn transaction(
        &mut self,
        index: usize,
        transaction: CheckedTransaction,
    ) -> Result<CandidateTransaction, JudgeError> {
        let CheckedTransaction { tx_id, kind, content } = transaction;
        let mut candidate =
            CandidateTransaction { tx_id, kind, code: Code::Valid, rwset: None, config: None, private: None };
        match content {
            Err(code) => candidate.code = code,
            Ok(CheckedContent::Config(config)) => {
                self.apply_config(&config)?;
                candidate.config = Some(config);
            }
            Ok(CheckedContent::Endorser(Err(code))) => candidate.code = self.malformed(&candidate.tx_id, code)?,
            Ok(CheckedContent::Endorser(Ok(action))) => {
                candidate.code = self.endorser(index, &candidate.tx_id, &action)?;
                if candidate.code == Code::Valid {
                    // Every call of a chaincode reads its sequence there.
                    for namespace in [definition::NAMESPACE, legacy::NAMESPACE] {
                        let set = action.rwset.namespace(namespace);
                        self.touches_lifecycle |= set.is_some_and(NamespaceReadWriteSet::has_writes);
                    }
                }
                candidate.rwset = Some(action.rwset);
            }
        }
        Ok(candidate)
    }

    /// The code of a transaction whose results cannot be used: an id that is in the ledger outranks the reason.
    fn malformed(&self, tx_id: &str, code: Code) -> Result<Code, JudgeError> {
        match self.ledger.contains_tx(tx_id).map_err(JudgeError::Read)? {
            true => Ok(Code::DuplicateTxid),
            false => Ok(code),
        }
    }

    fn endorser(&mut self, index: usize, tx_id: &str, action: &EndorsedAction) -> Result<Code, JudgeError> {
        if self.ledger.contains_tx(tx_id).map_err(JudgeError::Read)? {
            return Ok(Code::DuplicateTxid);
        }
        let judged = match self.edition {
            Edition::V2_0 => self.policies(action)?,
            _ => self.legacy.judge(action, &mut self.key_level)?,
        };
        if let Err(code) = judged {
            return Ok(code);
        }
        if self.edition < Edition::V2_0 {
            self.upgrades.add(index, action);
        }
        if self.edition >= Edition::V1_1 && !self.seen.insert(tx_id.to_owned()) {
            return Ok(Code::DuplicateTxid);
        }
        Ok(Code::Valid)
    }

    /// The invoked chaincode's policies, and those of every namespace that is written.
    fn policies(&mut self, action: &EndorsedAction) -> Result<Result<(), Code>, JudgeError> {
        let written = action.rwset.namespaces.iter().filter(|set| set.has_writes());
        let others = written.map(|set| set.namespace.as_str()).filter(|name| *name != action.chaincode);
        for name in std::iter::once(action.chaincode.as_str()).chain(others) {
            let Some(namespace) = self.namespaces.namespace(name)? else {
                return Ok(Err(Code::InvalidChaincode));
            };
            let writes = action.rwset.namespace(name);
            if !self.key_level.allows(namespace, writes, &action.endorsers)? {
                tracing::warn!(target: "vscc", chaincode = name, "Endorsement policy failure");
                return Ok(Err(Code::EndorsementPolicyFailure));
            }
        }
        Ok(Ok(()))
    }

    fn apply_config(&mut self, config: &bytes::Bytes) -> Result<(), JudgeError> {
        let block_number = self.block_number;
        let envelope = ConfigEnvelope::decode(config.clone())
            .map_err(|source| JudgeError::ConfigBytes { block_number, source })?;
        let current = self.config.as_ref().unwrap_or(self.bundle);
        let next = update::check(current, &envelope).map_err(|source| JudgeError::Config { block_number, source })?;
        self.config = Some(Arc::new(next));
        Ok(())
    }
}
