//! Where transactions and blocks are, by id and by hash.

use proto::ordered_varint;
use proto::protos::TxValidationCode;

use crate::database::{self, Database, Family};
use crate::error::ReadError;
use crate::state::Version;

/// A committed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TransactionEntry {
    pub(crate) version: Version,
    pub(crate) code: TxValidationCode,
    /// Where its envelope starts in the serialized block.
    pub(crate) offset: u32,
    pub(crate) length: u32,
}

impl TransactionEntry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(20);
        self.version.push(&mut out);
        out.push(self.code as i32 as u8);
        ordered_varint::push(&mut out, self.offset.into());
        ordered_varint::push(&mut out, self.length.into());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<TransactionEntry> {
        let (version, mut at) = Version::read(bytes)?;
        let code = TxValidationCode::try_from(i32::from(*bytes.get(at)?)).ok()?;
        at += 1;
        let (offset, taken) = ordered_varint::read(&bytes[at..])?;
        let (length, _) = ordered_varint::read(&bytes[at + taken..])?;
        Some(TransactionEntry { version, code, offset: offset.try_into().ok()?, length: length.try_into().ok()? })
    }
}

/// What the index knows of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The first transaction with it.
    Entry(TransactionEntry),
    /// A transaction has it that is older than the snapshot with which the ledger began.
    BeforeSnapshot,
}

/// The first transaction with this id.
pub(crate) fn transaction(database: &Database, tx_id: &str) -> Result<Option<Known>, ReadError> {
    let Some(bytes) = database.get(Family::Index, &database::tx_key(tx_id), "a transaction id")? else {
        return Ok(None);
    };
    let damaged = || ReadError::Damaged {
        what: format!("the index of transaction {tx_id}"),
        detail: "it does not decode".to_owned(),
    };
    if bytes.is_empty() {
        return Ok(Some(Known::BeforeSnapshot));
    }
    TransactionEntry::decode(&bytes).map(|entry| Some(Known::Entry(entry))).ok_or_else(damaged)
}

/// The number of the block with this header hash.
pub(crate) fn block_number(database: &Database, header_hash: &[u8]) -> Result<Option<u64>, ReadError> {
    let found = database.get(Family::Index, &database::hash_key(header_hash), "a block hash")?;
    Ok(found.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_fragments_do_not() {
        let version = Version { block: 700, transaction: 3 };
        let entry = TransactionEntry { version, code: TxValidationCode::MvccReadConflict, offset: 70_000, length: 9 };
        let bytes = entry.encode();
        assert_eq!(TransactionEntry::decode(&bytes), Some(entry));
        for length in 0..bytes.len() {
            assert_eq!(TransactionEntry::decode(&bytes[..length]), None);
        }
    }
}
