/**
 * A text for the peer.
 * @param {string} value
 * @returns {string}
 */
export declare function textOf(value: string): string;
/**
 * Texts for the peer.
 * @param {Iterable<string>} values
 * @returns {string[]}
 */
export declare function textsOf(values: Iterable<string>): string[];
/**
 * Bytes for the peer; a string stands for its UTF-8.
 * @param {Uint8Array | string} value
 * @returns {Uint8Array}
 */
export declare function bytesOf(value: Uint8Array | string): Uint8Array;
/**
 * A number of 32 bits for the peer.
 * @param {number} value
 * @returns {number}
 */
export declare function countOf(value: number): number;
/**
 * One of some words for the peer.
 * @template {string} T
 * @param {T} value
 * @param {readonly T[]} words
 * @returns {T}
 */
export declare function wordOf<T extends string>(value: T, words: readonly T[]): T;
/**
 * Undefined for what the peer does not have.
 * @template T
 * @param {T | null | undefined} value
 * @returns {T | undefined}
 */
export declare function optional<T>(value: T | null | undefined): T | undefined;
