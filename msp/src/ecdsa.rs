//! ECDSA as Fabric uses it: SHA-256 for every curve, signatures in DER with the smaller of the two possible `s`.
//!
//! A signature `(r, s)` has a twin `(r, n - s)` that verifies as well. Fabric accepts only the one with `s <= n/2`, so
//! that nobody but the author can change a signed message's bytes.

mod table;

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::digest::{Digest as LcDigest, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P521_SHA256_ASN1, ParsedPublicKey};
use proto::Digest;

use crate::der;
use table::KeyTable;

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are not an ECDSA signature.
    #[error("the signature is not two positive integers in DER")]
    Malformed,
    /// `s` is larger than half the curve's order.
    #[error("the signature's s is larger than half the order of the curve; Fabric requires low S")]
    HighS,
    /// The signature does not fit the message and the key.
    #[error("the signature is invalid")]
    Invalid,
}

/// A curve whose signatures can be brought into their low-S form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
const P384_ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0,
    0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];
const P521_ORDER: [u8; 66] = [
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa, 0x51, 0x86, 0x87, 0x83,
    0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47,
    0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09,
];
const P256_HALF: [u8; 32] = halved(P256_ORDER);
const P384_HALF: [u8; 48] = halved(P384_ORDER);
const P521_HALF: [u8; 66] = halved(P521_ORDER);

/// Integer division of a big-endian number by two.
const fn halved<const N: usize>(number: [u8; N]) -> [u8; N] {
    let mut half = [0; N];
    let mut carry = 0;
    let mut index = 0;
    while index < N {
        half[index] = (number[index] >> 1) | (carry << 7);
        carry = number[index] & 1;
        index += 1;
    }
    half
}

impl Curve {
    fn order(self) -> &'static [u8] {
        match self {
            Curve::P256 => &P256_ORDER,
            Curve::P384 => &P384_ORDER,
            Curve::P521 => &P521_ORDER,
        }
    }

    fn half_order(self) -> &'static [u8] {
        match self {
            Curve::P256 => &P256_HALF,
            Curve::P384 => &P384_HALF,
            Curve::P521 => &P521_HALF,
        }
    }
}

/// A signature's two numbers, big-endian, without leading zeros, inside the encoded bytes.
struct Signature<'a> {
    r: &'a [u8],
    s: &'a [u8],
    /// Nothing follows the two numbers.
    exact: bool,
}

impl<'a> Signature<'a> {
    /// Reads what Fabric's decoder (Go's `encoding/asn1`) reads: DER lengths and integers must be minimal, while bytes
    /// after the second integer are ignored. Refusing those bytes here would make two peers disagree on a block.
    fn parse(bytes: &'a [u8]) -> Option<Signature<'a>> {
        let (body, after) = der::element(bytes, 0x30)?;
        let (r, body) = positive_integer(body)?;
        let (s, rest) = positive_integer(body)?;
        Some(Signature { r, s, exact: rest.is_empty() && after.is_empty() })
    }

    fn is_low_s(&self, curve: Curve) -> bool {
        !greater(self.s, curve.half_order())
    }
}

fn positive_integer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (digits, rest) = der::element(bytes, 0x02)?;
    match digits {
        [] | [0] => None,
        [first, ..] if first & 0x80 != 0 => None,
        [0, second, ..] if second & 0x80 == 0 => None,
        [0, digits @ ..] => Some((digits, rest)),
        _ => Some((digits, rest)),
    }
}

/// `a > b` for big-endian numbers; `a` has no leading zeros.
fn greater(a: &[u8], b: &[u8]) -> bool {
    let zeros = b.iter().take_while(|byte| **byte == 0).count();
    let b = &b[zeros..];
    (a.len(), a) > (b.len(), b)
}

