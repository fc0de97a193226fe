/**
 * A value as JSON: members sorted by name, a bigint as an integer. Otherwise as JSON.stringify.
 * @param {unknown} value
 * @returns {string}
 */
export declare function stringify(value: unknown): string;
/**
 * The value that JSON says. Integers too large for a number are bigints; otherwise as JSON.parse.
 * @template [T=any]
 * @param {string | Uint8Array} json text, or its bytes
 * @returns {T}
 * @throws {SyntaxError} when it is not JSON
 */
export declare function parse<T = any>(json: string | Uint8Array): T;
