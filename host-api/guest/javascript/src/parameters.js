// Parameters of transaction functions: what each is called, and how its argument is read.

import { decodeUtf8 } from './utf8.js';
import { parse } from './json.js';

/**
 * A parameter of a transaction function.
 * @template T
 * @typedef {object} Parameter
 * @property {string} name what errors and tools call it
 * @property {string} type what tools show as its type
 * @property {string} kind what an argument must be, for error texts
 * @property {(text: string) => T | undefined} [parse] reads an argument; undefined when it is none of these
 */

/**
 * A parameter of a type of your own.
 * @template T
 * @param {string} name
 * @param {{type: string, kind: string, parse: (text: string) => T | undefined}} how
 * @returns {Parameter<T>}
 */
export function parameter(name, how) {
    return { name, ...how };
}

/**
 * A text.
 * @param {string} name
 * @returns {Parameter<string>}
 */
export function string(name) {
    return parameter(name, { type: 'string', kind: 'text', parse: (text) => text });
}

/**
 * Bytes as they came.
 * @param {string} name
 * @returns {Parameter<Uint8Array>}
 */
export function bytes(name) {
    return { name, type: 'Uint8Array', kind: 'bytes' };
}

/**
 * `true` or `false`.
 * @param {string} name
 * @returns {Parameter<boolean>}
 */
export function boolean(name) {
    const parse = (text) => (text === 'true' ? true : text === 'false' ? false : undefined);
    return parameter(name, { type: 'boolean', kind: 'boolean', parse });
}

/**
 * A number.
 * @param {string} name
 * @returns {Parameter<number>}
 */
export function number(name) {
    return parameter(name, { type: 'number', kind: 'number', parse: parseNumber });
}

/**
 * An integer from -2147483648 to 2147483647.
 * @param {string} name
 * @returns {Parameter<number>}
 */
export function int32(name) {
    return parameter(name, { type: 'int32', kind: 'integer', parse: small(-(2n ** 31n), 2n ** 31n - 1n) });
}

/**
 * An integer from 0 to 4294967295.
 * @param {string} name
 * @returns {Parameter<number>}
 */
export function uint32(name) {
    return parameter(name, { type: 'uint32', kind: 'integer', parse: small(0n, 2n ** 32n - 1n) });
}

/**
 * An integer of 64 bits.
 * @param {string} name
 * @returns {Parameter<bigint>}
 */
export function int64(name) {
    const parse = (text) => parseInteger(text, -(2n ** 63n), 2n ** 63n - 1n);
    return parameter(name, { type: 'int64', kind: 'integer', parse });
}

/**
 * An integer of 64 bits that is not negative.
 * @param {string} name
 * @returns {Parameter<bigint>}
 */
export function uint64(name) {
    const parse = (text) => parseInteger(text, 0n, 2n ** 64n - 1n);
    return parameter(name, { type: 'uint64', kind: 'integer', parse });
}

/**
 * A value as JSON.
 * @template [T=any]
 * @param {string} name
 * @param {(value: any) => value is T} [isValid] refuses JSON of another shape
 * @returns {Parameter<T>}
 */
export function json(name, isValid) {
    const read = (text) => {
        try {
            const value = parse(text);
            return isValid === undefined || isValid(value) ? value : undefined;
        } catch {
            return undefined;
        }
    };
    return parameter(name, { type: 'json', kind: 'JSON', parse: read });
}

/**
 * The values of a call's arguments.
 * @param {readonly Parameter<unknown>[]} parameters
 * @param {readonly Uint8Array[]} args
 * @returns {unknown[]}
 */
export function readArguments(parameters, args) {
    if (args.length !== parameters.length) {
        throw new Error(`Incorrect number of params. Expected ${parameters.length}, received ${args.length}`);
    }
    const values = [];
    for (let at = 0; at < parameters.length; at++) {
        values.push(readArgument(parameters[at], args[at]));
    }
    return values;
}

/**
 * @param {Parameter<unknown>} parameter
 * @param {Uint8Array} bytes
 */
function readArgument({ name, kind, parse }, bytes) {
    if (parse === undefined) {
        return bytes;
    }
    const text = decodeUtf8(bytes);
    if (text === undefined) {
        throw new Error(`Error managing parameter ${name}. Passed value is not valid UTF-8`);
    }
    const value = parse(text);
    if (value === undefined) {
        throw new Error(`Error managing parameter ${name}. Cannot convert passed value ${text} to ${kind}`);
    }
    return value;
}

function small(lowest, highest) {
    return (text) => {
        const value = parseInteger(text, lowest, highest);
        return value === undefined ? undefined : Number(value);
    };
}

/** A sign is allowed as Rust allows it: minus only where there are negative numbers. */
function parseInteger(text, lowest, highest) {
    if (!(lowest < 0n ? /^[+-]?[0-9]+$/ : /^\+?[0-9]+$/).test(text)) {
        return undefined;
    }
    // Zeros in front would make the conversion of a long argument cost the square of its length.
    const digits = text.replace(/^[+-]?0*/, '');
    if (digits.length > 20) {
        return undefined;
    }
    const value = text.startsWith('-') ? -BigInt(digits) : BigInt(digits);
    return value < lowest || value > highest ? undefined : value;
}

function parseNumber(text) {
    if (/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) {
        return Number(text);
    }
    const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
    if (word === null) {
        return undefined;
    }
    const value = word[2].toLowerCase() === 'nan' ? NaN : Infinity;
    return word[1] === '-' ? -value : value;
}
