// Text as UTF-8. QuickJS has neither TextEncoder nor TextDecoder, and its loops are slow: whatever a built-in function can do is
// left to it.

/** Arguments of one call of String.fromCharCode; each takes a place on the engine's stack. */
const CHUNK = 4096;

const BEYOND_ASCII = /[^\0-\x7f]/;

/**
 * The UTF-8 bytes of a text. A lone surrogate becomes U+FFFD.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function encodeUtf8(text) {
    const octets = unescape(encodeURIComponent(text.toWellFormed()));
    const bytes = new Uint8Array(octets.length);
    for (let at = 0; at < octets.length; at++) {
        bytes[at] = octets.charCodeAt(at);
    }
    return bytes;
}

/**
 * The text that bytes are, or undefined when they are not valid UTF-8.
 * @param {Uint8Array} bytes
 * @returns {string | undefined}
 */
export function decodeUtf8(bytes) {
    let octets = '';
    for (let at = 0; at < bytes.length; at += CHUNK) {
        octets += String.fromCharCode.apply(null, bytes.subarray(at, at + CHUNK));
    }
    if (!BEYOND_ASCII.test(octets)) {
        return octets;
    }
    try {
        // Percent-encoded octets are decoded as strictly as UTF-8 demands: no surrogates, no longer forms than needed.
        return decodeURIComponent(escape(octets));
    } catch {
        return undefined;
    }
}

/**
 * The text that bytes are; what is not valid UTF-8 becomes U+FFFD.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function decodeUtf8Lossy(bytes) {
    return decodeUtf8(bytes) ?? repaired(bytes);
}

/** One U+FFFD for each longest beginning of a character, as the Encoding Standard wants it. */
function repaired(bytes) {
    let text = '';
    let at = 0;
    while (at < bytes.length) {
        const length = characterLength(bytes, at);
        text += length > 0 ? decodeUtf8(bytes.subarray(at, at + length)) : '\ufffd';
        at += Math.abs(length);
    }
    return text;
}

/** How many bytes the character at a place has; negative for the beginning of one that does not go on. */
function characterLength(bytes, at) {
    const first = bytes[at];
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc2 || first > 0xf4) {
        return -1;
    }
    const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    // The second byte's range keeps out overlong forms, surrogates and what is beyond U+10FFFF.
    let lowest = { 0xe0: 0xa0, 0xf0: 0x90 }[first] ?? 0x80;
    let highest = { 0xed: 0x9f, 0xf4: 0x8f }[first] ?? 0xbf;
    for (let done = 1; done < length; done++) {
        const next = bytes[at + done];
        if (!(next >= lowest && next <= highest)) {
            return -done;
        }
        [lowest, highest] = [0x80, 0xbf];
    }
    return length;
}
