//! Numbers whose encodings sort like the numbers: one length byte, then the big-endian bytes without leading zeros
//! (Fabric `common/ledger/util/util.go`, `EncodeOrderPreservingVarUint64`).

/// The most bytes that one number takes.
pub const MAX_LENGTH: usize = 9;

/// Appends the encoding of `value`.
pub fn push(out: &mut Vec<u8>, value: u64) {
    let skipped = value.leading_zeros() as usize / 8;
    out.push((8 - skipped) as u8);
    out.extend_from_slice(&value.to_be_bytes()[skipped..]);
}

/// Reads a number from the front of `bytes`; gives it and how many bytes it took, or nothing when they are malformed.
pub fn read(bytes: &[u8]) -> Option<(u64, usize)> {
    let length = usize::from(*bytes.first()?);
    let digits = bytes.get(1..1 + length).filter(|digits| digits.len() <= 8)?;
    if digits.first() == Some(&0) {
        return None;
    }
    let value = digits.iter().fold(0, |value, digit| value << 8 | u64::from(*digit));
    Some((value, 1 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_those_of_fabric_and_read_back() {
        for (value, expected) in [
            (0, vec![0]),
            (1, vec![1, 1]),
            (255, vec![1, 255]),
            (256, vec![2, 1, 0]),
            (u64::MAX, vec![8, 255, 255, 255, 255, 255, 255, 255, 255]),
        ] {
            let mut out = Vec::new();
            push(&mut out, value);
            assert_eq!(out, expected);
            assert_eq!(read(&out), Some((value, out.len())));
        }
    }

    #[test]
    fn order_is_kept() {
        let numbers = [0, 1, 2, 255, 256, 65_535, 65_536, 1 << 40, u64::MAX];
        let encoded = numbers.map(|number| {
            let mut out = Vec::new();
            push(&mut out, number);
            out
        });
        assert!(encoded.is_sorted());
    }

    #[test]
    fn malformed_bytes_give_nothing() {
        for bytes in [&[][..], &[1], &[9, 1, 1, 1, 1, 1, 1, 1, 1, 1], &[2, 0, 1], &[3, 1]] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }
}
