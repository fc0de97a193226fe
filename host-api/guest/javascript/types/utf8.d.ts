/**
 * The UTF-8 bytes of a text. A lone surrogate becomes U+FFFD.
 * @param {string} text
 * @returns {Uint8Array}
 */
export declare function encodeUtf8(text: string): Uint8Array;
/**
 * The text that bytes are, or undefined when they are not valid UTF-8.
 * @param {Uint8Array} bytes
 * @returns {string | undefined}
 */
export declare function decodeUtf8(bytes: Uint8Array): string | undefined;
/**
 * The text that bytes are; what is not valid UTF-8 becomes U+FFFD.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export declare function decodeUtf8Lossy(bytes: Uint8Array): string;
