//! Setting an organisation up from its configuration.

use std::sync::Arc;

use bytes::Bytes;
use proto::Digest;
use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier};

use super::{Msp, SetupError};
use crate::certificate::{Certificate, CertificateError};
use crate::chain::{Authorities, certifiers_id};
use crate::directory::{Section, Sources};
use crate::organizational_unit::{Role, RoleUnit, UnitRules};
use crate::revocation::RevocationList;
use crate::version::MspVersion;

/// The steps of setting an organisation up.
pub(super) struct Setup {
    msp_id: String,
    version: MspVersion,
    sources: Sources,
}

/// Authorities for identities, or for TLS.
struct AuthoritiesConfig<'a> {
    roots: &'a [Bytes],
    roots_section: Section,
    intermediates: &'a [Bytes],
    intermediates_section: Section,
}

impl Setup {
    pub(super) fn new(msp_id: &str, version: MspVersion, sources: Sources) -> Setup {
        Setup { msp_id: msp_id.to_owned(), version, sources }
    }

    pub(super) fn run(self, config: FabricMspConfig) -> Result<Msp, SetupError> {
        if config.name.is_empty() {
            return Err(SetupError::NoId);
        }
        self.check_hash(&config)?;
        if config.root_certs.is_empty() {
            return Err(SetupError::NoAuthority(config.name));
        }
        let lists = self.revocation_lists(&config.revocation_list)?;
        let identities = AuthoritiesConfig {
            roots: &config.root_certs,
            roots_section: Section::Roots,
            intermediates: &config.intermediate_certs,
            intermediates_section: Section::Intermediates,
        };
        let authorities = self.authorities(&identities, &lists)?;
        let tls = AuthoritiesConfig {
            roots: &config.tls_root_certs,
            roots_section: Section::TlsRoots,
            intermediates: &config.tls_intermediate_certs,
            intermediates_section: Section::TlsIntermediates,
        };
        self.authorities(&tls, &lists)?;
        let units = self.units(&config, &authorities)?;
        let mut msp = Msp { id: config.name.as_str().into(), authorities, units, admins: Vec::new(), config };
        msp.admins = self.admins(&msp)?;
        Ok(msp)
    }

    fn check_hash(&self, config: &FabricMspConfig) -> Result<(), SetupError> {
        let Some(crypto) = &config.crypto_config else { return Ok(()) };
        let expected = [(&crypto.signature_hash_family, "SHA2"), (&crypto.identity_identifier_hash_function, "SHA256")];
        match expected.into_iter().find(|(name, supported)| !name.is_empty() && name != supported) {
            Some((name, _)) => Err(SetupError::Hash { msp_id: self.msp_id.clone(), name: name.clone() }),
            None => Ok(()),
        }
    }

    fn revocation_lists(&self, lists: &[Bytes]) -> Result<Arc<[RevocationList]>, SetupError> {
        let parse = |(index, list): (usize, &Bytes)| {
            RevocationList::parse(list).map_err(|reason| SetupError::RevocationList {
                msp_id: self.msp_id.clone(),
                what: self.sources.name(Section::RevocationLists, index),
                index,
                reason,
            })
        };
        lists.iter().enumerate().map(parse).collect()
    }

    fn certificate(&self, what: &str, pem: &[u8]) -> Result<Certificate, SetupError> {
        Certificate::from_pem(pem).map_err(|source| self.unreadable(what, source))
    }

    fn unreadable(&self, what: &str, source: CertificateError) -> SetupError {
        SetupError::Certificate { msp_id: self.msp_id.clone(), what: what.to_owned(), source }
    }

    /// Reads authorities, brings their own signatures into low-S form, and checks them.
    fn authorities(
        &self,
        config: &AuthoritiesConfig<'_>,
        lists: &Arc<[RevocationList]>,
    ) -> Result<Authorities, SetupError> {
        let read = |section: Section, certificates: &[Bytes]| -> Result<Vec<Arc<Certificate>>, SetupError> {
            let parse = |(index, pem): (usize, &Bytes)| {
                Ok(Arc::new(self.certificate(&self.sources.name(section, index), pem)?))
            };
            certificates.iter().enumerate().map(parse).collect()
        };
        let roots = read(config.roots_section, config.roots)?;
        let intermediates = read(config.intermediates_section, config.intermediates)?;
        let all = Authorities::new(roots.clone(), intermediates.clone(), lists.clone());
        let sanitised = |section: Section, certificates: &[Arc<Certificate>]| -> Result<Vec<_>, SetupError> {
            let one = |(index, authority): (usize, &Arc<Certificate>)| match all.issuer_of(authority) {
                Some(issuer) => {
                    let low = authority.as_ref().clone().with_low_s(issuer);
                    Ok(Arc::new(low.map_err(|source| self.unreadable(&self.sources.name(section, index), source))?))
                }
                None => Ok(authority.clone()),
            };
            certificates.iter().enumerate().map(one).collect()
        };
        let roots = sanitised(config.roots_section, &roots)?;
        let intermediates = sanitised(config.intermediates_section, &intermediates)?;
        let mut all = Authorities::new(roots.clone(), intermediates.clone(), lists.clone());
        for (index, root) in roots.iter().enumerate() {
            self.check_authority(&all, root, config.roots_section, index)?;
        }
        for (index, intermediate) in intermediates.iter().enumerate() {
            self.check_authority(&all, intermediate, config.intermediates_section, index)?;
        }
        all.mark_inner().map_err(|source| SetupError::Authority {
            msp_id: self.msp_id.clone(),
            what: self.sources.name(config.intermediates_section, 0),
            subject: String::new(),
            source: Box::new(source),
        })?;
        Ok(all)
    }

