//! One organisation: judging certificates by it.

mod setup;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use proto::msp::{FabricMspConfig, MspConfig};

use crate::certificate::{Certificate, CertificateError, KeyKind};
use crate::chain::{Authorities, Chain, ChainError, certifiers_id};
use crate::directory::{DirectoryError, Sources, read_dir};
use crate::identity::Identity;
use crate::key::VerifyingKey;
use crate::organizational_unit::{OuError, Role, UnitRules};
use crate::version::MspVersion;
use setup::Setup;

/// `MSPConfig.type` of an X.509 organisation.
const FABRIC_TYPE: i32 = 0;
/// `MSPConfig.type` of an organisation whose members are anonymous.
const IDEMIX_TYPE: i32 = 1;

/// Why an organisation's configuration is unusable. `what` is the part of the configuration: a file's path where it was
/// read from a directory, and otherwise its kind and number.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The directory could not be read.
    #[error("could not read the MSP directory")]
    Directory(#[from] DirectoryError),
    /// Idemix.
    #[error("MSP type IDEMIX (1) is not supported: only FABRIC (0), organisations with X.509 certificates, is")]
    Idemix,
    /// A type without name.
    #[error("MSP type {0} is unknown: only FABRIC (0), organisations with X.509 certificates, is supported")]
    Type(i32),
    /// A type of a node's own MSP that is not there.
    #[error("localMspType {0:?} is not supported: only bccsp, an organisation with X.509 certificates, is")]
    TypeName(String),
    /// Not the expected message.
    #[error("could not decode FabricMSPConfig")]
    Decode(#[source] prost::DecodeError),
    /// Without an id nobody can name the organisation.
    #[error("the MSP has no id")]
    NoId,
    /// A hash function that Fabric knows and this node does not.
    #[error("MSP {msp_id}: hash function {name} is not supported, only SHA2 with SHA256 is")]
    Hash {
        /// The organisation.
        msp_id: String,
        /// The configured name.
        name: String,
    },
    /// Nobody to trust.
    #[error("MSP {0}: expected at least one CA certificate")]
    NoAuthority(String),
    /// A certificate in the configuration cannot be read.
    #[error("MSP {msp_id}: could not read {what}; it must be one X.509 certificate in PEM")]
    Certificate {
        /// The organisation.
        msp_id: String,
        /// Which certificate.
        what: String,
        /// What is wrong.
        #[source]
        source: CertificateError,
    },
    /// Not a certificate authority.
    #[error(
        "MSP {msp_id}: {what}: CA Certificate did not have the CA attribute: [{subject}]; a certificate authority's \
         certificate has basicConstraints CA:TRUE"
    )]
    NotAuthority {
        /// The organisation.
        msp_id: String,
        /// Which certificate.
        what: String,
        /// Whose certificate.
        subject: String,
    },
    /// An authority without key identifier cannot be matched with revocation lists.
    #[error(
        "MSP {msp_id}: {what}: CA certificate [{subject}] has no Subject Key Identifier; issue it anew with this extension"
    )]
    NoKeyId {
        /// The organisation.
        msp_id: String,
        /// Which certificate.
        what: String,
        /// Whose certificate.
        subject: String,
    },
    /// An authority that leads to no root.
    #[error("MSP {msp_id}: {what}: CA Certificate is not valid: [{subject}]")]
    Authority {
        /// The organisation.
        msp_id: String,
        /// Which certificate.
        what: String,
        /// Whose certificate.
        subject: String,
        /// What is wrong.
        #[source]
        source: Box<ChainError>,
    },
    /// A revocation list cannot be read.
    #[error(
        "MSP {msp_id}: {what}: could not parse RevocationList {index}: {reason}; it must be one X.509 CRL in PEM or DER"
    )]
    RevocationList {
        /// The organisation.
        msp_id: String,
        /// Which list.
        what: String,
        /// Its number.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// A unit is bound to a certificate that is no authority of the organisation.
    #[error(
        "MSP {msp_id}: the certificate bound to organizational unit {unit} is not in root or intermediate certs, or has \
         authorities below it that issue instead"
    )]
    UnitAuthority {
        /// The organisation.
        msp_id: String,
        /// The unit.
        unit: String,
    },
    /// Older editions need a unit for clients and one for peers.
    #[error("MSP {msp_id}: NodeOUs name no unit for the role {role}, which the channel's capabilities ask for")]
    RoleUnit {
        /// The organisation.
        msp_id: String,
        /// The role.
        role: &'static str,
    },
    /// Nobody can administer the organisation.
    #[error(
        "MSP {0}: administrators must be declared when no admin ou classification is set; put certificates into \
         admincerts, or enable NodeOUs with an AdminOUIdentifier"
    )]
    NoAdministrators(String),
    /// A declared administrator is not a valid member.
    #[error("MSP {msp_id}: {what}: admin {index} is invalid")]
    Admin {
        /// The organisation.
        msp_id: String,
        /// Which certificate.
        what: String,
        /// Its number.
        index: usize,
        /// What is wrong.
        #[source]
        source: Box<IdentityError>,
    },
    /// With NodeOUs, administrators are clients or admins.
    #[error("MSP {msp_id}: {what}: admin {index} is invalid: it carries neither the client nor the admin unit")]
    AdminRole {
        /// The organisation.
        msp_id: String,
        /// Which certificate.
        what: String,
        /// Its number.
        index: usize,
    },
}

