//! Which policy guards which resource (Fabric `core/aclmgmt/defaultaclprovider.go`, `resources/resources.go`).

use std::collections::BTreeMap;

/// What guards a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acl {
    /// A role in the node's own organisation; channels cannot override it.
    Local(LocalRole),
    /// A policy of the channel, by its absolute path.
    Policy(String),
    /// Nothing: another check covers it.
    Open,
}

/// A role in the node's own organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalRole {
    /// Administrators.
    Admins,
    /// Everybody.
    Members,
}

const READERS: &str = "/Channel/Application/Readers";
const WRITERS: &str = "/Channel/Application/Writers";

/// Resources that a role in the node's own organisation guards.
const LOCAL: &[(&str, LocalRole)] = &[
    ("_lifecycle/InstallChaincode", LocalRole::Admins),
    ("_lifecycle/QueryInstalledChaincode", LocalRole::Admins),
    ("_lifecycle/GetInstalledChaincodePackage", LocalRole::Admins),
    ("_lifecycle/QueryInstalledChaincodes", LocalRole::Admins),
    ("_lifecycle/ApproveChaincodeDefinitionForMyOrg", LocalRole::Admins),
    ("_lifecycle/QueryApprovedChaincodeDefinition", LocalRole::Admins),
    ("_lifecycle/QueryApprovedChaincodeDefinitions", LocalRole::Admins),
    ("snapshot/submitrequest", LocalRole::Admins),
    ("snapshot/cancelrequest", LocalRole::Admins),
    ("snapshot/listpending", LocalRole::Admins),
    ("lscc/Install", LocalRole::Admins),
    ("lscc/GetInstalledChaincodes", LocalRole::Admins),
    ("cscc/JoinChain", LocalRole::Admins),
    ("cscc/JoinChainBySnapshot", LocalRole::Admins),
    ("cscc/JoinBySnapshotStatus", LocalRole::Admins),
    ("cscc/GetChannels", LocalRole::Members),
];

/// Resources of a channel and the policies that guard them where the channel says nothing else.
const CHANNEL: &[(&str, &str)] = &[
    ("_lifecycle/CommitChaincodeDefinition", WRITERS),
    ("_lifecycle/QueryChaincodeDefinition", WRITERS),
    ("_lifecycle/QueryChaincodeDefinitions", WRITERS),
    ("_lifecycle/CheckCommitReadiness", WRITERS),
    ("peer/Propose", WRITERS),
    ("peer/ChaincodeToChaincode", WRITERS),
    ("lscc/ChaincodeExists", READERS),
    ("lscc/GetDeploymentSpec", READERS),
    ("lscc/GetChaincodeData", READERS),
    ("lscc/GetInstantiatedChaincodes", READERS),
    ("lscc/GetCollectionsConfig", READERS),
    ("qscc/GetChainInfo", READERS),
    ("qscc/GetBlockByNumber", READERS),
    ("qscc/GetBlockByHash", READERS),
    ("qscc/GetTransactionByID", READERS),
    ("qscc/GetBlockByTxID", READERS),
    ("cscc/GetConfigBlock", READERS),
    ("cscc/GetChannelConfig", READERS),
    ("event/Block", READERS),
    ("event/FilteredBlock", READERS),
    ("gateway/CommitStatus", READERS),
    ("gateway/ChaincodeEvents", READERS),
];

/// Resources that `peer/Propose` covers.
const OPEN: &[&str] = &["lscc/Deploy", "lscc/Upgrade"];

/// What guards `resource`; nothing for resources that do not exist, which are to be denied.
///
/// `overrides` maps resources to policy names as the channel configuration has them. A name without a leading slash is
/// relative to the application group. Resources guarded by a local role ignore overrides.
pub fn lookup(resource: &str, overrides: &BTreeMap<String, String>) -> Option<Acl> {
    if let Some((_, role)) = LOCAL.iter().find(|(name, _)| *name == resource) {
        return Some(Acl::Local(*role));
    }
    if let Some(policy) = overrides.get(resource).filter(|policy| !policy.is_empty()) {
        return Some(Acl::Policy(match policy.starts_with('/') {
            true => policy.clone(),
            false => format!("/Channel/Application/{policy}"),
        }));
    }
    if let Some((_, policy)) = CHANNEL.iter().find(|(name, _)| *name == resource) {
        return Some(Acl::Policy((*policy).to_owned()));
    }
    OPEN.contains(&resource).then_some(Acl::Open)
}

/// Whether one of `overrides` counts for `resource`. Fabric's refusals are worded differently then.
pub fn is_overridden(resource: &str, overrides: &BTreeMap<String, String>) -> bool {
    let local = LOCAL.iter().any(|(name, _)| *name == resource);
    !local && overrides.get(resource).is_some_and(|policy| !policy.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(resource: &str, expected: Option<Acl>) {
        let overrides = [
            ("event/Block", "Admins"),
            ("qscc/GetChainInfo", "/Channel/Admins"),
            ("cscc/JoinChain", "/Channel/Readers"),
            ("custom/thing", "Writers"),
            ("peer/Propose", ""),
        ];
        let overrides = overrides.map(|(name, policy)| (name.to_owned(), policy.to_owned())).into();
        assert_eq!(lookup(resource, &overrides), expected, "{resource}");
    }

    #[test]
    fn defaults_and_overrides() {
        let policy = |path: &str| Some(Acl::Policy(path.to_owned()));
        check("event/Block", policy("/Channel/Application/Admins"));
        check("event/FilteredBlock", policy(READERS));
        check("qscc/GetChainInfo", policy("/Channel/Admins"));
        check("peer/Propose", policy(WRITERS));
        check("custom/thing", policy("/Channel/Application/Writers"));
        check("cscc/JoinChain", Some(Acl::Local(LocalRole::Admins)));
        check("cscc/GetChannels", Some(Acl::Local(LocalRole::Members)));
        check("lscc/Deploy", Some(Acl::Open));
        check("nobody/knows", None);
    }
}
