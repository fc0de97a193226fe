//! Membership: who signed this, and does the signer match a principal?
//!
//! An [`Msp`] is one organisation: its certificate authorities, its administrators, its revocation lists and its rules
//! for roles. An [`MspSet`] holds the organisations of a channel (or only the node's own) and turns serialized
//! identities into validated [`Identity`] values, which it caches. A [`SigningIdentity`] signs. [`generate`] makes the
//! certificates of a whole organisation.
//!
//! The rules are those of Fabric's X.509 MSP, in the edition that a channel's capabilities choose ([`MspVersion`]). Keys
//! of identities are ECDSA on P-256, P-384 or P-521, and Ed25519 where the channel has capability `V3_0`; certificate
//! authorities may also use RSA.
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
mod key;
mod membership;
mod names;
mod organizational_unit;
mod pkcs11;
mod principal;
mod private_key;
mod revocation;
mod set;
mod signing;
mod version;

pub use certificate::CertificateError;
pub use chain::ChainError;
pub use directory::{DirectoryError, read_config};
pub use ecdsa::VerifyError;
pub use identity::{Identity, IdentityId};
pub use membership::{IdentityError, Msp, SetupError};
pub use organizational_unit::{OrganizationalUnit, OuError, Role, RoleSet};
pub use pkcs11::{Pkcs11Settings, Token, TokenError};
pub use principal::{IdentityCertificate, Principal, PrincipalError};
pub use private_key::KeyError;
pub use set::{CACHED_IDENTITIES_MAX, CACHED_IDENTITY_BYTES_MAX, MspSet};
pub use signing::{Expired, KeyStore, LoadError, SignError, SigningIdentity};
pub use version::MspVersion;
