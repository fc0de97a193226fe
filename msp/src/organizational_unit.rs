//! Organizational units in certificates, and the roles that an organisation derives from them.

use std::collections::HashMap;

use proto::{Digest, common::msp_role::MspRoleType};

use crate::version::MspVersion;

/// What an identity is in its organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Any valid identity.
    Member,
    /// Named in the MSP's administrators or carrying the administrator unit.
    Admin,
    /// Carrying the client unit.
    Client,
    /// Carrying the peer unit.
    Peer,
    /// Carrying the orderer unit.
    Orderer,
}

impl Role {
    /// The word Fabric uses in policies, `config.yaml` and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Admin => "admin",
            Role::Client => "client",
            Role::Peer => "peer",
            Role::Orderer => "orderer",
        }
    }
}

impl From<MspRoleType> for Role {
    fn from(role: MspRoleType) -> Role {
        match role {
            MspRoleType::Member => Role::Member,
            MspRoleType::Admin => Role::Admin,
            MspRoleType::Client => Role::Client,
            MspRoleType::Peer => Role::Peer,
            MspRoleType::Orderer => Role::Orderer,
        }
    }
}

impl From<Role> for MspRoleType {
    fn from(role: Role) -> MspRoleType {
        match role {
            Role::Member => MspRoleType::Member,
            Role::Admin => MspRoleType::Admin,
            Role::Client => MspRoleType::Client,
            Role::Peer => MspRoleType::Peer,
            Role::Orderer => MspRoleType::Orderer,
        }
    }
}

/// The roles one identity has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleSet(u8);

impl RoleSet {
    /// Whether the set has `role`.
    pub fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    pub(crate) fn insert(&mut self, role: Role) {
        self.0 |= 1 << role as u8;
    }
}

/// A unit as it counts for an identity: its name, and the authorities that vouch for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrganizationalUnit<'a> {
    /// The `OU` attribute of the certificate's subject.
    pub name: &'a str,
    /// SHA-256 over the certificates of the authorities above the identity.
    pub certifiers: &'a Digest,
}

/// Why an identity's units do not fit its organisation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OuError {
    /// The organisation asks for a unit and the certificate has none.
    #[error("the identity certificate does not contain an Organizational Unit (OU)")]
    None,
    /// The certificate's units are not the organisation's.
    #[error("none of the identity's organizational units [{units}] are in MSP {msp_id}")]
    Unknown {
        /// The certificate's units.
        units: String,
        /// The organisation.
        msp_id: String,
    },
    /// The unit's name fits and the authorities do not.
    #[error("certifiersIdentifier does not match: [{units}], MSP: [{msp_id}]")]
    Certifiers {
        /// The certificate's units.
        units: String,
        /// The organisation.
        msp_id: String,
    },
    /// No unit stands for a role.
    #[error("the identity does not have an OU that resolves to {expected}. OUs: [{units}], MSP: [{msp_id}]")]
    NoRole {
        /// The roles that there are.
        expected: &'static str,
        /// The certificate's units.
        units: String,
        /// The organisation.
        msp_id: String,
    },
    /// Several units stand for roles.
    #[error("the identity must {expected} to be valid, not a combination of them. OUs: [{units}], MSP: [{msp_id}]")]
    SeveralRoles {
        /// What it must be.
        expected: &'static str,
        /// The certificate's units.
        units: String,
        /// The organisation.
        msp_id: String,
    },
}

/// The unit that stands for a role, and who must vouch for it (nobody in particular when `None`).
#[derive(Clone, Debug)]
pub(crate) struct RoleUnit {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) certifiers: Option<Digest>,
}

/// An organisation's rules for units.
#[derive(Debug, Default)]
pub(crate) struct UnitRules {
    /// Units of which an identity must have one, when there are any; with the authorities that may vouch for them.
    pub(crate) required: HashMap<String, Vec<Digest>>,
    /// Units that stand for roles (NodeOUs); empty when switched off.
    pub(crate) roles: Vec<RoleUnit>,
    pub(crate) version: MspVersion,
}

impl UnitRules {
    /// Whether identities are told apart by their units.
    pub(crate) fn tell_roles(&self) -> bool {
        !self.roles.is_empty()
    }

    pub(crate) fn defines(&self, role: Role) -> bool {
        self.roles.iter().any(|unit| unit.role == role)
    }

    pub(crate) fn check(&self, msp_id: &str, names: &[String], certifiers: &Digest) -> Result<(), OuError> {
        let units = || names.join(" ");
        let msp = || msp_id.to_owned();
        if !self.required.is_empty() {
            let known = |name: &String| self.required.get(name).is_some_and(|allowed| allowed.contains(certifiers));
            if names.is_empty() {
                return Err(OuError::None);
            }
            if !names.iter().any(known) {
                return Err(OuError::Unknown { units: units(), msp_id: msp() });
            }
        }
        if !self.tell_roles() {
            return Ok(());
        }
        let mut count = 0;
        for name in names {
            // Two roles may share a unit; Fabric's table then keeps the later one.
            let Some(unit) = self.roles.iter().rfind(|unit| unit.name == *name) else { continue };
            if unit.certifiers.is_some_and(|expected| expected != *certifiers) {
                return Err(OuError::Certifiers { units: units(), msp_id: msp() });
            }
            count += 1;
            if count > 1 {
                let expected = match self.version.has_admin_unit() {
                    true => "have a client, a peer, an orderer, or an admin OU role",
                    false => "be a client or a peer identity",
                };
                return Err(OuError::SeveralRoles { expected, units: units(), msp_id: msp() });
            }
        }
        match count {
            0 => {
                let expected = match self.version.has_admin_unit() {
                    true => "client, peer, orderer, or admin role",
                    false => "client or peer",
                };
                Err(OuError::NoRole { expected, units: units(), msp_id: msp() })
            }
            _ => Ok(()),
        }
    }

    /// The roles that the units give.
    pub(crate) fn roles(&self, names: &[String]) -> RoleSet {
        let mut roles = RoleSet::default();
        for unit in &self.roles {
            if names.contains(&unit.name) {
                roles.insert(unit.role);
            }
        }
        roles
    }
}
