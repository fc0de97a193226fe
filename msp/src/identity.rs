//! A validated identity: somebody of whom an organisation of the channel says that they are its member.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use proto::Digest;
use proto::common::MspPrincipal;

use crate::certificate::Certificate;
use crate::ecdsa::{Curve, VerifyError};
use crate::key::VerifyingKey;
use crate::organizational_unit::{OrganizationalUnit, Role, RoleSet};
use crate::principal::{Principal, PrincipalError};
use crate::version::MspVersion;

/// A certificate that its organisation's rules accept. Expiry is not among these rules; see [`Identity::expires_at`].
pub struct Identity {
    pub(crate) msp_id: Arc<str>,
    pub(crate) serialized: Bytes,
    pub(crate) fingerprint: Digest,
    pub(crate) certificate: Certificate,
    pub(crate) key: VerifyingKey,
    pub(crate) version: MspVersion,
    pub(crate) roles: RoleSet,
    pub(crate) certifiers: Digest,
    pub(crate) issuer_curve: Option<Curve>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("msp_id", &self.msp_id)
            .field("subject", &self.subject())
            .finish_non_exhaustive()
    }
}

/// What tells two identities apart: the organisation and the certificate, in whatever form it was sent.
pub type IdentityId<'a> = (&'a str, &'a Digest);

impl Identity {
    /// The organisation.
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// The `SerializedIdentity` as it was received.
    pub fn serialized(&self) -> &Bytes {
        &self.serialized
    }

    /// Equal for two spellings of the same identity.
    pub fn id(&self) -> IdentityId<'_> {
        (&self.msp_id, &self.fingerprint)
    }

    /// The certificate, its signature in low-S form.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate.der
    }

    /// NotAfter of the certificate.
    pub fn expires_at(&self) -> SystemTime {
        self.certificate.expires_at()
    }

    /// Checks a signature over `message`: ECDSA over its SHA-256 with low S, or Ed25519 over the message itself.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        self.verify_parts([message], signature)
    }

    /// Checks a signature over the concatenation of `parts`, which only Ed25519 needs to be put together.
    pub fn verify_parts<const N: usize>(&self, parts: [&[u8]; N], signature: &[u8]) -> Result<(), VerifyError> {
        self.key.verify(parts, signature)
    }

    /// Whether the identity is one of those that `principal` describes. Where a principal is used often, decode it
    /// once with [`Principal::parse`] and ask [`Identity::matches`].
    pub fn satisfies(&self, principal: &MspPrincipal) -> Result<bool, PrincipalError> {
        Ok(self.matches(&Principal::parse(principal)?))
    }

    /// Whether the identity is one of those that `principal` describes. Costs a comparison of two short strings for
    /// roles and units.
    pub fn matches(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Role { msp_id, role } => self.roles.contains(*role) && **msp_id == *self.msp_id,
            Principal::OrganizationalUnit { msp_id, name, certifiers } => {
                **msp_id == *self.msp_id
                    && certifiers[..] == self.certifiers
                    && self.certificate.organizational_units.iter().any(|unit| unit == name)
            }
            Principal::Identity { msp_id, certificate } => {
                **msp_id == *self.msp_id && self.certificate.is_same(&certificate.0, self.issuer_curve)
            }
            Principal::Nominal => self.version.has_combined_principals(),
            Principal::All(principals) => {
                self.version.has_combined_principals() && principals.iter().all(|principal| self.matches(principal))
            }
            Principal::Nobody => false,
        }
    }

    /// The identity's roles in its organisation.
    pub fn roles(&self) -> RoleSet {
        self.roles
    }

    /// Whether the identity administers its organisation.
    pub fn is_admin(&self) -> bool {
        self.roles.contains(Role::Admin)
    }

    /// Whether the identity is a peer (needs NodeOUs).
    pub fn is_peer(&self) -> bool {
        self.roles.contains(Role::Peer)
    }

    /// Whether the identity is a client (needs NodeOUs).
    pub fn is_client(&self) -> bool {
        self.roles.contains(Role::Client)
    }

    /// Whether the identity is an orderer (needs NodeOUs).
    pub fn is_orderer(&self) -> bool {
        self.roles.contains(Role::Orderer)
    }

    /// The subject as text, for messages.
    pub fn subject(&self) -> &str {
        &self.certificate.subject_text
    }

    /// The issuer as text, for messages.
    pub fn issuer(&self) -> &str {
        &self.certificate.issuer_text
    }

    /// The subject's common name.
    pub fn common_name(&self) -> Option<&str> {
        self.certificate.common_name.as_deref()
    }

    /// The units in the subject.
    pub fn organizational_units(&self) -> impl Iterator<Item = OrganizationalUnit<'_>> {
        let certifiers = &self.certifiers;
        self.certificate.organizational_units.iter().map(move |name| OrganizationalUnit { name, certifiers })
    }
}