/// Why bytes are not a valid identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Longer than any real identity.
    #[error("the serialized identity is {0} bytes long")]
    TooLong(usize),
    /// Not the expected message.
    #[error("could not deserialize a SerializedIdentity")]
    Decode(#[source] prost::DecodeError),
    /// Not an organisation of this channel.
    #[error("MSP {0} is unknown")]
    UnknownMsp(String),
    /// No certificate.
    #[error("could not read the certificate of the identity")]
    Certificate(#[source] CertificateError),
    /// Authorities do not act themselves.
    #[error("a certificate authority's certificate cannot be used as an identity: [{0}]")]
    IsAuthority(String),
    /// No ECDSA key.
    #[error("the public key of [{0}] is not supported: identities have ECDSA keys on P-256, P-384 or P-521")]
    Key(String),
    /// An Ed25519 key where the rules are older.
    #[error("the public key of [{0}] is not supported: Ed25519 identities need the channel capability V3_0")]
    Ed25519(String),
    /// Not issued by the organisation, or revoked.
    #[error("could not validate [{subject}] against the certification chain")]
    Chain {
        /// Whose certificate.
        subject: String,
        /// What is wrong.
        #[source]
        source: ChainError,
    },
    /// The units in the certificate do not fit.
    #[error("could not validate identity's OUs: [{subject}]")]
    Units {
        /// Whose certificate.
        subject: String,
        /// What is wrong.
        #[source]
        source: OuError,
    },
}

/// An organisation.
#[derive(Debug)]
pub struct Msp {
    id: Arc<str>,
    config: FabricMspConfig,
    authorities: Authorities,
    units: UnitRules,
    /// Certificates of declared administrators.
    admins: Vec<Bytes>,
}

impl Msp {
    /// Sets an organisation up from its entry in a channel's configuration, whose capabilities say which rules hold.
    pub fn from_config(config: &MspConfig, version: MspVersion) -> Result<Msp, SetupError> {
        match config.r#type {
            FABRIC_TYPE => {}
            IDEMIX_TYPE => return Err(SetupError::Idemix),
            other => return Err(SetupError::Type(other)),
        }
        let config = FabricMspConfig::decode(config.config.clone()).map_err(SetupError::Decode)?;
        Setup::new(&config.name, version, Sources::default()).run(config)
    }

    /// Refuses a node's `localMspType` that is not `bccsp`, Fabric's word for organisations with X.509 certificates.
    pub fn check_type_name(name: &str) -> Result<(), SetupError> {
        match name {
            "" | "bccsp" => Ok(()),
            other => Err(SetupError::TypeName(other.to_owned())),
        }
    }

    /// Sets an organisation up from an MSP directory, by the newest rules. `keystore` and `signcerts` are not read.
    pub fn from_dir(dir: &Path, msp_id: &str) -> Result<Msp, SetupError> {
        let (config, sources) = read_dir(dir, msp_id)?;
        Setup::new(msp_id, MspVersion::default(), sources).run(config)
    }

    /// The MSP id, by which identities and policies name the organisation.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The configuration this organisation was set up from.
    pub fn config(&self) -> &FabricMspConfig {
        &self.config
    }

    /// The edition of the rules that the organisation follows.
    pub fn version(&self) -> MspVersion {
        self.units.version
    }

    /// Judges a certificate in PEM. `serialized` is what the identity will answer as its serialized form.
    pub(crate) fn identity(&self, pem: &[u8], serialized: Bytes) -> Result<Identity, IdentityError> {
        let certificate = Certificate::from_pem(pem).map_err(IdentityError::Certificate)?;
        let subject = || certificate.subject_text.clone();
        let chain = self.chain(&certificate)?;
        if certificate.key_kind == KeyKind::Ed25519 && !self.version().has_ed25519() {
            return Err(IdentityError::Ed25519(subject()));
        }
        let key = VerifyingKey::of(&certificate).ok_or_else(|| IdentityError::Key(subject()))?;
        let issuer = &chain[0];
        self.authorities
            .check_revocation(&certificate, issuer)
            .map_err(|source| IdentityError::Chain { subject: subject(), source })?;
        let certifiers = certifiers_id(&chain);
        self.units
            .check(&self.id, &certificate.organizational_units, &certifiers)
            .map_err(|source| IdentityError::Units { subject: subject(), source })?;
        let issuer_curve = match issuer.key_kind {
            KeyKind::Ecdsa(curve) => Some(curve),
            _ => None,
        };
        let certificate = certificate.with_low_s(issuer).map_err(IdentityError::Certificate)?;
        let mut roles = self.units.roles(&certificate.organizational_units);
        roles.insert(Role::Member);
        if self.admins.contains(&certificate.der) {
            roles.insert(Role::Admin);
        }
        Ok(Identity {
            msp_id: self.id.clone(),
            serialized,
            fingerprint: certificate.fingerprint(),
            certificate,
            key,
            version: self.version(),
            roles,
            certifiers,
            issuer_curve,
        })
    }

    /// The authorities above a certificate that is no authority's, nearest first; there is at least one.
    fn chain(&self, certificate: &Certificate) -> Result<Chain, IdentityError> {
        let subject = || certificate.subject_text.clone();
        if certificate.is_ca {
            return Err(IdentityError::IsAuthority(subject()));
        }
        self.authorities
            .identity_chain(certificate)
            .map_err(|source| IdentityError::Chain { subject: subject(), source })
    }
}