    fn check_authority(
        &self,
        all: &Authorities,
        authority: &Certificate,
        section: Section,
        index: usize,
    ) -> Result<(), SetupError> {
        let msp_id = || self.msp_id.clone();
        let what = || self.sources.name(section, index);
        let subject = || authority.subject_text.clone();
        if !authority.is_ca {
            return Err(SetupError::NotAuthority { msp_id: msp_id(), what: what(), subject: subject() });
        }
        if authority.subject_key_id.is_none() {
            return Err(SetupError::NoKeyId { msp_id: msp_id(), what: what(), subject: subject() });
        }
        let checked = match section {
            Section::Roots => all.check_root(authority),
            _ => Ok(()),
        };
        let checked = checked.and_then(|()| all.chain(authority)).and_then(|chain| match chain.first() {
            Some(issuer) => all.check_revocation(authority, issuer),
            None => Ok(()),
        });
        checked.map_err(|source| SetupError::Authority {
            msp_id: msp_id(),
            what: what(),
            subject: subject(),
            source: Box::new(source),
        })
    }

    /// The identifier of the chain that ends in the authority bound to a unit.
    fn unit_certifiers(&self, unit: &FabricOuIdentifier, authorities: &Authorities) -> Result<Digest, SetupError> {
        let name = &unit.organizational_unit_identifier;
        let foreign = || SetupError::UnitAuthority { msp_id: self.msp_id.clone(), unit: name.clone() };
        let what = format!("the certificate of organizational unit {name}");
        let mut bound = self.certificate(&what, &unit.certificate)?;
        if let Some(issuer) = authorities.issuer_of(&bound) {
            let issuer = issuer.clone();
            bound = bound.with_low_s(&issuer).map_err(|source| self.unreadable(&what, source))?;
        }
        let mut own = authorities.all();
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
        let mut rules = UnitRules { version: self.version, ..UnitRules::default() };
        for unit in &config.organizational_unit_identifiers {
            let certifiers = self.unit_certifiers(unit, authorities)?;
            rules.required.entry(unit.organizational_unit_identifier.clone()).or_default().push(certifiers);
        }
        let Some(node_ous) = config.fabric_node_ous.as_ref().filter(|_| self.version.has_node_ous()) else {
            return Ok(rules);
        };
        // Units that are switched off have to be right as well.
        let roles = self.role_units(node_ous, authorities)?;
        if node_ous.enable {
            rules.roles = roles;
        }
        Ok(rules)
    }

    fn role_units(&self, node_ous: &FabricNodeOUs, authorities: &Authorities) -> Result<Vec<RoleUnit>, SetupError> {
        let all = [
            (Role::Client, &node_ous.client_ou_identifier),
            (Role::Peer, &node_ous.peer_ou_identifier),
            (Role::Admin, &node_ous.admin_ou_identifier),
            (Role::Orderer, &node_ous.orderer_ou_identifier),
        ];
        let (known, needed) = match self.version.has_admin_unit() {
            true => (&all[..], 0),
            false => (&all[..2], 2),
        };
        let mut roles = Vec::with_capacity(known.len());
        for (role, unit) in known {
            let named = unit.as_ref().filter(|unit| needed == 0 || !unit.organizational_unit_identifier.is_empty());
            let Some(unit) = named else {
                if needed > 0 {
                    return Err(SetupError::RoleUnit { msp_id: self.msp_id.clone(), role: role.as_str() });
                }
                continue;
            };
            let certifiers = match unit.certificate.is_empty() {
                true => None,
                false => Some(self.unit_certifiers(unit, authorities)?),
            };
            roles.push(RoleUnit { role: *role, name: unit.organizational_unit_identifier.clone(), certifiers });
        }
        Ok(roles)
    }

    /// Declared administrators are checked here, so that later an exact match of certificates is enough.
    fn admins(&self, msp: &Msp) -> Result<Vec<Bytes>, SetupError> {
        let declared = &msp.config.admins;
        if declared.is_empty() && self.version.has_admin_unit() && !msp.units.defines(Role::Admin) {
            return Err(SetupError::NoAdministrators(self.msp_id.clone()));
        }
        declared.iter().enumerate().map(|(index, pem)| self.admin(msp, index, pem)).collect()
    }

    /// Without NodeOUs an administrator must be a valid member. With them its chain and its role are looked at, and
    /// nothing else: an organisation that revokes an administrator before it takes the name out of its list goes on.
    fn admin(&self, msp: &Msp, index: usize, pem: &[u8]) -> Result<Bytes, SetupError> {
        let what = || self.sources.name(Section::Admins, index);
        let invalid =
            |source| SetupError::Admin { msp_id: self.msp_id.clone(), what: what(), index, source: Box::new(source) };
        let certificate = self.certificate(&what(), pem)?;
        let chain = msp.chain(&certificate).map_err(invalid)?;
        let tell_roles = msp.units.tell_roles();
        if !tell_roles || !self.version.has_admin_unit() {
            msp.identity(pem, Bytes::new()).map_err(invalid)?;
        }
        let roles = msp.units.roles(&certificate.organizational_units);
        if tell_roles && !roles.contains(Role::Client) && !roles.contains(Role::Admin) {
            return Err(SetupError::AdminRole { msp_id: self.msp_id.clone(), what: what(), index });
        }
        let low = certificate.with_low_s(&chain[0]).map_err(|source| self.unreadable(&what(), source))?;
        Ok(low.der)
    }
}
