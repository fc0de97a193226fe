//! Quick confirmation of P-256 signatures by keys that sign often.
//!
//! Checking a signature needs `u1*G + u2*Q`. Nearly all of the usual 34 microseconds are the doublings for `Q`, which differs
//! from key to key. The members of a channel are few and sign all of its transactions, so a table of multiples is kept for a
//! key once it has been used often: the sum is then at most 62 additions of table entries and no doubling.
//!
//! A confirmation is final; anything else is undecided, and the caller asks the general implementation. So this module need
//! not know every exceptional case of the addition formula, only never to confirm in one. Nothing here is secret: time may
//! depend on the values. The arithmetic modulo p is that of fiat-crypto, generated from machine-checked proofs.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use fiat_crypto::p256_64::{
    fiat_p256_montgomery_domain_field_element as Field, fiat_p256_mul,
    fiat_p256_non_montgomery_domain_field_element as Plain, fiat_p256_set_one, fiat_p256_square, fiat_p256_sub,
    fiat_p256_to_montgomery,
};
use p256::elliptic_curve::BatchNormalize;
use p256::elliptic_curve::ops::{Double, Reduce};
use p256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};
use proto::Digest;

/// Bits of a scalar that one entry of a key's table stands for. One bit more costs twice the memory and saves an eighth of the
/// additions.
const KEY_BITS: u32 = 8;
/// The same of the generator, whose table exists once.
const GENERATOR_BITS: u32 = 9;

/// Tables that exist at one time. Each has 264 KiB, so all have 33 MiB.
const MAX_TABLES: usize = 128;
static TABLES: AtomicUsize = AtomicUsize::new(0);

/// The first byte of an uncompressed point.
const UNCOMPRESSED: u8 = 4;

/// Multiples of the curve's generator.
static GENERATOR: LazyLock<Multiples> = LazyLock::new(|| Multiples::of(ProjectivePoint::GENERATOR, GENERATOR_BITS));

/// The multiples of a public key.
#[derive(Debug)]
pub(super) struct KeyTable {
    multiples: Multiples,
    _place: Place,
}

/// One of the [`MAX_TABLES`].
#[derive(Debug)]
struct Place;

impl Place {
    fn take() -> Option<Place> {
        let taken = TABLES
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| (count < MAX_TABLES).then_some(count + 1));
        taken.ok().map(|_| Place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        TABLES.fetch_sub(1, Ordering::Relaxed);
    }
}

impl KeyTable {
    /// From an uncompressed point (SEC 1). Takes about four milliseconds. `None` when the process has as many tables as it may.
    pub(super) fn new(point: &[u8]) -> Option<KeyTable> {
        // Infinity has an encoding, too.
        let place = (point.first() == Some(&UNCOMPRESSED)).then(Place::take)??;
        let point = Option::<AffinePoint>::from(AffinePoint::from_sec1_bytes(point).ok()?)?;
        Some(KeyTable { multiples: Multiples::of(point.into(), KEY_BITS), _place: place })
    }

    /// Whether `(r, s)`, big-endian and without leading zeros, is certainly a signature of the message with this SHA-256.
    pub(super) fn confirms(&self, digest: &Digest, r: &[u8], s: &[u8]) -> bool {
        let (Some(r), Some(s)) = (scalar(r), scalar(s)) else { return false };
        let Some(inverse) = Option::<Scalar>::from(s.invert_vartime()) else { return false };
        let message = <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(*digest));
        let (mut sum, mut encoded) = (None, r.to_bytes());
        for (table, factor) in [(&*GENERATOR, message * inverse), (&self.multiples, r * inverse)] {
            table.add_multiple(factor, &mut sum);
        }
        let Some(Sum { x, z, .. }) = sum else { return false };
        // r is the x coordinate X/Z² modulo n. That X/Z² is r itself is as good as always the case; when it is r + n, this
        // stays undecided. Z is zero once an addition met two points with the same x.
        encoded.reverse();
        z.0 != [0; 4] && product(&field(words(&encoded)), &square(&z)).0 == x.0
    }
}

