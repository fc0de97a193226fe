//! Principals: descriptions of identities, as policies name them.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use proto::common::msp_identity_anonymity::MspIdentityAnonymityType;
use proto::common::msp_principal::Classification;
use proto::common::msp_role::MspRoleType;
use proto::common::{CombinedPrincipal, MspIdentityAnonymity, MspPrincipal, MspRole, OrganizationUnit};
use proto::msp::SerializedIdentity;

use crate::certificate::{Certificate, CertificateError};
use crate::organizational_unit::Role;

/// How deep combined principals may nest.
const COMBINED_DEPTH_MAX: usize = 64;

/// A decoded principal.
#[derive(Clone, Debug)]
pub enum Principal {
    /// Whoever has a role in an organisation.
    Role {
        /// The organisation.
        msp_id: Arc<str>,
        /// The role.
        role: Role,
    },
    /// Whoever carries a unit that certain authorities vouch for.
    OrganizationalUnit {
        /// The organisation.
        msp_id: Arc<str>,
        /// The unit's name.
        name: String,
        /// SHA-256 over the authorities' certificates.
        certifiers: Bytes,
    },
    /// One identity.
    Identity {
        /// The organisation.
        msp_id: Arc<str>,
        /// Its certificate.
        certificate: IdentityCertificate,
    },
    /// Whoever is known by name: every X.509 identity.
    Nominal,
    /// Whoever fits all of these.
    All(Vec<Principal>),
    /// Nobody: what Fabric makes of a principal it cannot read.
    Nobody,
}

/// The certificate that an identity principal names. Opaque.
#[derive(Clone, Debug)]
pub struct IdentityCertificate(pub(crate) Arc<Certificate>);

/// Why a principal describes nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// Unknown classification.
    #[error("invalid principal type {0}")]
    Classification(i32),
    /// The principal's bytes are not the message that its classification says.
    #[error("could not unmarshal {message} from principal")]
    Decode {
        /// The message.
        message: &'static str,
        /// What is wrong.
        #[source]
        source: prost::DecodeError,
    },
    /// Unknown role.
    #[error("invalid MSP role type {0}")]
    Role(i32),
    /// The identity holds no certificate.
    #[error("invalid identity principal, not a certificate")]
    Certificate(#[source] CertificateError),
    /// Unknown kind of anonymity.
    #[error("unknown principal anonymity type: {0}")]
    Anonymity(i32),
    /// X.509 identities are never anonymous.
    #[error("principal is anonymous, but X.509 MSP does not support anonymous identities")]
    Anonymous,
    /// A combination of nothing.
    #[error("no principals in CombinedPrincipal")]
    Empty,
    /// Nested too deeply.
    #[error("combined principals are nested more than {COMBINED_DEPTH_MAX} deep")]
    Depth,
}

impl Principal {
    /// Decodes a principal.
    pub fn parse(principal: &MspPrincipal) -> Result<Principal, PrincipalError> {
        parse(principal, 0)
    }

    /// A role in an organisation.
    pub fn role(msp_id: &str, role: Role) -> Principal {
        Principal::Role { msp_id: msp_id.into(), role }
    }

    /// The organisation that the principal speaks of, when it is one.
    pub fn msp_id(&self) -> Option<&str> {
        match self {
            Principal::Role { msp_id, .. }
            | Principal::OrganizationalUnit { msp_id, .. }
            | Principal::Identity { msp_id, .. } => Some(msp_id),
            Principal::Nominal | Principal::All(_) | Principal::Nobody => None,
        }
    }
}

fn decode<M: Message + Default>(message: &'static str, bytes: &Bytes) -> Result<M, PrincipalError> {
    M::decode(bytes.clone()).map_err(|source| PrincipalError::Decode { message, source })
}

fn parse(principal: &MspPrincipal, depth: usize) -> Result<Principal, PrincipalError> {
    let classification = Classification::try_from(principal.principal_classification)
        .map_err(|_| PrincipalError::Classification(principal.principal_classification))?;
    let bytes = &principal.principal;
    match classification {
        Classification::Role => {
            let role: MspRole = decode("MSPRole", bytes)?;
            let kind = MspRoleType::try_from(role.role).map_err(|_| PrincipalError::Role(role.role))?;
            Ok(Principal::Role { msp_id: role.msp_identifier.into(), role: kind.into() })
        }
        Classification::OrganizationUnit => {
            let unit: OrganizationUnit = decode("OrganizationUnit", bytes)?;
            Ok(Principal::OrganizationalUnit {
                msp_id: unit.msp_identifier.into(),
                name: unit.organizational_unit_identifier,
                certifiers: unit.certifiers_identifier,
            })
        }
        Classification::Identity => {
            let identity: SerializedIdentity = decode("SerializedIdentity", bytes)?;
            let certificate = Certificate::from_pem(&identity.id_bytes).map_err(PrincipalError::Certificate)?;
            let certificate = IdentityCertificate(Arc::new(certificate));
            Ok(Principal::Identity { msp_id: identity.mspid.into(), certificate })
        }
        Classification::Anonymity => {
            let anonymity: MspIdentityAnonymity = decode("MSPIdentityAnonymity", bytes)?;
            match MspIdentityAnonymityType::try_from(anonymity.anonymity_type) {
                Ok(MspIdentityAnonymityType::Nominal) => Ok(Principal::Nominal),
                Ok(MspIdentityAnonymityType::Anonymous) => Err(PrincipalError::Anonymous),
                Err(_) => Err(PrincipalError::Anonymity(anonymity.anonymity_type)),
            }
        }
        Classification::Combined => {
            if depth >= COMBINED_DEPTH_MAX {
                return Err(PrincipalError::Depth);
            }
            let combined: CombinedPrincipal = decode("CombinedPrincipal", bytes)?;
            if combined.principals.is_empty() {
                return Err(PrincipalError::Empty);
            }
            let parts = combined.principals.iter().map(|part| parse(part, depth + 1)).collect::<Result<_, _>>()?;
            Ok(Principal::All(parts))
        }
    }
}
