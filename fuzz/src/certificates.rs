//! Certificates and revocation lists: those of members, of authorities, and whatever else is sent as one.

use std::sync::LazyLock;

use bytes::Bytes;
use msp::generate::CertificateAuthority;
use msp::{Msp, MspSet, MspVersion, SigningIdentity};
use prost::Message;
use proto::msp::{FabricMspConfig, MspConfig, SerializedIdentity};

use crate::allocations::limited;
use crate::input::Input;

/// A certificate has at most 64 KiB; a list may be as long as the input.
const ALLOCATION_BYTES_MAX: usize = 8 << 20;

const MSP_ID: &str = "Org1MSP";

/// ECDSA with SHA-256, as an algorithm identifier.
const ALGORITHM: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// What an input is, by its first byte.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// What an authority signs of a member's certificate; the signature is put to it.
    Signed,
    /// A member's certificate.
    Member,
    /// An authority's certificate, which also is to have issued the member.
    Authority,
    /// A certificate between the root and the member.
    Intermediate,
    /// What an authority signs of a revocation list.
    SignedList,
    /// A revocation list.
    List,
}

pub(crate) const PARTS: [Part; 6] =
    [Part::Signed, Part::Member, Part::Authority, Part::Intermediate, Part::SignedList, Part::List];

pub(crate) struct World {
    pub(crate) authority: CertificateAuthority,
    /// Signs as the authority does.
    signer: SigningIdentity,
    msps: MspSet,
    /// Somebody whom the authority did issue.
    pub(crate) member: String,
}

pub(crate) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let authority = CertificateAuthority::new("ca.example.com", "example.com").expect("an authority");
    let signer = SigningIdentity::from_pem(MSP_ID, authority.cert_pem(), &authority.key_pem()).expect("its own key");
    let request = msp::generate::EnrollmentRequest {
        common_name: "User1@example.com".to_owned(),
        role: msp::Role::Client,
        sans: vec!["a.example.com".to_owned(), "10.0.0.1".to_owned()],
        tls: false,
    };
    let member = authority.issue(&request).expect("a certificate").cert_pem;
    let msps = organization(authority.cert_pem(), |_| ()).expect("an organisation");
    World { authority, signer, msps, member }
});

/// Has the input read as what it is, and judged.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let part = PARTS[usize::from(input.byte()) % PARTS.len()];
    let World { authority, signer, msps, member } = &*WORLD;
    let signed = |body: &[u8]| {
        sequence(&[body, &ALGORITHM, &bit_string(&signer.sign(body).expect("a key in this process signs"))])
    };
    let root = authority.cert_pem();
    limited(ALLOCATION_BYTES_MAX, || match part {
        Part::Signed => judge(msps, &pem("CERTIFICATE", &signed(input.0))),
        Part::Member => judge(msps, &pem("CERTIFICATE", input.0)),
        Part::Authority => {
            let made = organization(&pem("CERTIFICATE", input.0), |_| ());
            made.into_iter().for_each(|msps| judge(&msps, member));
        }
        Part::Intermediate => {
            let intermediate = Bytes::from(pem("CERTIFICATE", &signed(input.0)));
            let made = organization(root, |config| config.intermediate_certs = vec![intermediate]);
            made.into_iter().for_each(|msps| judge(&msps, member));
        }
        Part::SignedList | Part::List => {
            let list: Bytes = match part {
                Part::SignedList => signed(input.0).into(),
                _ => Bytes::copy_from_slice(input.0),
            };
            let made = organization(root, |config| config.revocation_list = vec![list]);
            made.into_iter().for_each(|msps| judge(&msps, member));
        }
    });
}

