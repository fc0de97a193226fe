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

    /// Resources by prefix and by what guards them, written down apart from the tables above.
    const FABRIC_3_1: &[(&str, &str, &str)] = &[
        ("_lifecycle/", "InstallChaincode QueryInstalledChaincode GetInstalledChaincodePackage", "Admins"),
        ("_lifecycle/", "QueryInstalledChaincodes ApproveChaincodeDefinitionForMyOrg", "Admins"),
        ("_lifecycle/", "QueryApprovedChaincodeDefinition QueryApprovedChaincodeDefinitions", "Admins"),
        ("_lifecycle/", "CommitChaincodeDefinition QueryChaincodeDefinition QueryChaincodeDefinitions", WRITERS),
        ("_lifecycle/", "CheckCommitReadiness", WRITERS),
        ("snapshot/", "submitrequest cancelrequest listpending", "Admins"),
        ("lscc/", "Install GetInstalledChaincodes", "Admins"),
        ("lscc/", "Deploy Upgrade", ""),
        ("lscc/", "ChaincodeExists GetDeploymentSpec GetChaincodeData GetInstantiatedChaincodes", READERS),
        ("lscc/", "GetCollectionsConfig", READERS),
        ("qscc/", "GetChainInfo GetBlockByNumber GetBlockByHash GetTransactionByID GetBlockByTxID", READERS),
        ("cscc/", "JoinChain JoinChainBySnapshot JoinBySnapshotStatus", "Admins"),
        ("cscc/", "GetChannels", "Members"),
        ("cscc/", "GetConfigBlock GetChannelConfig", READERS),
        ("peer/", "Propose ChaincodeToChaincode", WRITERS),
        ("event/", "Block FilteredBlock", READERS),
        ("gateway/", "CommitStatus ChaincodeEvents", READERS),
    ];

    #[test]
    fn all_resources_of_fabric_with_and_without_overrides() {
        let mut count = 0;
        for (prefix, names, guard) in FABRIC_3_1 {
            for name in names.split(' ') {
                let resource = format!("{prefix}{name}");
                let expected = match *guard {
                    "Admins" => Acl::Local(LocalRole::Admins),
                    "Members" => Acl::Local(LocalRole::Members),
                    "" => Acl::Open,
                    policy => Acl::Policy(policy.to_owned()),
                };
                assert_eq!(lookup(&resource, &BTreeMap::new()), Some(expected.clone()), "{resource}");
                for (policy, path) in [("Org1/Admins", "/Channel/Application/Org1/Admins"), ("/Other/X", "/Other/X")] {
                    let overrides = [(resource.clone(), policy.to_owned())].into();
                    let is_local = matches!(expected, Acl::Local(_));
                    let expected = if is_local { expected.clone() } else { Acl::Policy(path.to_owned()) };
                    assert_eq!(lookup(&resource, &overrides), Some(expected), "{resource}");
                    assert_eq!(is_overridden(&resource, &overrides), !is_local, "{resource}");
                }
                let empty = [(resource.clone(), String::new())].into();
                assert_eq!(lookup(&resource, &empty), Some(expected), "{resource}");
                assert!(!is_overridden(&resource, &empty), "{resource}");
                count += 1;
            }
        }
        assert_eq!(count, LOCAL.len() + CHANNEL.len() + OPEN.len(), "the tables have others, too");
    }
}
