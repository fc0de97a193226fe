//! Capabilities: the names by which a channel switches rules on. A node that does not know one must not take part.

use std::collections::BTreeSet;

use proto::common::Capabilities;

use crate::config::ConfigError;

/// How much of an unknown name is shown, in characters.
const SHOWN_CHARS_MAX: usize = 64;

/// The oldest rules of the application group that a node follows. Channels with older ones are refused, so that nobody
/// takes part who would judge transactions differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OldestApplication {
    /// The `_lifecycle` chaincode and its rules of validation: Application V2_0 and later.
    #[default]
    V2_0,
    /// Also chaincodes that `lscc` instantiated, and the rules of Fabric 1.4: Application V1_4_2 and later.
    V1_4_2,
}

impl OldestApplication {
    fn capability(self) -> &'static str {
        match self {
            OldestApplication::V2_0 => "V2_0",
            OldestApplication::V1_4_2 => "V1_4_2",
        }
    }
}

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

const ALL: [&Levels; 3] = [&CHANNEL, &ORDERER, &APPLICATION];

/// The groups with the oldest capabilities whose rules a node with `application` follows.
pub(crate) fn groups(application: OldestApplication) -> [(&'static Levels, &'static str); 3] {
    // Roles by organizational unit, which the membership rules here rely on, came with Channel V1_4_3.
    [(&CHANNEL, "V1_4_3"), (&ORDERER, "V1_1"), (&APPLICATION, application.capability())]
}

impl Levels {
    /// Refuses capabilities that this node does not know, and channels that follow older rules than it has.
    pub(crate) fn check(&self, configured: Capabilities, least: &'static str) -> Result<BTreeSet<String>, ConfigError> {
        let names: BTreeSet<String> = configured.capabilities.into_keys().collect();
        let known = |name: &String| self.known.iter().chain(self.experimental).any(|known| known == name);
        if let Some(name) = names.iter().find(|name| !known(name)) {
            let name = name.chars().take(SHOWN_CHARS_MAX).collect();
            return Err(ConfigError::UnknownCapability { group: self.group, name });
        }
        match self.reaches(&names, least) {
            true => Ok(names),
            false => Err(ConfigError::MissingCapability { group: self.group, least }),
        }
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
    ALL.iter().find(|levels| levels.group == group).is_some_and(|levels| levels.reaches(names, capability))
}
