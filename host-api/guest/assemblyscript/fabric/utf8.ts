// Texts as the bytes that the peer and the ledger have.

/** Where a buffer's bytes begin. */
// @ts-ignore: decorator
@inline
export function addressOf(buffer: ArrayBuffer): usize {
  return changetype<usize>(buffer);
}

/** A text as UTF-8. Halves of surrogate pairs become U+FFFD. */
export function encode(text: string): ArrayBuffer {
  return String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}

/** A text as bytes of UTF-8. */
export function toBytes(text: string): Uint8Array {
  return Uint8Array.wrap(encode(text));
}

/** The text that bytes are in UTF-8. What is malformed becomes U+FFFD. */
export function toText(bytes: Uint8Array): string {
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

/** Whether bytes are a text in UTF-8. */
export function isUtf8(bytes: Uint8Array): bool {
  const end = bytes.dataStart + bytes.length;
  for (let at = bytes.dataStart; at < end; ) {
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