/// Whoever is a member is one under every spelling, and has not two names.
fn judge(msps: &MspSet, pem: &str) {
    let serialized = |pem: &str| {
        let id_bytes = Bytes::copy_from_slice(pem.as_bytes());
        SerializedIdentity { mspid: MSP_ID.to_owned(), id_bytes }.encode_to_vec()
    };
    let Ok(identity) = msps.identity(&serialized(pem)).map_err(|error| error.to_string()) else { return };
    let again = self::pem("CERTIFICATE", identity.certificate_der());
    let again = msps.identity(&serialized(&again)).expect("the same certificate with its signature in low-S form");
    assert_eq!(identity.id(), again.id(), "one certificate, two identities");
    assert_eq!(identity.roles(), again.roles());
    let _ = (identity.expires_at(), identity.subject(), identity.issuer(), identity.common_name());
    assert!(identity.verify(b"message", b"signature").is_err());
}

fn organization(root: &str, change: impl FnOnce(&mut FabricMspConfig)) -> Option<MspSet> {
    let mut config = FabricMspConfig {
        name: MSP_ID.to_owned(),
        root_certs: vec![Bytes::copy_from_slice(root.as_bytes())],
        ..Default::default()
    };
    change(&mut config);
    // Old rules ask for no administrators; the newest ones are in `memberships`.
    let config = MspConfig { r#type: 0, config: config.encode_to_vec().into() };
    let msp = Msp::from_config(&config, MspVersion::V1_3).map_err(|error| error.to_string());
    msp.ok().map(|msp| MspSet::new(vec![msp]))
}

fn pem(label: &str, der: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, der))
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits = &length[content.len().leading_zeros() as usize / 8..];
    let mut element = vec![tag];
    match content.len() {
        short @ 0..0x80 => element.push(short as u8),
        _ => {
            element.push(0x80 | digits.len() as u8);
            element.extend(digits);
        }
    }
    element.extend(content);
    element
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

fn bit_string(bytes: &[u8]) -> Vec<u8> {
    element(3, &[&[0], bytes].concat())
}

/// Where the fuzzer starts from.
#[cfg(test)]
pub(crate) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let der = |text: &str| pem::parse(text).expect("PEM").into_contents();
    let member = der(&WORLD.member);
    let root = der(WORLD.authority.cert_pem());
    // The signed part is the first element, and longer than 255 bytes.
    let body = |der: &[u8]| {
        let length = usize::from(u16::from_be_bytes([der[6], der[7]]));
        der[4..8 + length].to_vec()
    };
    // The name stands behind the algorithm, and is shorter than 128 bytes.
    let name = |der: &[u8]| -> Vec<u8> {
        let algorithm = der.windows(ALGORITHM.len()).position(|window| window == ALGORITHM).expect("there is one");
        let name = &der[algorithm + ALGORITHM.len()..];
        name[..2 + usize::from(name[1])].to_vec()
    };
    let time = element(0x17, b"260101000000Z");
    let revoked = element(0x30, &[element(2, &[7]), time.clone()].concat());
    let authority_key = sequence(&[&[6, 3, 0x55, 0x1d, 0x23], &element(4, &sequence(&[&element(0x80, &[7; 32])]))]);
    let list = sequence(&[
        &[2, 1, 1],
        &ALGORITHM,
        &name(&root),
        &time,
        &element(0x30, &revoked),
        &element(0xa0, &sequence(&[&authority_key])),
    ]);
    let whole =
        sequence(&[&list, &ALGORITHM, &bit_string(&WORLD.signer.sign(&list).expect("a key in this process signs"))]);
    let part = |part: Part, bytes: &[u8]| [&[part as u8], bytes].concat();
    vec![
        ("signed", part(Part::Signed, &body(&member))),
        ("member", part(Part::Member, &member)),
        ("authority", part(Part::Authority, &root)),
        ("intermediate", part(Part::Intermediate, &body(&root))),
        ("signed_list", part(Part::SignedList, &list)),
        ("list", part(Part::List, &whole)),
        ("list_in_pem", part(Part::List, pem("X509 CRL", &whole).as_bytes())),
    ]
}
