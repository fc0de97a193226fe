//! Who may ask: writers of a channel about it, administrators of the peer's organisation about all peers it knows (Fabric
//! `discovery/authcache.go`, `discovery/support/acl`).

use std::collections::HashMap;
use std::sync::Arc;

use ::channel::{Bundle, SignedData, signed_identities};
use msp::MspSet;
use parking_lot::Mutex;
use proto::Digest;

/// Who may ask about a channel. Fabric has no resource for it that a channel could give another policy.
const CHANNEL_POLICY: &str = "/Channel/Application/Writers";

/// Remembers who may ask (`peer.discovery.authCacheMaxSize` and `.authCachePurgeRetentionRatio`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuthCacheSettings {
    /// Most requests that are remembered for one channel; clients repeat theirs.
    pub entries_max: usize,
    /// What part of them stays when there are more, from 0 to 1.
    pub retention_ratio: f64,
}

impl Default for AuthCacheSettings {
    fn default() -> Self {
        AuthCacheSettings { entries_max: 1000, retention_ratio: 0.75 }
    }
}

/// Judges who signed a request.
pub(super) struct Access {
    local_msps: Arc<MspSet>,
    /// All members of the peer's organisation may ask what otherwise its administrators may.
    members_allowed: bool,
    settings: Option<AuthCacheSettings>,
    /// By channel; those of the peer itself have the empty name.
    known: Mutex<HashMap<String, Known>>,
}

/// Verdicts under one configuration.
#[derive(Default)]
struct Known {
    sequence: u64,
    verdicts: HashMap<Digest, bool>,
}

impl Access {
    pub(super) fn new(local_msps: Arc<MspSet>, members_allowed: bool, settings: Option<AuthCacheSettings>) -> Access {
        Access { local_msps, members_allowed, settings, known: Mutex::default() }
    }

    /// Whether the author of a request may ask about the peers that this one knows.
    pub(super) fn allows_locally(&self, request: &SignedData) -> bool {
        self.remembered("", 0, request, || {
            let signers = signed_identities(&self.local_msps, std::slice::from_ref(request));
            signers.iter().any(|signer| self.members_allowed || signer.is_admin())
        })
    }

    /// Whether the author may ask about a channel.
    pub(super) fn allows(&self, bundle: &Bundle, request: &SignedData) -> bool {
        self.remembered(bundle.channel_id(), bundle.sequence(), request, || {
            match bundle.evaluate(CHANNEL_POLICY, std::slice::from_ref(request)) {
                Ok(()) => true,
                Err(error) => {
                    let channel = bundle.channel_id();
                    tracing::warn!(target: "discovery", channel, %error, "got a query, but its author isn't eligible");
                    false
                }
            }
        })
    }

    fn remembered(&self, channel_id: &str, sequence: u64, request: &SignedData, judge: impl FnOnce() -> bool) -> bool {
        let Some(settings) = &self.settings else { return judge() };
        let key = key(request);
        let found = self
            .known
            .lock()
            .get(channel_id)
            .filter(|known| known.sequence == sequence)
            .and_then(|known| known.verdicts.get(&key).copied());
        if let Some(verdict) = found {
            return verdict;
        }
        let verdict = judge();
        let mut known = self.known.lock();
        let known = known.entry(channel_id.to_owned()).or_default();
        if known.sequence < sequence {
            *known = Known { sequence, ..Known::default() };
        }
        // Another request may have met a later configuration meanwhile.
        if known.sequence == sequence {
            make_room(&mut known.verdicts, settings);
            if settings.entries_max > 0 {
                known.verdicts.insert(key, verdict);
            }
        }
        verdict
    }
}

/// Any verdicts go, as in Fabric; at least one, so that there never are more than there may be.
fn make_room(verdicts: &mut HashMap<Digest, bool>, settings: &AuthCacheSettings) {
    if verdicts.len() < settings.entries_max {
        return;
    }
    // A ratio between 0 and 1 of a number that is small enough to be exact.
    let keep = (settings.entries_max as f64 * settings.retention_ratio) as usize;
    let keep = keep.min(settings.entries_max.saturating_sub(1));
    let mut count = 0..keep;
    verdicts.retain(|_, _| count.next().is_some());
}

/// Lengths go in, so that no two requests have the same bytes.
fn key(request: &SignedData) -> Digest {
    let length = |bytes: &[u8]| (bytes.len() as u64).to_be_bytes();
    proto::sha256([
        &length(&request.identity)[..],
        &request.identity[..],
        &length(&request.signature)[..],
        &request.signature[..],
        &request.message[..],
    ])
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use bytes::Bytes;

    use super::*;

    fn request(number: usize) -> SignedData {
        let message = Bytes::from(number.to_string());
        SignedData { identity: Bytes::from_static(b"who"), message, signature: Bytes::from_static(b"signed") }
    }

    fn access(entries_max: usize, retention_ratio: f64) -> Access {
        let settings = AuthCacheSettings { entries_max, retention_ratio };
        Access::new(Arc::new(MspSet::new(Vec::new())), false, Some(settings))
    }

    fn judged(access: &Access, sequence: u64, number: usize) -> bool {
        let asked = Cell::new(false);
        let verdict = access.remembered("mychannel", sequence, &request(number), || {
            asked.set(true);
            number.is_multiple_of(2)
        });
        assert_eq!(verdict, number.is_multiple_of(2), "{number}");
        asked.get()
    }

    #[test]
    fn verdicts_hold_for_one_configuration() {
        let access = access(10, 0.5);
        assert!(judged(&access, 1, 1) && judged(&access, 1, 2));
        assert!(!judged(&access, 1, 1) && !judged(&access, 1, 2));
        assert!(judged(&access, 2, 1), "another configuration");
        assert!(judged(&access, 1, 1), "what was begun under the earlier one is not remembered");
        assert!(!judged(&access, 2, 1));
    }

    #[test]
    fn there_are_never_more_than_there_may_be() {
        for (entries_max, ratio, after) in
            [(4, 0.75, 4), (4, 0.5, 3), (4, 0.0, 1), (4, 1.0, 4), (1, 0.9, 1), (0, 0.5, 0)]
        {
            let access = access(entries_max, ratio);
            for number in 0..entries_max + 1 {
                assert!(judged(&access, 0, number));
            }
            let known = access.known.lock();
            assert_eq!(known["mychannel"].verdicts.len(), after, "{entries_max} and {ratio}");
        }
    }

    #[test]
    fn nothing_is_remembered_without_a_cache() {
        let access = Access::new(Arc::new(MspSet::new(Vec::new())), false, None);
        assert!(judged(&access, 1, 1) && judged(&access, 1, 1));
        assert!(!access.allows_locally(&request(1)), "a stranger");
    }
}
