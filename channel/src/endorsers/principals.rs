//! Principals by numbers, and which of them imply which others.

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message;
use proto::common::msp_principal::Classification;
use proto::common::msp_role::MspRoleType;
use proto::common::{MspPrincipal, MspRole, OrganizationUnit};
use proto::msp::SerializedIdentity;

use super::PlanError;
use super::merge::{Bits, Set};

/// Most principals that the policies of one plan may name.
pub(super) const PRINCIPALS_MAX: usize = 1024;

/// The principals of the policies looked at so far, in the order in which they were met.
pub(super) struct Principals<F> {
    satisfying: F,
    known: Vec<Known>,
    numbers: HashMap<(i32, Bytes), u16>,
}

struct Known {
    described: Described,
    /// Those of the candidates that the principal describes.
    satisfying: Vec<usize>,
}

/// A principal as far as it can be compared with others.
enum Described {
    Role { msp_id: String, role: i32 },
    Unit { msp_id: String, name: String, certifiers: Bytes },
    Identity { msp_id: String, id: Bytes },
}

impl<F: Fn(&MspPrincipal) -> Vec<usize>> Principals<F> {
    pub(super) fn new(satisfying: F) -> Self {
        Principals { satisfying, known: Vec::new(), numbers: HashMap::new() }
    }

    /// The number of a principal.
    pub(super) fn number(&mut self, principal: &MspPrincipal) -> Result<u16, PlanError> {
        let key = (principal.principal_classification, principal.principal.clone());
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        if self.known.len() >= PRINCIPALS_MAX {
            return Err(PlanError::TooManyPrincipals);
        }
        let number = self.known.len() as u16;
        let described = Described::read(principal).ok_or(PlanError::Principal)?;
        self.known.push(Known { described, satisfying: (self.satisfying)(principal) });
        self.numbers.insert(key, number);
        Ok(number)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    /// The candidates that a principal describes.
    pub(super) fn satisfying(&self, number: u16) -> &[usize] {
        self.known.get(usize::from(number)).map_or(&[], |known| &known.satisfying)
    }

    /// Whether the principal describes any candidate. Principals that have no number yet are judged without getting one.
    pub(super) fn is_satisfied(&self, principal: &MspPrincipal) -> bool {
        let key = (principal.principal_classification, principal.principal.clone());
        match self.numbers.get(&key) {
            Some(number) => !self.satisfying(*number).is_empty(),
            None => !(self.satisfying)(principal).is_empty(),
        }
    }

    pub(super) fn implications(&self) -> Implications {
        let all = self.known.iter().map(|known| {
            let implied = self.known.iter().enumerate().filter(|(_, other)| known.described.implies(&other.described));
            Bits::of(self.known.len(), implied.map(|(number, _)| number))
        });
        Implications { rows: all.collect() }
    }
}

/// Which principals follow from each: whoever fits the one fits the other as well.
pub(super) struct Implications {
    rows: Vec<Bits>,
}

impl Implications {
    pub(super) fn implies(&self, principal: u16, other: u16) -> bool {
        self.rows.get(usize::from(principal)).is_some_and(|row| row.contains(usize::from(other)))
    }

    pub(super) fn set(&self, principals: Vec<u16>) -> Set {
        let count = self.rows.len();
        let mut implied = Bits::of(count, []);
        for principal in &principals {
            if let Some(row) = self.rows.get(usize::from(*principal)) {
                implied.add(row);
            }
        }
        let members = Bits::of(count, principals.iter().map(|principal| usize::from(*principal)));
        Set { principals, members, implied }
    }
}

impl Described {
    fn read(principal: &MspPrincipal) -> Option<Described> {
        let bytes = principal.principal.clone();
        match Classification::try_from(principal.principal_classification).ok()? {
            Classification::Role => {
                let role = MspRole::decode(bytes).ok()?;
                Some(Described::Role { msp_id: role.msp_identifier, role: role.role })
            }
            Classification::OrganizationUnit => {
                let unit = OrganizationUnit::decode(bytes).ok()?;
                Some(Described::Unit {
                    msp_id: unit.msp_identifier,
                    name: unit.organizational_unit_identifier,
                    certifiers: unit.certifiers_identifier,
                })
            }
            Classification::Identity => {
                let identity = SerializedIdentity::decode(bytes).ok()?;
                Some(Described::Identity { msp_id: identity.mspid, id: identity.id_bytes })
            }
            Classification::Anonymity | Classification::Combined => None,
        }
    }

    fn msp_id(&self) -> &str {
        match self {
            Described::Role { msp_id, .. } | Described::Unit { msp_id, .. } | Described::Identity { msp_id, .. } => {
                msp_id
            }
        }
    }

    /// Everybody in an organisation is a member of it; apart from that only the same follows from the same.
    fn implies(&self, other: &Described) -> bool {
        if self.msp_id() != other.msp_id() {
            return false;
        }
        match (self, other) {
            (_, Described::Role { role, .. }) if *role == MspRoleType::Member as i32 => true,
            (Described::Role { role, .. }, Described::Role { role: other, .. }) => role == other,
            (Described::Unit { name, certifiers, .. }, Described::Unit { name: other, certifiers: by, .. }) => {
                name == other && certifiers == by
            }
            (Described::Identity { id, .. }, Described::Identity { id: other, .. }) => id == other,
            // Nothing to compare counts as an empty certificate, as in Fabric.
            (Described::Identity { id, .. }, _) => id.is_empty(),
            _ => false,
        }
    }
}