fn scalar(digits: &[u8]) -> Option<Scalar> {
    let mut bytes = FieldBytes::default();
    let start = bytes.len().checked_sub(digits.len())?;
    bytes[start..].copy_from_slice(digits);
    let scalar = Option::<Scalar>::from(<Scalar as p256::elliptic_curve::PrimeField>::from_repr(bytes))?;
    (scalar != Scalar::ZERO).then_some(scalar)
}

/// `1*2^(bw)*P .. 2^(b-1)*2^(bw)*P` for every window `w` of `b` bits.
#[derive(Debug)]
struct Multiples {
    bits: u32,
    points: Box<[Affine]>,
}

/// A point of the curve, its coordinates in Montgomery form.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Affine {
    x: [u64; 4],
    y: [u64; 4],
}

impl Multiples {
    fn of(point: ProjectivePoint, bits: u32) -> Multiples {
        let mut points = Vec::with_capacity(windows(bits) * entries(bits));
        let mut base = point;
        for _ in 0..windows(bits) {
            let first = points.len();
            points.push(base);
            for index in 1..entries(bits) {
                points.push(points[first + index - 1] + base);
            }
            // The last entry is half of the next window's first one.
            base = points[first + entries(bits) - 1].double();
        }
        let points = <ProjectivePoint as BatchNormalize<_>>::batch_normalize(points.as_slice());
        Multiples { bits, points: points.iter().map(Affine::from).collect() }
    }

    /// Adds `factor` times the point to `sum`; `None` is the point at infinity.
    fn add_multiple(&self, factor: Scalar, sum: &mut Option<Sum>) {
        for (digit, window) in digits(&factor, self.bits).zip(self.points.chunks_exact(entries(self.bits))) {
            let Some(entry) = usize::from(digit.unsigned_abs()).checked_sub(1) else { continue };
            let Affine { x, y } = window[entry];
            let y = if digit < 0 { difference(&Field([0; 4]), &Field(y)) } else { Field(y) };
            *sum = Some(match sum {
                None => Sum { x: Field(x), y, z: one() },
                Some(sum) => sum.plus(&Field(x), &y),
            });
        }
    }
}

/// Windows of a 256-bit scalar, with room for the last carry.
const fn windows(bits: u32) -> usize {
    257usize.div_ceil(bits as usize)
}

/// Entries for a window: its digit lies in `-2^(b-1)..=2^(b-1)`, and the negative of a point costs nothing.
const fn entries(bits: u32) -> usize {
    1 << (bits - 1)
}

impl From<&AffinePoint> for Affine {
    fn from(point: &AffinePoint) -> Affine {
        let encoded = point.to_sec1_point(false);
        let coordinate = |start: usize| {
            let mut bytes = FieldBytes::default();
            bytes.copy_from_slice(&encoded.as_bytes()[start..start + 32]);
            bytes.reverse();
            field(words(&bytes)).0
        };
        Affine { x: coordinate(1), y: coordinate(33) }
    }
}

/// The scalar as digits in `-2^(b-1)..=2^(b-1)` of windows of `b` bits, the lowest first.
fn digits(scalar: &Scalar, bits: u32) -> impl Iterator<Item = i16> {
    let mut bytes = scalar.to_bytes();
    bytes.reverse();
    let words = words(&bytes);
    let mut carry = 0;
    (0..windows(bits)).map(move |window| {
        let (word, bit) = (window * bits as usize / 64, window * bits as usize % 64);
        let of = |word: usize| u128::from(words.get(word).copied().unwrap_or(0));
        let value = (((of(word) | (of(word + 1) << 64)) >> bit) as u16 & ((1 << bits) - 1)) + carry;
        carry = u16::from(usize::from(value) > entries(bits));
        // The difference of two numbers up to 2^b that lies in -2^(b-1)..=2^(b-1).
        value.wrapping_sub(carry << bits) as i16
    })
}

