//! The organisations that a channel, or a node on its own, knows.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use proto::msp::SerializedIdentity;

use crate::cache::IdentityCache;
use crate::identity::Identity;
use crate::membership::{IdentityError, Msp};

/// How many validated identities a set remembers. About 4 kB each.
pub const CACHED_IDENTITIES_MAX: usize = 4096;

/// The largest serialized identity that is remembered, in bytes; real ones have about 800. Longer ones are judged anew
/// each time, so that members cannot fill the memory with padded spellings of themselves: a set takes 16 MiB for them at
/// most, and about as much again for what it read out of them.
pub const CACHED_IDENTITY_BYTES_MAX: usize = 4 << 10;

/// The largest serialized identity that is read, in bytes.
const SERIALIZED_BYTES_MAX: usize = 128 << 10;

/// Some organisations, and a cache of their members. Whoever changes the organisations makes a new set, so that nobody
/// is known by rules that hold no more.
#[derive(Debug)]
pub struct MspSet {
    msps: Vec<Msp>,
    cache: IdentityCache,
}

impl MspSet {
    /// Of two MSPs with the same id the first one counts.
    pub fn new(msps: Vec<Msp>) -> MspSet {
        MspSet { msps, cache: IdentityCache::new(CACHED_IDENTITIES_MAX) }
    }

    /// The organisations.
    pub fn msps(&self) -> &[Msp] {
        &self.msps
    }

    /// One organisation.
    pub fn msp(&self, msp_id: &str) -> Option<&Msp> {
        self.msps.iter().find(|msp| msp.id() == msp_id)
    }

    /// How many identities the set remembers at the moment, at most [`CACHED_IDENTITIES_MAX`].
    pub fn cached_identities(&self) -> usize {
        self.cache.len()
    }

    /// Decodes and validates an identity: chain, revocation, units. Valid ones are cached by their exact bytes;
    /// looking one up again takes some 100 ns. Invalid ones are not, so that nobody can fill the cache with them.
    pub fn identity(&self, serialized: &[u8]) -> Result<Arc<Identity>, IdentityError> {
        if let Some(known) = self.cache.lookup(serialized) {
            return Ok(known);
        }
        if serialized.len() > SERIALIZED_BYTES_MAX {
            return Err(IdentityError::TooLong(serialized.len()));
        }
        let bytes = Bytes::copy_from_slice(serialized);
        let decoded = SerializedIdentity::decode(bytes.clone()).map_err(IdentityError::Decode)?;
        let msp = self.msp(&decoded.mspid).ok_or(IdentityError::UnknownMsp(decoded.mspid))?;
        let identity = Arc::new(msp.identity(&decoded.id_bytes, bytes)?);
        if serialized.len() <= CACHED_IDENTITY_BYTES_MAX {
            self.cache.insert(&identity);
        }
        Ok(identity)
    }
}
