// JSON of which every peer writes the same bytes, and which keeps integers of 64 bits.

import { bytesOf } from './values.js';
import { decodeUtf8 } from './utf8.js';

/**
 * A value as JSON: members sorted by name, a bigint as an integer. Otherwise as JSON.stringify.
 * @param {unknown} value
 * @returns {string}
 */
export function stringify(value) {
    return written(value) ?? 'null';
}

function written(value) {
    if (typeof value === 'bigint') {
        return value.toString();
    }
    if (value === null || typeof value !== 'object') {
        return JSON.stringify(value);
    }
    if (typeof value.toJSON === 'function') {
        return written(value.toJSON());
    }
    if (Array.isArray(value)) {
        return `[${value.map(stringify).join(',')}]`;
    }
    const members = [];
    for (const name of Object.keys(value).sort()) {
        const member = written(value[name]);
        if (member !== undefined) {
            members.push(`${JSON.stringify(name)}:${member}`);
        }
    }
    return `{${members.join(',')}}`;
}

/**
 * The value that JSON says. Integers too large for a number are bigints; otherwise as JSON.parse.
 * @template [T=any]
 * @param {string | Uint8Array} json text, or its bytes
 * @returns {T}
 * @throws {SyntaxError} when it is not JSON
 */
export function parse(json) {
    const text = typeof json === 'string' ? json : decodeUtf8(bytesOf(json));
    if (text === undefined) {
        throw new SyntaxError('JSON is not valid UTF-8');
    }
    return /\d{16}/.test(text) ? parseLarge(text) : JSON.parse(text);
}

/** Large integers are parsed as strings that begin like no other string of the text. */
function parseLarge(text) {
    // Refuses here what the marks would make JSON of.
    JSON.parse(text);
    const mark = '#'.repeat(1 + (text.match(/#|\\u0023/g)?.length ?? 0));
    const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => {
        const isLarge = /^-?[1-9]\d{15,}$/.test(token) && !Number.isSafeInteger(Number(token));
        return isLarge ? `"${mark}${token}"` : token;
    });
    return JSON.parse(marked, (_, value) => {
        return typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value;
    });
}