/// A little-endian number's words, the lowest first.
fn words(bytes: &FieldBytes) -> [u64; 4] {
    std::array::from_fn(|word| (0..8).fold(0, |value, byte| value | (u64::from(bytes[8 * word + byte]) << (8 * byte))))
}

/// A point in Jacobian coordinates: `(X/Z², Y/Z³)`.
#[derive(Clone, Copy)]
struct Sum {
    x: Field,
    y: Field,
    z: Field,
}

impl Sum {
    /// Mixed addition (Hankerson, Menezes, Vanstone, "Guide to Elliptic Curve Cryptography", algorithm 3.22). Where both points
    /// have the same x it gives `Z = 0`, which all further sums keep.
    fn plus(&self, x: &Field, y: &Field) -> Sum {
        let z2 = square(&self.z);
        let h = difference(&product(x, &z2), &self.x);
        let r = difference(&product(y, &product(&z2, &self.z)), &self.y);
        let h2 = square(&h);
        let h3 = product(&h, &h2);
        let v = product(&self.x, &h2);
        let x = difference(&difference(&difference(&square(&r), &h3), &v), &v);
        let y = difference(&product(&r, &difference(&v, &x)), &product(&self.y, &h3));
        Sum { x, y, z: product(&self.z, &h) }
    }
}

fn product(a: &Field, b: &Field) -> Field {
    let mut out = Field([0; 4]);
    fiat_p256_mul(&mut out, a, b);
    out
}

fn square(a: &Field) -> Field {
    let mut out = Field([0; 4]);
    fiat_p256_square(&mut out, a);
    out
}

fn difference(a: &Field, b: &Field) -> Field {
    let mut out = Field([0; 4]);
    fiat_p256_sub(&mut out, a, b);
    out
}

fn one() -> Field {
    let mut out = Field([0; 4]);
    fiat_p256_set_one(&mut out);
    out
}

