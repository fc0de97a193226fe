//! Membership: who signed this, and does the signer match a principal?
//!
//! An [`Msp`] is one organisation: its certificate authorities, its administrators, its revocation lists and its rules
//! for roles. An [`MspSet`] holds the organisations of a channel (or only the node's own) and turns serialized
//! identities into validated [`Identity`] values, which it caches. A [`SigningIdentity`] signs. [`generate`] makes the
//! certificates of a whole organisation.
//!
//! The rules are those of Fabric's X.509 MSP in version 1.4.3, the version that channel capabilities `V1_4_3` and
//! later turn on. Keys of identities are ECDSA on P-256 or P-384; certificate authorities may also use RSA, P-521 or
//! Ed25519.
//!
//! This crate knows nothing of channels, policies, connections or ledgers, and never reads the clock to judge a
//! certificate: expiry is reported by [`Identity::expires_at`], and each message decides what follows from it.

mod cache;
mod certificate;
mod chain;
mod der;
mod directory;
mod ecdsa;
pub mod generate;
mod identity;
mod membership;
mod organizational_unit;
mod principal;
mod revocation;
mod set;
mod signing;

pub use certificate::CertificateError;
pub use chain::ChainError;
pub use directory::{DirectoryError, read_config};
pub use ecdsa::VerifyError;
pub use identity::{Identity, IdentityId};
pub use membership::{IdentityError, Msp, SetupError};
pub use organizational_unit::{OrganizationalUnit, OuError, Role, RoleSet};
pub use principal::{IdentityCertificate, Principal, PrincipalError};
pub use set::{CACHED_IDENTITIES_MAX, MspSet};
pub use signing::{LoadError, SigningIdentity};
