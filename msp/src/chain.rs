//! From a certificate to the organisation's root: the rules of Go's verifier with which Fabric walks its chains, as far
//! as they can tell a good certificate from a bad one.

use std::collections::HashSet;
use std::sync::Arc;

use proto::{Digest, sha256};

use crate::certificate::Certificate;
use crate::revocation::RevocationList;

/// How many signatures of authorities one certificate may cost (Go's limit).
const SIGNATURE_CHECKS_MAX: usize = 100;

/// Why a certificate does not belong to the organisation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// No authority of this organisation signed it.
    #[error("the certificate is signed by unknown authority: no certificate authority of this MSP issued it")]
    UnknownAuthority,
    /// More than one chain leads to a root.
    #[error("this MSP only supports a single validation chain, got {0}")]
    Ambiguous(usize),
    /// The certificate itself is a root.
    #[error("expected a chain of length at least 2, got 1")]
    IsRoot,
    /// A root that somebody else signed.
    #[error("a root certificate must be self-signed and allowed to sign certificates; others are intermediates")]
    NotSelfSigned,
    /// It ends before it begins.
    #[error("the certificate of [{0}] is valid for less than a second")]
    Period(String),
    /// The issuer only issues authorities.
    #[error("invalid validation chain. Parent certificate should be a leaf of the certification tree")]
    IssuerNotLeaf,
    /// An unknown critical extension.
    #[error("the certificate of [{subject}] has an unhandled critical extension: {extension}")]
    UnhandledExtension {
        /// Whose certificate.
        subject: String,
        /// The extension's object identifier or name.
        extension: String,
    },
    /// Outside of the names for which an authority may issue.
    #[error("the certificate authority [{authority}] may not issue for the name {name}")]
    Name {
        /// The authority's subject.
        authority: String,
        /// The name.
        name: String,
    },
    /// Extended key usages without serverAuth.
    #[error("the certificate of [{0}] is not valid for the requested usage: its extended key usages lack serverAuth")]
    Usage(String),
    /// An authority was not valid when the certificate begins.
    #[error("the certificate authority [{0}] was not valid yet, or not valid any more, when the certificate begins")]
    AuthorityPeriod(String),
    /// A list that might be about the certificate, or not.
    #[error("could not obtain Authority Key Identifier for crl: issue revocation lists with this extension")]
    NamelessList,
    /// On a revocation list.
    #[error("The certificate has been revoked")]
    Revoked,
}

/// The certificate authorities of an organisation.
#[derive(Debug)]
pub(crate) struct Authorities {
    roots: Vec<Arc<Certificate>>,
    intermediates: Vec<Arc<Certificate>>,
    revocation_lists: Arc<[RevocationList]>,
    /// Fingerprints of authorities that have authorities below them. They issue no identities.
    inner: HashSet<Digest>,
}

/// The authorities above a certificate, nearest first; the last one is a root. Empty for a root itself.
pub(crate) type Chain = Vec<Arc<Certificate>>;

impl Authorities {
    /// A certificate that is named twice counts once, or it would have two chains.
    pub(crate) fn new(
        roots: Vec<Arc<Certificate>>,
        intermediates: Vec<Arc<Certificate>>,
        revocation_lists: Arc<[RevocationList]>,
    ) -> Authorities {
        let (roots, intermediates) = (once_each(roots), once_each(intermediates));
        Authorities { roots, intermediates, revocation_lists, inner: HashSet::new() }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.roots.iter().chain(&self.intermediates)
    }

    /// Whether `root` may be one for identities. Fabric brings signatures by ECDSA into their low-S form, for which it
    /// needs the signer; it does not look at others.
    pub(crate) fn check_root(&self, root: &Certificate) -> Result<(), ChainError> {
        match !root.is_signed_with_ecdsa() || (root.may_sign_certificates && root.is_signed_by(root)) {
            true => Ok(()),
            false => Err(ChainError::NotSelfSigned),
        }
    }

    /// Marks the inner nodes of the tree. Called once, when all authorities are in place and checked.
    pub(crate) fn mark_inner(&mut self) -> Result<(), ChainError> {
        let mut inner = HashSet::new();
        for intermediate in &self.intermediates {
            inner.extend(self.chain(intermediate)?.iter().map(|parent| parent.fingerprint()));
        }
        self.inner = inner;
        Ok(())
    }

    /// The single chain from `certificate` to a root, revocation not considered.
    pub(crate) fn chain(&self, certificate: &Certificate) -> Result<Chain, ChainError> {
        check_extensions(certificate)?;
        if certificate.not_before.saturating_add(1) > certificate.not_after {
            return Err(ChainError::Period(certificate.subject_text.clone()));
        }
        if self.roots.iter().any(|root| root.der == certificate.der) {
            return Ok(Chain::new());
        }
        let mut search = Search { authorities: self, certificate, checks: 0, found: Vec::new() };
        let mut refusal = None;
        search.climb(certificate, &mut Vec::new(), &mut refusal);
        search.found.retain(|chain| match check_names(certificate, chain) {
            Ok(()) => true,
            Err(error) => {
                refusal = Some(error);
                false
            }
        });
        match search.found.len() {
            0 => Err(refusal.unwrap_or(ChainError::UnknownAuthority)),
            1 => {
                let chain = search.found.remove(0);
                check_common_name(certificate, &chain)?;
                Ok(chain)
            }
            count => Err(ChainError::Ambiguous(count)),
        }
    }

    /// The chain of an identity's certificate, which must have been issued by a leaf of the tree. It may be revoked.
    pub(crate) fn identity_chain(&self, certificate: &Certificate) -> Result<Chain, ChainError> {
        let chain = self.chain(certificate)?;
        let issuer = chain.first().ok_or(ChainError::IsRoot)?;
        if self.is_inner(issuer) {
            return Err(ChainError::IssuerNotLeaf);
        }
        Ok(chain)
    }

