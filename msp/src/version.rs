//! The editions of Fabric's membership rules.

/// An edition of the rules. A channel's capabilities choose it; a node's own MSP follows the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum MspVersion {
    /// Channels without capabilities: no roles but member and administrator.
    V1_0,
    /// Channel capability `V1_1`: NodeOUs with clients and peers; administrators are clients.
    V1_1,
    /// Channel capabilities `V1_3` and `V1_4_2`: combined and anonymity principals.
    V1_3,
    /// Channel capabilities `V1_4_3` and `V2_0`: NodeOUs with administrators and orderers.
    V1_4_3,
    /// Channel capability `V3_0`: Ed25519 identities.
    #[default]
    V3_0,
}

impl MspVersion {
    /// Roles by unit exist at all.
    pub(crate) fn has_node_ous(self) -> bool {
        self >= MspVersion::V1_1
    }

    /// Units for administrators and orderers exist, and each of the four units may be left out.
    pub(crate) fn has_admin_unit(self) -> bool {
        self >= MspVersion::V1_4_3
    }

    /// Principals may be combinations, or speak of anonymity.
    pub(crate) fn has_combined_principals(self) -> bool {
        self >= MspVersion::V1_3
    }

    pub(crate) fn has_ed25519(self) -> bool {
        self >= MspVersion::V3_0
    }
}
