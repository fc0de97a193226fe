//! Certificate authorities that can issue anything, and organisations made of them.
#![allow(dead_code, missing_docs, reason = "each test uses a part of it")]

use bytes::Bytes;
use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SerialNumber, SignatureAlgorithm,
};
use time::{Duration, OffsetDateTime};

/// The organisation of all tests.
pub const ID: &str = "Org1MSP";

/// An authority made for a test.
pub struct Authority {
    pub pem: String,
    pub issuer: Issuer<'static, KeyPair>,
}

pub fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = OffsetDateTime::now_utc() - Duration::days(1000);
    params
}

impl Authority {
    pub fn root(name: &str) -> Authority {
        Authority::custom_root(name, &rcgen::PKCS_ECDSA_P256_SHA256, |_| ())
    }

    pub fn custom_root(
        name: &str,
        kind: &'static SignatureAlgorithm,
        change: impl Fn(&mut CertificateParams),
    ) -> Authority {
        let key = KeyPair::generate_for(kind).expect("a key");
        let mut params = ca_params(name);
        change(&mut params);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Authority { pem, issuer: Issuer::new(params, key) }
    }

    pub fn intermediate(&self, name: &str) -> Authority {
        self.intermediate_with(name, |_| ())
    }

    pub fn intermediate_with(&self, name: &str, change: impl Fn(&mut CertificateParams)) -> Authority {
        let key = KeyPair::generate().expect("a key");
        let mut params = ca_params(name);
        change(&mut params);
        let pem = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Authority { pem, issuer: Issuer::new(params, key) }
    }

    pub fn issue(&self, units: &[&str]) -> (String, KeyPair) {
        self.issue_with(units, |_| ())
    }

    pub fn issue_with(&self, units: &[&str], change: impl Fn(&mut CertificateParams)) -> (String, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        (self.certify(&key, units, change), key)
    }

    pub fn certify(&self, key: &KeyPair, units: &[&str], change: impl Fn(&mut CertificateParams)) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        // The library keeps one attribute of each kind; naming the kind in another way makes room for a second.
        let kinds = [DnType::OrganizationalUnitName, DnType::CustomDnType(vec![2, 5, 4, 11])];
        for (kind, unit) in kinds.into_iter().zip(units) {
            params.distinguished_name.push(kind, *unit);
        }
        params.distinguished_name.push(DnType::CommonName, "somebody");
        params.use_authority_key_identifier_extension = true;
        params.not_before = OffsetDateTime::now_utc() - Duration::days(10);
        change(&mut params);
        params.signed_by(key, &self.issuer).expect("a certificate").pem()
    }
}

pub fn bytes(pem: &str) -> Bytes {
    Bytes::copy_from_slice(pem.as_bytes())
}

pub fn unit(name: &str, ca: Option<&Authority>) -> Option<FabricOuIdentifier> {
    let certificate = ca.map(|ca| bytes(&ca.pem)).unwrap_or_default();
    Some(FabricOuIdentifier { certificate, organizational_unit_identifier: name.to_owned() })
}

/// An organisation with NodeOUs bound to `root`.
pub fn config(root: &Authority) -> FabricMspConfig {
    FabricMspConfig {
        name: ID.to_owned(),
        root_certs: vec![bytes(&root.pem)],
        fabric_node_ous: Some(FabricNodeOUs {
            enable: true,
            client_ou_identifier: unit("client", Some(root)),
            peer_ou_identifier: unit("peer", Some(root)),
            admin_ou_identifier: unit("admin", Some(root)),
            orderer_ou_identifier: unit("orderer", Some(root)),
        }),
        ..Default::default()
    }
}

/// A list of these serial numbers, by `issuer`.
pub fn revocation_list(issuer: &Authority, serials: &[SerialNumber]) -> Bytes {
    let now = OffsetDateTime::now_utc();
    let revoked = |serial: &SerialNumber| RevokedCertParams {
        serial_number: serial.clone(),
        revocation_time: now,
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: now,
        next_update: now + Duration::days(1),
        crl_number: SerialNumber::from(1u64),
        issuing_distribution_point: None,
        revoked_certs: serials.iter().map(revoked).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    bytes(&params.signed_by(&issuer.issuer).expect("a list").pem().expect("PEM"))
}
