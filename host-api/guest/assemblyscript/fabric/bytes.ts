/** Pieces one after the other. */
export function concat(pieces: Uint8Array[]): Uint8Array {
  let length = 0;
  for (let i = 0; i < pieces.length; i++) length += pieces[i].length;
  const all = new Uint8Array(length);
  for (let i = 0, at = 0; i < pieces.length; i++) {
    all.set(pieces[i], at);
    at += pieces[i].length;
  }
  return all;
}

/** Bytes as hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  const digits: string[] = [];
  for (let i = 0; i < bytes.length; i++) digits.push((bytes[i] < 16 ? "0" : "") + bytes[i].toString(16));
  return digits.join("");
}

/** The bytes that hexadecimal digits are, null when they are none. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 0x20;
    const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
    if (digit < 0) return null;
    bytes[i / 2] = <u8>((bytes[i / 2] << 4) | digit);
  }
  return bytes;
}
