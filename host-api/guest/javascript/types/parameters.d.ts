export type Parameter<T> = {
    /**
     * what errors and tools call it
     */
    name: string;
    /**
     * what tools show as its type
     */
    type: string;
    /**
     * what an argument must be, for error texts
     */
    kind: string;
    /**
     * reads an argument; undefined when it is none of these
     */
    parse?: (text: string) => T | undefined;
};
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
export declare function parameter<T>(name: string, how: {
    type: string;
    kind: string;
    parse: (text: string) => T | undefined;
}): Parameter<T>;
/**
 * A text.
 * @param {string} name
 * @returns {Parameter<string>}
 */
export declare function string(name: string): Parameter<string>;
/**
 * Bytes as they came.
 * @param {string} name
 * @returns {Parameter<Uint8Array>}
 */
export declare function bytes(name: string): Parameter<Uint8Array>;
/**
 * `true` or `false`.
 * @param {string} name
 * @returns {Parameter<boolean>}
 */
export declare function boolean(name: string): Parameter<boolean>;
/**
 * A number.
 * @param {string} name
 * @returns {Parameter<number>}
 */
export declare function number(name: string): Parameter<number>;
/**
 * An integer from -2147483648 to 2147483647.
 * @param {string} name
 * @returns {Parameter<number>}
 */
export declare function int32(name: string): Parameter<number>;
/**
 * An integer from 0 to 4294967295.
 * @param {string} name
 * @returns {Parameter<number>}
 */
export declare function uint32(name: string): Parameter<number>;
/**
 * An integer of 64 bits.
 * @param {string} name
 * @returns {Parameter<bigint>}
 */
export declare function int64(name: string): Parameter<bigint>;
/**
 * An integer of 64 bits that is not negative.
 * @param {string} name
 * @returns {Parameter<bigint>}
 */
export declare function uint64(name: string): Parameter<bigint>;
/**
 * A value as JSON.
 * @template [T=any]
 * @param {string} name
 * @param {(value: any) => value is T} [isValid] refuses JSON of another shape
 * @returns {Parameter<T>}
 */
export declare function json<T = any>(name: string, isValid?: (value: any) => value is T): Parameter<T>;
/**
 * The values of a call's arguments.
 * @param {readonly Parameter<unknown>[]} parameters
 * @param {readonly Uint8Array[]} args
 * @returns {unknown[]}
 */
export declare function readArguments(parameters: readonly Parameter<unknown>[], args: readonly Uint8Array[]): unknown[];
