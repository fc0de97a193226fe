//! A bounded map from serialized to validated identities, with second chance: an entry that was used since the hand
//! last passed it stays for another round.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use foldhash::fast::RandomState;
use parking_lot::RwLock;

use crate::identity::Identity;

#[derive(Debug)]
pub(crate) struct IdentityCache {
    capacity: usize,
    entries: RwLock<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// Where in `slots` an identity stands.
    index: HashMap<Bytes, usize, RandomState>,
    slots: Vec<Slot>,
    hand: usize,
}

#[derive(Debug)]
struct Slot {
    identity: Arc<Identity>,
    used: AtomicBool,
}

impl IdentityCache {
    pub(crate) fn new(capacity: usize) -> IdentityCache {
        IdentityCache { capacity: capacity.max(1), entries: RwLock::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.read().slots.len()
    }

    pub(crate) fn lookup(&self, serialized: &[u8]) -> Option<Arc<Identity>> {
        let entries = self.entries.read();
        let slot = &entries.slots[*entries.index.get(serialized)?];
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        Some(slot.identity.clone())
    }

    pub(crate) fn insert(&self, identity: &Arc<Identity>) {
        let entries = &mut *self.entries.write();
        if entries.index.contains_key(identity.serialized()) {
            return;
        }
        let slot = Slot { identity: identity.clone(), used: AtomicBool::new(false) };
        let position = if entries.slots.len() < self.capacity {
            entries.slots.push(slot);
            entries.slots.len() - 1
        } else {
            // Ends after one round at the latest: passing a slot clears its mark.
            while entries.slots[entries.hand].used.swap(false, Ordering::Relaxed) {
                entries.hand = (entries.hand + 1) % self.capacity;
            }
            let position = entries.hand;
            entries.hand = (position + 1) % self.capacity;
            let evicted = std::mem::replace(&mut entries.slots[position], slot);
            entries.index.remove(evicted.identity.serialized());
            position
        };
        entries.index.insert(identity.serialized().clone(), position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{CertificateAuthority, EnrollmentRequest};
    use crate::organizational_unit::Role;
    use crate::{Msp, MspVersion, SigningIdentity};
    use prost::Message;
    use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig};

    fn identities(count: usize) -> Vec<Arc<Identity>> {
        let ca = CertificateAuthority::new("ca.example.com", "example.com").expect("an authority");
        let unit = |name: &str| {
            Some(FabricOuIdentifier { certificate: Bytes::new(), organizational_unit_identifier: name.to_owned() })
        };
        let config = FabricMspConfig {
            name: "Org1MSP".to_owned(),
            root_certs: vec![Bytes::copy_from_slice(ca.cert_pem().as_bytes())],
            fabric_node_ous: Some(FabricNodeOUs {
                enable: true,
                client_ou_identifier: unit("client"),
                admin_ou_identifier: unit("admin"),
                ..Default::default()
            }),
            ..Default::default()
        };
        let config = MspConfig { r#type: 0, config: config.encode_to_vec().into() };
        let msps = crate::MspSet::new(vec![Msp::from_config(&config, MspVersion::V3_0).expect("an MSP")]);
        let identity = |number: usize| {
            let request = EnrollmentRequest {
                common_name: format!("User{number}"),
                role: Role::Client,
                sans: Vec::new(),
                tls: false,
            };
            let pair = ca.issue(&request).expect("a certificate");
            let signer = SigningIdentity::from_pem("Org1MSP", &pair.cert_pem, &pair.key_pem).expect("an identity");
            msps.identity(signer.serialized()).expect("valid")
        };
        (0..count).map(identity).collect()
    }

    #[test]
    fn used_entries_get_a_second_chance() {
        let all = identities(6);
        let cache = IdentityCache::new(3);
        let known =
            || all.iter().map(|one| cache.entries.read().index.contains_key(one.serialized())).collect::<Vec<_>>();
        for identity in &all[..3] {
            cache.insert(identity);
            cache.insert(identity);
        }
        assert_eq!(known(), [true, true, true, false, false, false]);
        assert!(Arc::ptr_eq(&cache.lookup(all[0].serialized()).expect("known"), &all[0]));
        cache.insert(&all[3]);
        assert_eq!(known(), [true, false, true, true, false, false]);
        cache.insert(&all[4]);
        assert_eq!(known(), [true, false, false, true, true, false]);
        // The mark of the first one is spent, and it was not used again.
        cache.insert(&all[5]);
        assert_eq!(known(), [false, false, false, true, true, true]);
        assert!(cache.lookup(all[0].serialized()).is_none());
    }
}