    /// Whether other authorities of the organisation stand below `authority`.
    pub(crate) fn is_inner(&self, authority: &Certificate) -> bool {
        self.inner.contains(&authority.fingerprint())
    }

    /// Refuses a certificate that its issuer has revoked.
    pub(crate) fn check_revocation(&self, certificate: &Certificate, issuer: &Certificate) -> Result<(), ChainError> {
        for list in self.revocation_lists.iter() {
            let authority = list.authority_key_id.as_ref().ok_or(ChainError::NamelessList)?;
            if issuer.subject_key_id.as_ref() == Some(authority) && list.revokes(certificate, issuer) {
                return Err(ChainError::Revoked);
            }
        }
        Ok(())
    }

    /// The authority that signed `certificate`, by name and signature.
    pub(crate) fn issuer_of(&self, certificate: &Certificate) -> Option<&Arc<Certificate>> {
        let candidates = self.intermediates.iter().chain(&self.roots);
        let named = candidates.filter(|authority| authority.subject == certificate.issuer);
        named.take(SIGNATURE_CHECKS_MAX).find(|authority| certificate.is_signed_by(authority))
    }
}

/// Identifies the authorities above a certificate (Fabric's `CertifiersIdentifier`): SHA-256 over their DER.
pub(crate) fn certifiers_id(chain: &[Arc<Certificate>]) -> Digest {
    let mut all = Vec::with_capacity(chain.iter().map(|authority| authority.der.len()).sum());
    for authority in chain {
        all.extend_from_slice(&authority.der);
    }
    sha256([&all])
}

fn once_each(certificates: Vec<Arc<Certificate>>) -> Vec<Arc<Certificate>> {
    let mut kept: Vec<Arc<Certificate>> = Vec::with_capacity(certificates.len());
    for certificate in certificates {
        if !kept.iter().any(|earlier| earlier.der == certificate.der) {
            kept.push(certificate);
        }
    }
    kept
}

fn check_extensions(certificate: &Certificate) -> Result<(), ChainError> {
    let subject = || certificate.subject_text.clone();
    if let Some(extension) = &certificate.unhandled_extension {
        return Err(ChainError::UnhandledExtension { subject: subject(), extension: extension.clone() });
    }
    match certificate.fits_default_usage {
        true => Ok(()),
        false => Err(ChainError::Usage(subject())),
    }
}

/// Every authority's constraints hold for all certificates below it.
fn check_names(certificate: &Certificate, chain: &[Arc<Certificate>]) -> Result<(), ChainError> {
    for (position, authority) in chain.iter().enumerate() {
        let Some(constraints) = &authority.name_constraints else { continue };
        let below = chain[..position].iter().map(Arc::as_ref).chain([certificate]);
        if let Some(name) = below.filter_map(|below| constraints.refused(&below.names)).next() {
            return Err(ChainError::Name { authority: authority.subject_text.clone(), name });
        }
    }
    Ok(())
}

/// A host's name as common name, from authorities with constraints: Fabric refuses it as older verifiers did, because
/// the constraints do not reach it.
fn check_common_name(certificate: &Certificate, chain: &[Arc<Certificate>]) -> Result<(), ChainError> {
    let constrained = chain.iter().find(|authority| authority.name_constraints.is_some());
    match constrained.filter(|_| certificate.speaks_as_host()) {
        Some(authority) => Err(ChainError::Name {
            authority: authority.subject_text.clone(),
            name: certificate.common_name.clone().unwrap_or_default(),
        }),
        None => Ok(()),
    }
}

/// A depth-first walk over every chain to a root.
struct Search<'a> {
    authorities: &'a Authorities,
    /// Every authority must be valid just after this one's NotBefore. Fabric judges a certificate by its beginning, so
    /// that an expired one still verifies old blocks.
    certificate: &'a Certificate,
    checks: usize,
    found: Vec<Chain>,
}

impl Search<'_> {
    fn climb(&mut self, certificate: &Certificate, below: &mut Chain, refusal: &mut Option<ChainError>) {
        let authorities = self.authorities;
        for root in &authorities.roots {
            if self.accepts(certificate, root, below, refusal) {
                let mut chain = below.clone();
                chain.push(root.clone());
                self.found.push(chain);
            }
        }
        for intermediate in &authorities.intermediates {
            if self.accepts(certificate, intermediate, below, refusal) {
                below.push(intermediate.clone());
                self.climb(intermediate, below, refusal);
                below.pop();
            }
        }
    }

    fn accepts(
        &mut self,
        certificate: &Certificate,
        authority: &Arc<Certificate>,
        below: &Chain,
        refusal: &mut Option<ChainError>,
    ) -> bool {
        let repeated =
            below.iter().map(Arc::as_ref).chain([self.certificate]).any(|seen| seen.is_same_subject(authority));
        if authority.subject != certificate.issuer || repeated || self.checks >= SIGNATURE_CHECKS_MAX {
            return false;
        }
        self.checks += 1;
        if !authority.is_ca || !authority.may_sign_certificates || !certificate.is_signed_by(authority) {
            return false;
        }
        // The authorities between the certificate and this one count against the path length.
        if authority.path_length.is_some_and(|limit| below.len() > limit as usize) {
            return false;
        }
        let moment = self.certificate.not_before.saturating_add(1);
        if moment < authority.not_before || moment > authority.not_after {
            *refusal = Some(ChainError::AuthorityPeriod(authority.subject_text.clone()));
            return false;
        }
        match check_extensions(authority) {
            Ok(()) => true,
            Err(error) => {
                *refusal = Some(error);
                false
            }
        }
    }
}
