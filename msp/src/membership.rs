//! One organisation: setting it up from its configuration, and judging certificates by it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use proto::Digest;
use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig};

use crate::certificate::{Certificate, CertificateError, KeyKind};
use crate::chain::{Authorities, ChainError, certifiers_id};
use crate::directory::{DirectoryError, read_config};
use crate::identity::Identity;
use crate::organizational_unit::{OuError, Role, RoleUnit, UnitRules};
use crate::revocation::RevocationList;

/// `MSPConfig.type` of an X.509 organisation.
const FABRIC_TYPE: i32 = 0;

/// Why an organisation's configuration is unusable.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The directory could not be read.
    #[error("could not read the MSP directory")]
    Directory(#[from] DirectoryError),
    /// Idemix or unknown.
    #[error("MSP type {0} is not supported: only X.509 (type 0) is")]
    Type(i32),
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
    #[error("MSP {msp_id}: could not read {what}")]
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
    #[error("MSP {msp_id}: CA Certificate did not have the CA attribute: [{subject}]")]
    NotAuthority {
        /// The organisation.
        msp_id: String,
        /// Whose certificate.
        subject: String,
    },
    /// An authority without key identifier cannot be matched with revocation lists.
    #[error("MSP {msp_id}: CA certificate [{subject}] has no Subject Key Identifier")]
    NoKeyId {
        /// The organisation.
        msp_id: String,
        /// Whose certificate.
        subject: String,
    },
    /// An authority that leads to no root.
    #[error("MSP {msp_id}: CA Certificate is not valid: [{subject}]")]
    Authority {
        /// The organisation.
        msp_id: String,
        /// Whose certificate.
        subject: String,
        /// What is wrong.
        #[source]
        source: ChainError,
    },
    /// A revocation list cannot be read.
    #[error("MSP {msp_id}: could not parse RevocationList {index}: {reason}")]
    RevocationList {
        /// The organisation.
        msp_id: String,
        /// Which list.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// A unit is bound to a certificate that is no authority of the organisation.
    #[error("MSP {msp_id}: the certificate bound to organizational unit {unit} is not in root or intermediate certs")]
    UnitAuthority {
        /// The organisation.
        msp_id: String,
        /// The unit.
        unit: String,
    },
    /// Nobody can administer the organisation.
    #[error("MSP {0}: administrators must be declared when no admin ou classification is set")]
    NoAdministrators(String),
    /// A declared administrator is not a valid member.
    #[error("MSP {msp_id}: admin {index} is invalid")]
    Admin {
        /// The organisation.
        msp_id: String,
        /// Which one.
        index: usize,
        /// What is wrong.
        #[source]
        source: IdentityError,
    },
    /// With NodeOUs, administrators are clients or admins.
    #[error("MSP {msp_id}: admin {index} is invalid: it carries neither the client nor the admin unit")]
    AdminRole {
        /// The organisation.
        msp_id: String,
        /// Which one.
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
    /// Neither P-256 nor P-384.
    #[error("the public key of [{0}] is not supported: identities have ECDSA keys on P-256 or P-384")]
    Key(String),
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
    /// Sets an organisation up from its entry in a channel's configuration.
    pub fn from_config(config: &MspConfig) -> Result<Msp, SetupError> {
        if config.r#type != FABRIC_TYPE {
            return Err(SetupError::Type(config.r#type));
        }
        Msp::new(FabricMspConfig::decode(config.config.clone()).map_err(SetupError::Decode)?)
    }

    /// Sets an organisation up from an MSP directory. `keystore` and `signcerts` are not read.
    pub fn from_dir(dir: &Path, msp_id: &str) -> Result<Msp, SetupError> {
        Msp::new(read_config(dir, msp_id)?)
    }

    fn new(config: FabricMspConfig) -> Result<Msp, SetupError> {
        if config.name.is_empty() {
            return Err(SetupError::NoId);
        }
        let setup = Setup { msp_id: config.name.clone() };
        setup.check_hash(&config)?;
        let mut authorities = setup.authorities(&config.root_certs, &config.intermediate_certs)?;
        if authorities.roots.is_empty() {
            return Err(SetupError::NoAuthority(config.name));
        }
        for (index, list) in config.revocation_list.iter().enumerate() {
            authorities.revocation_lists.push(
                RevocationList::parse(list).map_err(|reason| SetupError::RevocationList {
                    msp_id: setup.msp_id.clone(),
                    index,
                    reason,
                })?,
            );
        }
        setup.check_authorities(&mut authorities)?;
        let mut tls = setup.authorities(&config.tls_root_certs, &config.tls_intermediate_certs)?;
        setup.check_authorities(&mut tls)?;
        let units = setup.units(&config, &authorities)?;
        let mut msp = Msp { id: config.name.as_str().into(), authorities, units, admins: Vec::new(), config };
        msp.admins = setup.admins(&msp)?;
        Ok(msp)
    }

    /// The MSP id, by which identities and policies name the organisation.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The configuration this organisation was set up from.
    pub fn config(&self) -> &FabricMspConfig {
        &self.config
    }

    /// Judges a certificate in PEM. `serialized` is what the identity will answer as its serialized form.
    pub(crate) fn identity(&self, pem: &[u8], serialized: Bytes) -> Result<Identity, IdentityError> {
        let certificate = Certificate::from_pem(pem).map_err(IdentityError::Certificate)?;
        let subject = || certificate.subject_text.clone();
        if certificate.is_ca {
            return Err(IdentityError::IsAuthority(subject()));
        }
        let key = certificate.identity_key().ok_or_else(|| IdentityError::Key(subject()))?;
        let chain = self
            .authorities
            .identity_chain(&certificate)
            .map_err(|source| IdentityError::Chain { subject: subject(), source })?;
        let certifiers = certifiers_id(&chain);
        self.units
            .check(&self.id, &certificate.organizational_units, &certifiers)
            .map_err(|source| IdentityError::Units { subject: subject(), source })?;
        let issuer = &chain[0];
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
        let fingerprint = certificate.fingerprint();
        Ok(Identity {
            msp_id: self.id.clone(),
            serialized,
            fingerprint,
            certificate,
            key,
            roles,
            certifiers,
            issuer_curve,
        })
    }
}

/// The steps of setting an organisation up.
struct Setup {
    msp_id: String,
}

impl Setup {
    fn check_hash(&self, config: &FabricMspConfig) -> Result<(), SetupError> {
        let Some(crypto) = &config.crypto_config else { return Ok(()) };
        let expected = [(&crypto.signature_hash_family, "SHA2"), (&crypto.identity_identifier_hash_function, "SHA256")];
        match expected.into_iter().find(|(name, supported)| !name.is_empty() && name != supported) {
            Some((name, _)) => Err(SetupError::Hash { msp_id: self.msp_id.clone(), name: name.clone() }),
            None => Ok(()),
        }
    }

    fn certificate(&self, what: &str, pem: &[u8]) -> Result<Certificate, SetupError> {
        Certificate::from_pem(pem).map_err(|source| self.unreadable(what, source))
    }

    fn unreadable(&self, what: &str, source: CertificateError) -> SetupError {
        SetupError::Certificate { msp_id: self.msp_id.clone(), what: what.to_owned(), source }
    }

    /// Reads authorities and brings their own signatures into low-S form.
    fn authorities(&self, roots: &[Bytes], intermediates: &[Bytes]) -> Result<Authorities, SetupError> {
        let read = |what: &str, certificates: &[Bytes]| -> Result<Vec<Arc<Certificate>>, SetupError> {
            certificates
                .iter()
                .enumerate()
                .map(|(index, pem)| Ok(Arc::new(self.certificate(&format!("{what} {index}"), pem)?)))
                .collect()
        };
        let all = Authorities::new(read("CA certificate", roots)?, read("intermediate CA certificate", intermediates)?);
        let sanitised = |authority: &Arc<Certificate>| -> Result<Arc<Certificate>, SetupError> {
            let Some(issuer) = all.issuer_of(authority) else { return Ok(authority.clone()) };
            let owned = self.certificate_again(authority)?;
            let owned = owned.with_low_s(issuer).map_err(|source| self.unreadable("a CA certificate", source))?;
            Ok(Arc::new(owned))
        };
        let roots = all.roots.iter().map(sanitised).collect::<Result<_, _>>()?;
        let intermediates = all.intermediates.iter().map(sanitised).collect::<Result<_, _>>()?;
        Ok(Authorities::new(roots, intermediates))
    }

    fn certificate_again(&self, authority: &Certificate) -> Result<Certificate, SetupError> {
        Certificate::from_der(authority.der.clone()).map_err(|source| self.unreadable("a CA certificate", source))
    }

    fn check_authorities(&self, authorities: &mut Authorities) -> Result<(), SetupError> {
        let msp_id = || self.msp_id.clone();
        for authority in authorities.roots.iter().chain(&authorities.intermediates) {
            let subject = || authority.subject_text.clone();
            if !authority.is_ca {
                return Err(SetupError::NotAuthority { msp_id: msp_id(), subject: subject() });
            }
            if authority.subject_key_id.is_none() {
                return Err(SetupError::NoKeyId { msp_id: msp_id(), subject: subject() });
            }
            let revoked = |chain: Vec<Arc<Certificate>>| match chain.first() {
                Some(issuer) => authorities.check_revocation(authority, issuer),
                None => Ok(()),
            };
            authorities.chain(authority).and_then(revoked).map_err(|source| SetupError::Authority {
                msp_id: msp_id(),
                subject: subject(),
                source,
            })?;
        }
        authorities.mark_inner().map_err(|source| SetupError::Authority {
            msp_id: msp_id(),
            subject: String::new(),
            source,
        })
    }

    /// The identifier of the chain that ends in the authority bound to a unit.
    fn unit_certifiers(&self, unit: &FabricOuIdentifier, authorities: &Authorities) -> Result<Digest, SetupError> {
        let name = &unit.organizational_unit_identifier;
        let foreign = || SetupError::UnitAuthority { msp_id: self.msp_id.clone(), unit: name.clone() };
        let mut bound =
            self.certificate(&format!("the certificate of organizational unit {name}"), &unit.certificate)?;
        if let Some(issuer) = authorities.issuer_of(&bound) {
            let issuer = issuer.clone();
            bound = bound.with_low_s(&issuer).map_err(|source| self.unreadable("a CA certificate", source))?;
        }
        let mut own = authorities.roots.iter().chain(&authorities.intermediates);
        let authority = own.find(|authority| authority.der == bound.der).ok_or_else(foreign)?;
        let above = authorities.chain(authority).map_err(|_| foreign())?;
        if !above.is_empty() && authorities.is_inner(authority) {
            return Err(foreign());
        }
        let mut chain = vec![authority.clone()];
        chain.extend(above);
        Ok(certifiers_id(&chain))
    }

    fn units(&self, config: &FabricMspConfig, authorities: &Authorities) -> Result<UnitRules, SetupError> {
        let mut rules = UnitRules::default();
        for unit in &config.organizational_unit_identifiers {
            let certifiers = self.unit_certifiers(unit, authorities)?;
            rules.required.entry(unit.organizational_unit_identifier.clone()).or_default().push(certifiers);
        }
        let Some(FabricNodeOUs { enable: true, .. }) = config.fabric_node_ous else { return Ok(rules) };
        let node_ous = config.fabric_node_ous.as_ref().into_iter();
        let all = node_ous.flat_map(|ous| {
            [
                (Role::Client, &ous.client_ou_identifier),
                (Role::Peer, &ous.peer_ou_identifier),
                (Role::Admin, &ous.admin_ou_identifier),
                (Role::Orderer, &ous.orderer_ou_identifier),
            ]
        });
        for (role, unit) in all {
            let Some(unit) = unit else { continue };
            let certifiers = match unit.certificate.is_empty() {
                true => None,
                false => Some(self.unit_certifiers(unit, authorities)?),
            };
            rules.roles.push(RoleUnit { role, name: unit.organizational_unit_identifier.clone(), certifiers });
        }
        Ok(rules)
    }

    /// Declared administrators must be valid members, so that later an exact match of certificates is enough.
    fn admins(&self, msp: &Msp) -> Result<Vec<Bytes>, SetupError> {
        let msp_id = || self.msp_id.clone();
        let declared = &msp.config.admins;
        if declared.is_empty() && !msp.units.defines(Role::Admin) {
            return Err(SetupError::NoAdministrators(msp_id()));
        }
        let mut admins = Vec::with_capacity(declared.len());
        for (index, pem) in declared.iter().enumerate() {
            let admin = msp.identity(pem, Bytes::new()).map_err(|source| SetupError::Admin {
                msp_id: msp_id(),
                index,
                source,
            })?;
            if msp.units.tell_roles() && !admin.is_client() && !admin.is_admin() {
                return Err(SetupError::AdminRole { msp_id: msp_id(), index });
            }
            admins.push(admin.certificate.der);
        }
        Ok(admins)
    }
}
