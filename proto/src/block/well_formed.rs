//! Are a block's transactions encoded in the only way that is allowed? The data hash is one over their concatenation, so
//! that bytes moved from one transaction into the next would otherwise go unnoticed (Fabric `protoutil/blockutils.go`).

use bytes::{Buf, Bytes};
use prost::Message;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encoded_len_varint, skip_field};

use crate::common::{ChannelHeader, Envelope, HeaderType, Payload};

const PAYLOAD: u32 = 1;
const SIGNATURE: u32 = 2;

/// Checks it, and gives Fabric's text of what is wrong. A block with one configuration transaction is not looked at: it
/// has nothing to move bytes to.
pub fn check_well_formed(data: &[Bytes]) -> Result<(), String> {
    if data.is_empty() {
        return Err("empty block".to_owned());
    }
    if let [only] = data
        && is_config(only).unwrap_or(false)
    {
        return Ok(());
    }
    data.iter().enumerate().filter(|(_, raw)| !is_plain(raw)).try_for_each(|(index, raw)| check_envelope(index, raw))
}

/// Payload and signature, in this order, each once and with its shortest length, and nothing else: what all honest envelopes
/// are. Tells it without a copy.
fn is_plain(raw: &[u8]) -> bool {
    let after_payload = after_field(raw, PAYLOAD);
    after_payload.and_then(|rest| after_field(rest, SIGNATURE)).is_some_and(<[u8]>::is_empty)
}

/// What follows a field that is there, not empty, and of the shortest form.
fn after_field(raw: &[u8], tag: u32) -> Option<&[u8]> {
    let (key, mut rest) = raw.split_first()?;
    let before = rest.len();
    let length = decode_varint(&mut rest).ok().filter(|length| *length > 0)?;
    let is_shortest = before - rest.len() == encoded_len_varint(length);
    let is_field = u32::from(*key) == (tag << 3 | WireType::LengthDelimited as u32);
    if is_field && is_shortest { rest.get(usize::try_from(length).ok()?..) } else { None }
}

fn is_config(raw: &Bytes) -> Option<bool> {
    let payload = Payload::decode(Envelope::decode(raw.clone()).ok()?.payload).ok()?;
    let header = ChannelHeader::decode(payload.header?.channel_header).ok()?;
    Some(header.r#type == HeaderType::Config as i32)
}

fn check_envelope(index: usize, raw: &Bytes) -> Result<(), String> {
    let (mut payload, mut signature) = (Bytes::new(), Bytes::new());
    // What has no name is kept, and written after what has one.
    let mut unknown = Vec::new();
    let mut rest = raw.clone();
    let mut read = || {
        while rest.has_remaining() {
            let start = rest.clone();
            let (tag, wire_type) = decode_key(&mut rest).ok()?;
            if wire_type == WireType::LengthDelimited && matches!(tag, PAYLOAD | SIGNATURE) {
                let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
                let field = (length <= rest.len()).then(|| rest.split_to(length))?;
                if tag == PAYLOAD {
                    payload = field
                } else {
                    signature = field
                }
                continue;
            }
            skip_field(wire_type, tag, &mut rest, DecodeContext::default()).ok()?;
            unknown.extend_from_slice(&start[..start.len() - rest.len()]);
        }
        Some(())
    };
    let malformed = || format!("transaction {index} is invalid: proto: cannot parse invalid wire-format data");
    read().ok_or_else(malformed)?;
    if payload.is_empty() {
        return Err(format!("transaction {index} has no payload"));
    }
    if signature.is_empty() {
        return Err(format!("transaction {index} has no signature"));
    }
    let mut expected = Envelope { payload, signature }.encode_to_vec();
    expected.extend_from_slice(&unknown);
    if expected.len() < raw.len() {
        return Err(format!("transaction {index} has {} trailing bytes", raw.len() - expected.len()));
    }
    match expected == raw[..] {
        true => Ok(()),
        false => Err(format!("transaction {index} does not match its raw form")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_encoding_is_allowed() {
        let check = |raw: &'static [u8], expected: Option<&str>| {
            let found = check_well_formed(&[Bytes::from_static(b"\x0a\x01p\x12\x01s"), Bytes::from_static(raw)]).err();
            assert_eq!(found.as_deref(), expected, "{raw:?}");
            // Never plain when it is wrong, and what is plain is right without a second look.
            let right = check_envelope(1, &Bytes::from_static(raw)).is_ok();
            assert!(right || !is_plain(raw), "{raw:?}");
        };
        check(b"\x0a\x01p\x12\x01s", None);
        check(b"\x0a\x01p\x12\x01s\x1a\x01x\x20\x05", None);
        check(b"\x12\x01s\x0a\x01p", Some("transaction 1 does not match its raw form"));
        check(b"\x1a\x01x\x0a\x01p\x12\x01s", Some("transaction 1 does not match its raw form"));
        check(b"\x0a\x01p\x12\x01s\x0a\x01p", Some("transaction 1 has 3 trailing bytes"));
        check(b"\x0a\x81\x00p\x12\x01s", Some("transaction 1 has 1 trailing bytes"));
        check(b"\x12\x01s", Some("transaction 1 has no payload"));
        check(b"\x0a\x01p", Some("transaction 1 has no signature"));
        for bad in [&b"\x0a\x05p"[..], b"\x0a", b"\xff", b"\x1a\x05x"] {
            check(bad, Some("transaction 1 is invalid: proto: cannot parse invalid wire-format data"));
        }
        assert_eq!(check_well_formed(&[]).expect_err("none"), "empty block");
        let long = Envelope { payload: vec![1; 300].into(), signature: vec![2; 70].into() }.encode_to_vec();
        assert!(is_plain(&long) && is_plain(b"\x0a\x01p\x12\x01s") && !is_plain(b"\x0a\x01p\x12\x01s\x1a\x01x"));
    }
}