/// The same for a signature of two numbers that follow each other, as tokens give them. `None` if it is none of the curve.
pub(crate) fn low_s_of_halves(curve: Curve, halves: &[u8]) -> Option<Vec<u8>> {
    let length = curve.order().len();
    let (r, s) = halves.split_at_checked(length).filter(|(_, s)| s.len() == length)?;
    fn number(half: &[u8]) -> Option<&[u8]> {
        half.iter().position(|digit| *digit != 0).map(|start| &half[start..])
    }
    low_s(curve, &encode(number(r)?, number(s)?)).map(Cow::into_owned)
}

fn encode(r: &[u8], s: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(2 * 69);
    for number in [r, s] {
        let padding: &[u8] = if number.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
        der::push(&mut body, 0x02, &[padding, number]);
    }
    let mut signature = Vec::with_capacity(body.len() + 3);
    der::push(&mut signature, 0x30, &[&body]);
    signature
}

/// The low-S twin of a signature, or the signature itself when it is low already; `None` when it is no signature on
/// this curve.
pub(crate) fn low_s(curve: Curve, signature: &[u8]) -> Option<Cow<'_, [u8]>> {
    let parsed = Signature::parse(signature)?;
    if !greater(curve.order(), parsed.s) || !greater(curve.order(), parsed.r) {
        return None;
    }
    if parsed.is_low_s(curve) {
        return Some(if parsed.exact { Cow::Borrowed(signature) } else { Cow::Owned(encode(parsed.r, parsed.s)) });
    }
    let s = difference(curve.order(), parsed.s);
    Some(Cow::Owned(encode(parsed.r, &s)))
}

/// `a - b` without leading zeros; the caller knows that `a > b`.
fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut result = a.to_vec();
    let mut borrow = 0i16;
    for (index, digit) in result.iter_mut().rev().enumerate() {
        let subtrahend = b.len().checked_sub(index + 1).map_or(0, |position| i16::from(b[position]));
        let value = i16::from(*digit) - subtrahend - borrow;
        borrow = i16::from(value < 0);
        *digit = value.rem_euclid(256) as u8;
    }
    let zeros = result.iter().take_while(|byte| **byte == 0).count();
    result.split_off(zeros)
}

/// The public key of an identity, decoded once.
#[derive(Debug)]
pub(crate) struct PublicKey {
    curve: Curve,
    key: ParsedPublicKey,
    /// The key as an uncompressed point.
    point: Box<[u8]>,
    checks: AtomicU32,
    /// For keys on P-256 that are used often.
    table: OnceLock<KeyTable>,
}

/// A table costs as much as about a hundred checks without one, so it is made after this many, and tried again after as many
/// more where there was no place for it.
const CHECKS_BEFORE_TABLE: u32 = 256;

impl PublicKey {
    /// From an uncompressed point. `None` when the point is not on the curve.
    pub(crate) fn new(curve: Curve, point: &[u8]) -> Option<PublicKey> {
        let algorithm = match curve {
            Curve::P256 => &ECDSA_P256_SHA256_ASN1,
            Curve::P384 => &ECDSA_P384_SHA256_ASN1,
            Curve::P521 => &ECDSA_P521_SHA256_ASN1,
        };
        let key = ParsedPublicKey::new(algorithm, point).ok()?;
        Some(PublicKey { curve, key, point: point.into(), checks: AtomicU32::new(0), table: OnceLock::new() })
    }

    /// Checks a signature over the message whose SHA-256 is `digest`.
    pub(crate) fn verify_digest(&self, digest: &Digest, signature: &[u8]) -> Result<(), VerifyError> {
        let parsed = Signature::parse(signature).ok_or(VerifyError::Malformed)?;
        if !parsed.is_low_s(self.curve) {
            return Err(VerifyError::HighS);
        }
        if self.table().is_some_and(|table| table.confirms(digest, parsed.r, parsed.s)) {
            return Ok(());
        }
        let signature = if parsed.exact { Cow::Borrowed(signature) } else { Cow::Owned(encode(parsed.r, parsed.s)) };
        let digest = LcDigest::import_less_safe(digest, &SHA256).map_err(|_| VerifyError::Invalid)?;
        self.key.verify_digest_sig(&digest, &signature).map_err(|_| VerifyError::Invalid)
    }

