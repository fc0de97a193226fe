//! Capabilities: the names by which a channel switches rules on. A node that does not know one must not take part.

use std::collections::BTreeSet;

use proto::common::Capabilities;

use crate::config::ConfigError;

/// How much of an unknown name is shown, in characters.
const SHOWN_CHARS_MAX: usize = 64;

/// A group that has capabilities, with all that this node knows of them, oldest first.
pub(crate) struct Levels {
    pub(crate) group: &'static str,
    known: &'static [&'static str],
    experimental: &'static [&'static str],
}

pub(crate) const CHANNEL: Levels =
    Levels { group: "Channel", known: &["V1_1", "V1_3", "V1_4_2", "V1_4_3", "V2_0", "V3_0"], experimental: &[] };

pub(crate) const ORDERER: Levels = Levels { group: "Orderer", known: &["V1_1", "V1_4_2", "V2_0"], experimental: &[] };

pub(crate) const APPLICATION: Levels = Levels {
    group: "Application",
    known: &["V1_1", "V1_2", "V1_3", "V1_4_2", "V2_0", "V2_5"],
    experimental: &["V1_1_PVTDATA_EXPERIMENTAL", "V1_1_RESOURCETREE_EXPERIMENTAL"],
};

/// The groups that have capabilities.
pub(crate) const GROUPS: [&Levels; 3] = [&CHANNEL, &ORDERER, &APPLICATION];

impl Levels {
    /// Refuses capabilities that this node does not know.
    pub(crate) fn check(&self, configured: Capabilities) -> Result<BTreeSet<String>, ConfigError> {
        let names: BTreeSet<String> = configured.capabilities.into_keys().collect();
        let known = |name: &String| self.known.iter().chain(self.experimental).any(|known| known == name);
        if let Some(name) = names.iter().find(|name| !known(name)) {
            let name = name.chars().take(SHOWN_CHARS_MAX).collect();
            return Err(ConfigError::UnknownCapability { group: self.group, name });
        }
        Ok(names)
    }

    /// Whether `names` has `capability` or a later one, which includes it.
    fn reaches(&self, names: &BTreeSet<String>, capability: &str) -> bool {
        match self.known.iter().position(|known| *known == capability) {
            Some(level) => self.known[level..].iter().any(|later| names.contains(*later)),
            None => names.contains(capability),
        }
    }
}

/// Whether the group named `group` has `capability` or a later one.
pub(crate) fn reaches(group: &str, names: &BTreeSet<String>, capability: &str) -> bool {
    GROUPS.iter().find(|levels| levels.group == group).is_some_and(|levels| levels.reaches(names, capability))
}
