// Text as UTF-8. QuickJS has neither TextEncoder nor TextDecoder, and its loops are slow: a character costs a microsecond. It has
// built-in functions for everything on the way by base64, which takes a tenth of that.

const BEYOND_ASCII = /[^\0-\x7f]/;

/**
 * The UTF-8 bytes of a text. A lone surrogate becomes U+FFFD.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function encodeUtf8(text) {
    const octets = BEYOND_ASCII.test(text) ? unescape(encodeURIComponent(text.toWellFormed())) : text;
    return Uint8Array.fromBase64(btoa(octets));
}

/**
 * The text that bytes are, or undefined when they are not valid UTF-8.
 * @param {Uint8Array} bytes
 * @returns {string | undefined}
 */
export function decodeUtf8(bytes) {
    const octets = atob(bytes.toBase64());
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
