//! Which rules a channel follows, by the capability of its application group.

use channel::Bundle;

/// Editions of the rules, oldest first; each has those of the earlier ones (Fabric
/// `core/handlers/validation/builtin/default_validation.go`, `common/capabilities/application.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edition {
    /// No capability: an id may stand twice in a block.
    V1_0,
    /// An upgrade also has to satisfy the new instantiation policy.
    V1_1,
    /// The invoked chaincode's policy holds whatever is written; collections.
    V1_2,
    /// Policies of single keys.
    V1_3,
    /// Definitions of `_lifecycle`; endorsement policies of collections.
    V2_0,
}

impl Edition {
    /// The edition of a configuration.
    pub(crate) fn of(bundle: &Bundle) -> Edition {
        let editions =
            [("V2_0", Edition::V2_0), ("V1_3", Edition::V1_3), ("V1_2", Edition::V1_2), ("V1_1", Edition::V1_1)];
        let reached = editions.into_iter().find(|(name, _)| bundle.has_capability("Application", name));
        reached.map_or(Edition::V1_0, |(_, edition)| edition)
    }
}

/// Whether transactions may write to collections.
pub(crate) fn has_collections(bundle: &Bundle) -> bool {
    Edition::of(bundle) >= Edition::V1_2 || bundle.has_capability("Application", "V1_1_PVTDATA_EXPERIMENTAL")
}