    /// The key's table. The check that makes it takes some milliseconds longer; others go on without it meanwhile.
    fn table(&self) -> Option<&KeyTable> {
        let table = self.table.get();
        if table.is_none() && self.curve == Curve::P256 {
            let checks = self.checks.fetch_add(1, Ordering::Relaxed);
            if checks % CHECKS_BEFORE_TABLE == CHECKS_BEFORE_TABLE - 1
                && let Some(made) = KeyTable::new(&self.point)
            {
                // Two at once would have to be 256 checks apart.
                let _ = self.table.set(made);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(signature: &str, expected: Option<(&str, &str, bool)>) {
        let bytes = hex::decode(signature).expect("hex");
        let parsed =
            Signature::parse(&bytes).map(|parsed| (hex::encode(parsed.r), hex::encode(parsed.s), parsed.exact));
        assert_eq!(parsed, expected.map(|(r, s, exact)| (r.to_owned(), s.to_owned(), exact)), "{signature}");
    }

    #[test]
    fn integers_must_be_positive_and_minimal() {
        check("3006020101020102", Some(("01", "02", true)));
        check("300702010102020080", Some(("01", "80", true)));
        check("3006020100020102", None);
        check("3006020181020102", None);
        check("300702020001020102", None);
        check("30050200020102", None);
        check("", None);
        check("30", None);
        check("3006020101", None);
        check("308106020101020102", None);
        check("3080020101020102", None);
        check("3106020101020102", None);
    }

    #[test]
    fn bytes_after_the_integers_are_ignored_as_fabric_does() {
        check("3006020101020102ff", Some(("01", "02", false)));
        check("3007020101020102ff", Some(("01", "02", false)));
    }

    #[test]
    fn both_twins_have_one_low_form() {
        for (curve, half) in
            [(Curve::P256, &P256_HALF[..]), (Curve::P384, &P384_HALF[..]), (Curve::P521, &P521_HALF[1..])]
        {
            let low = encode(&[1], half);
            let high = encode(&[1], &difference(curve.order(), half));
            assert_ne!(low, high);
            assert_eq!(low_s(curve, &low).as_deref(), Some(&low[..]));
            assert_eq!(low_s(curve, &high).as_deref(), Some(&low[..]));
            assert!(!Signature::parse(&high).expect("a signature").is_low_s(curve));
            assert_eq!(low_s(curve, &encode(&[1], curve.order())), None);
        }
    }

    #[test]
    fn only_the_low_twin_verifies() {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let public = PublicKey::new(Curve::P256, key.public_key().as_ref()).expect("a point");
        let signature = key.sign(&aws_lc_rs::rand::SystemRandom::new(), b"message").expect("a signature");
        let low = low_s(Curve::P256, signature.as_ref()).expect("well-formed").into_owned();
        let parsed = Signature::parse(&low).expect("well-formed");
        let high = encode(parsed.r, &difference(Curve::P256.order(), parsed.s));
        let verify = |signature: &[u8]| public.verify_digest(&proto::sha256([b"message"]), signature);
        assert_eq!(verify(&low), Ok(()));
        assert_eq!(verify(&high), Err(VerifyError::HighS));
        assert_eq!(verify(&[&low[..], b"more"].concat()), Ok(()));
        assert_eq!(verify(b"garbage"), Err(VerifyError::Malformed));
        assert_eq!(public.verify_digest(&[0; 32], &low), Err(VerifyError::Invalid));
    }

    proptest::proptest! {
        #[test]
        fn decoder_is_total(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = low_s(Curve::P256, &bytes);
            let _ = low_s(Curve::P521, &bytes);
        }

        #[test]
        fn encoding_round_trips(r in proptest::collection::vec(1u8..=255, 1..66), s in proptest::collection::vec(1u8..=255, 1..66)) {
            let der = encode(&r, &s);
            let parsed = Signature::parse(&der).expect("own encoding");
            proptest::prop_assert_eq!((parsed.r, parsed.s, parsed.exact), (&r[..], &s[..], true));
        }
    }
}
