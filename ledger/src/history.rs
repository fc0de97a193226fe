//! Who changed a key.

use proto::queryresult::KeyModification;
use crate::error::ReadError;

/// The changes of a key, newest first.
pub struct HistoryIterator {}

impl Iterator for HistoryIterator {
    type Item = Result<KeyModification, ReadError>;
    fn next(&mut self) -> Option<Self::Item> {
        unimplemented!()
    }
}
