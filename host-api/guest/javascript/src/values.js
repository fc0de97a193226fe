// What goes to the peer is checked here: the bindings end the call without a word when a value has the wrong type.

import { encodeUtf8 } from './utf8.js';

/**
 * A text for the peer.
 * @param {string} value
 * @returns {string}
 */
export function textOf(value) {
    if (typeof value !== 'string') {
        throw new TypeError(`expected a string, not ${named(value)}`);
    }
    return value.toWellFormed();
}

/**
 * Texts for the peer.
 * @param {Iterable<string>} values
 * @returns {string[]}
 */
export function textsOf(values) {
    return Array.from(values, textOf);
}

/**
 * Bytes for the peer; a string stands for its UTF-8.
 * @param {Uint8Array | string} value
 * @returns {Uint8Array}
 */
export function bytesOf(value) {
    if (value instanceof Uint8Array) {
        return value;
    }
    if (typeof value === 'string') {
        return encodeUtf8(value);
    }
    throw new TypeError(`expected a Uint8Array or a string, not ${named(value)}`);
}

/**
 * A number of 32 bits for the peer.
 * @param {number} value
 * @returns {number}
 */
export function countOf(value) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
        throw new TypeError(`expected an integer from 0 to 4294967295, not ${String(value)}`);
    }
    return value;
}

/**
 * One of some words for the peer.
 * @template {string} T
 * @param {T} value
 * @param {readonly T[]} words
 * @returns {T}
 */
export function wordOf(value, words) {
    if (!words.includes(value)) {
        throw new TypeError(`expected one of ${words.join(', ')}, not ${String(value)}`);
    }
    return value;
}

/**
 * Undefined for what the peer does not have.
 * @template T
 * @param {T | null | undefined} value
 * @returns {T | undefined}
 */
export function optional(value) {
    return value ?? undefined;
}

function named(value) {
    return value === null ? 'null' : typeof value === 'object' ? (value.constructor?.name ?? 'an object') : typeof value;
}