/// A number below p in Montgomery form.
fn field(words: [u64; 4]) -> Field {
    let mut out = Field([0; 4]);
    fiat_p256_to_montgomery(&mut out, &Plain(words));
    out
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    use p256::elliptic_curve::PrimeField;
    use proptest::prelude::*;
    use proto::sha256;

    use super::*;

    fn point(secret: Scalar) -> Vec<u8> {
        (ProjectivePoint::GENERATOR * secret).to_affine().to_sec1_point(false).as_bytes().to_vec()
    }

    fn without_zeros(bytes: &[u8]) -> &[u8] {
        &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
    }

    /// What the definition says (SEC 1, 4.1.4), in the arithmetic of another library.
    fn is_signature(key: ProjectivePoint, digest: &Digest, r: Scalar, s: Scalar) -> bool {
        let Some(inverse) = Option::<Scalar>::from(s.invert()) else { return false };
        let message = <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(*digest));
        let sum = (ProjectivePoint::GENERATOR * (message * inverse) + key * (r * inverse)).to_affine();
        let encoded = sum.to_sec1_point(false);
        let Some(x) = encoded.as_bytes().get(1..33) else { return false };
        <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::try_from(x).expect("32 bytes")) == r && r != Scalar::ZERO
    }

    fn small_or_large(number: u64, negative: bool) -> Scalar {
        if negative { -Scalar::from(number) } else { Scalar::from(number) }
    }

    #[test]
    fn signatures_are_confirmed_and_others_are_not() {
        for seed in 1..=20u8 {
            let secret = Scalar::from_repr(FieldBytes::from(sha256([&[seed][..]]))).expect("below the order");
            let key = EcdsaKeyPair::from_private_key_and_public_key(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                &secret.to_bytes(),
                &point(secret),
            )
            .expect("a key");
            let table = KeyTable::new(&point(secret)).expect("a place");
            let message = [seed; 40];
            let digest = sha256([&message[..]]);
            let signature = key.sign(&SystemRandom::new(), &message).expect("a signature");
            let (r, s) = signature.as_ref().split_at(32);
            assert!(table.confirms(&digest, without_zeros(r), without_zeros(s)));
            assert!(!table.confirms(&digest, without_zeros(s), without_zeros(r)));
            for byte in [0, 15, 31] {
                let mut other = digest;
                other[byte] ^= 1;
                assert!(!table.confirms(&other, without_zeros(r), without_zeros(s)));
                let mut other = s.to_vec();
                other[byte] ^= 0x80;
                assert!(!table.confirms(&digest, without_zeros(r), without_zeros(&other)));
            }
        }
    }

    #[test]
    fn digits_stand_for_the_scalar() {
        for bits in [7, KEY_BITS, GENERATOR_BITS] {
            let half = 1 << (bits - 1);
            for number in [0, 1, half - 1, half, half + 1, 2 * half - 1, 2 * half, u64::MAX] {
                for scalar in [small_or_large(number, false), small_or_large(number, true)] {
                    let base = Scalar::from(1u64 << bits);
                    let digits: Vec<i16> = digits(&scalar, bits).collect();
                    let value = digits.iter().rev().fold(Scalar::ZERO, |value, digit| {
                        assert!(u64::from(digit.unsigned_abs()) <= half);
                        value * base + small_or_large(u64::from(digit.unsigned_abs()), *digit < 0)
                    });
                    assert_eq!(value, scalar);
                }
            }
        }
    }

    #[test]
    fn points_that_are_none_have_no_table() {
        assert!(KeyTable::new(b"\x04").is_none());
        assert!(KeyTable::new(&[4; 65]).is_none());
        assert!(KeyTable::new(&[0]).is_none(), "infinity");
    }

    proptest! {
        /// Keys and numbers for which the sums meet equal and opposite points.
        #[test]
        fn nothing_is_confirmed_that_is_no_signature(
            secret in (prop_oneof![1u64..3, Just(128), Just(256), Just(512), any::<u64>()], any::<bool>()),
            r in prop_oneof![0u64..4, any::<u64>()],
            s in (prop_oneof![0u64..4, any::<u64>()], any::<bool>()),
            digest in prop_oneof![Just([0; 32]), Just([0xff; 32]), any::<[u8; 32]>()],
            own in any::<bool>(),
        ) {
            let secret = small_or_large(secret.0.max(1), secret.1);
            let s = small_or_large(s.0, s.1);
            // The x coordinate of a small multiple of the generator makes right signatures likely.
            let r = if own { r_of(Scalar::from(r.max(1))) } else { Scalar::from(r) };
            let key = ProjectivePoint::GENERATOR * secret;
            let table = KeyTable::new(&point(secret)).expect("a place");
            let confirmed = table.confirms(&digest, without_zeros(&r.to_bytes()), without_zeros(&s.to_bytes()));
            prop_assert!(!confirmed || is_signature(key, &digest, r, s));
        }

        /// Signatures made from the equation itself, with nonces of all sizes.
        #[test]
        fn right_signatures_are_confirmed(secret in 1u64.., nonce in (1u64.., any::<bool>()), digest in any::<[u8; 32]>()) {
            let (secret, nonce) = (Scalar::from(secret), small_or_large(nonce.0, nonce.1));
            let r = r_of(nonce);
            let message = <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(digest));
            let s = (message + r * secret) * nonce.invert().expect("not zero");
            let table = KeyTable::new(&point(secret)).expect("a place");
            prop_assert!(table.confirms(&digest, without_zeros(&r.to_bytes()), without_zeros(&s.to_bytes())));
        }
    }

    fn r_of(nonce: Scalar) -> Scalar {
        let encoded = point(nonce);
        <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::try_from(&encoded[1..33]).expect("32 bytes"))
    }
}
