// Texts as the bytes that the peer and the ledger have.

/** Where a buffer's bytes begin. */
// @ts-ignore: decorator
@inline
export function addressOf(buffer: ArrayBuffer): usize {
  return changetype<usize>(buffer);
}

/** A text as UTF-8. Halves of surrogate pairs become U+FFFD. */
export function encode(text: string): ArrayBuffer {
  return encodeAscii(text) || String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}

/** A text of ASCII as bytes, four characters a step; null for other texts. */
function encodeAscii(text: string): ArrayBuffer | null {
  const length = text.length;
  const bytes = changetype<ArrayBuffer>(__new(length, idof<ArrayBuffer>()));
  const from = changetype<usize>(text), to = addressOf(bytes);
  let at: usize = 0;
  for (; at + 4 <= <usize>length; at += 4) {
    let units = load<u64>(from + (at << 1));
    if (units & 0xff80ff80ff80ff80) return null;
    units = (units | (units >> 8)) & 0x0000ffff0000ffff;
    store<u32>(to + at, <u32>(units | (units >> 16)));
  }
  for (; at < <usize>length; at++) {
    const unit = load<u16>(from + (at << 1));
    if (unit > 0x7f) return null;
    store<u8>(to + at, <u8>unit);
  }
  return bytes;
}

/** A text as bytes of UTF-8. */
export function toBytes(text: string): Uint8Array {
  return Uint8Array.wrap(encode(text));
}

/** The text that bytes are in UTF-8. What is malformed becomes U+FFFD. */
export function toText(bytes: Uint8Array): string {
  const ascii = decodeAscii(bytes);
  if (ascii !== null) return ascii;
  const end = bytes.dataStart + bytes.length;
  let text = "";
  let begin = bytes.dataStart;
  for (let at = begin; at < end; ) {
    const length = sequence(at, end);
    if (length > 0) {
      at += length;
      continue;
    }
    text += String.UTF8.decodeUnsafe(begin, at - begin) + "\uFFFD";
    begin = at -= length;
  }
  return text + String.UTF8.decodeUnsafe(begin, end - begin);
}

/** The text that bytes of ASCII are, four a step; null for other bytes. */
function decodeAscii(bytes: Uint8Array): string | null {
  const from = bytes.dataStart, length = <usize>bytes.length;
  const text = changetype<string>(__new(length << 1, idof<string>()));
  const to = changetype<usize>(text);
  let at: usize = 0;
  for (; at + 4 <= length; at += 4) {
    let units = <u64>load<u32>(from + at);
    if (units & 0x80808080) return null;
    units = (units | (units << 16)) & 0x0000ffff0000ffff;
    store<u64>(to + (at << 1), (units | (units << 8)) & 0x00ff00ff00ff00ff);
  }
  for (; at < length; at++) {
    const byte = load<u8>(from + at);
    if (byte > 0x7f) return null;
    store<u16>(to + (at << 1), byte);
  }
  return text;
}

/** Whether bytes are a text in UTF-8. */
export function isUtf8(bytes: Uint8Array): bool {
  const end = bytes.dataStart + bytes.length;
  for (let at = bytes.dataStart; at < end; ) {
    if (at + 4 <= end && !(load<u32>(at) & 0x80808080)) {
      at += 4;
      continue;
    }
    const length = sequence(at, end);
    if (length < 0) return false;
    at += length;
  }
  return true;
}

/** Length of the character at an address; below 0 for so many bytes that are the beginning of none. */
function sequence(at: usize, end: usize): isize {
  const first = <u32>load<u8>(at);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  const length: isize = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let i: isize = 1; i < length; i++) {
    if (at + i >= end) return -i;
    const next = <u32>load<u8>(at + i);
    // The second byte also rules out overlong forms, surrogates and what is beyond U+10FFFF.
    const low: u32 = i > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const high: u32 = i > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (next < low || next > high) return -i;
  }
  return length;
}
