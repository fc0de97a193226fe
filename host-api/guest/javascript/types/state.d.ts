import { PrivateDataStub } from './private_data.js';
export type KeyValue = import('./iterators.js').KeyValue;
export type KeyModification = import('./iterators.js').KeyModification;
export type StateQueryResponse = import('./iterators.js').StateQueryResponse;
export type QueryIterator<T> = import('./iterators.js').QueryIterator<T>;
/** @typedef {import('./iterators.js').KeyValue} KeyValue */
/** @typedef {import('./iterators.js').KeyModification} KeyModification */
/** @typedef {import('./iterators.js').StateQueryResponse} StateQueryResponse */
/** @template T @typedef {import('./iterators.js').QueryIterator<T>} QueryIterator */
/**
 * The chaincode's own part of the world state. Reads see the committed state, not the transaction's own writes.
 */
export declare class StateStub extends PrivateDataStub {
    /**
     * The value of a key, undefined when it does not exist.
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getState(key: string): Uint8Array | undefined;
    /**
     * The value of a key, read from JSON; undefined when it does not exist.
     * @template [T=any]
     * @param {string} key
     * @returns {T | undefined}
     */
    getJSON<T = any>(key: string): T | undefined;
    /**
     * The values of several keys, in their order.
     * @param {Iterable<string>} keys
     * @returns {(Uint8Array | undefined)[]}
     */
    getMultipleStates(keys: Iterable<string>): (Uint8Array | undefined)[];
    /**
     * Sets a key, which must not be empty.
     * @param {string} key
     * @param {Uint8Array | string} value
     */
    putState(key: string, value: Uint8Array | string): void;
    /**
     * Sets a key to a value as JSON.
     * @param {string} key
     * @param {unknown} value
     */
    putJSON(key: string, value: unknown): void;
    /**
     * Sets several keys, in their order, up to the first that is refused.
     * @param {Iterable<readonly [key: string, value: Uint8Array | string]>} entries pairs, or a Map
     */
    putMultipleStates(entries: Iterable<readonly [key: string, value: Uint8Array | string]>): void;
    /**
     * Removes a key.
     * @param {string} key
     */
    deleteState(key: string): void;
    /**
     * Removes several keys, in their order, up to the first that is refused.
     * @param {Iterable<string>} keys
     */
    deleteMultipleStates(keys: Iterable<string>): void;
    /**
     * What is committed about a key beside its value, sorted by name.
     * @param {string} key
     * @returns {Map<string, Uint8Array>}
     */
    getStateMetadata(key: string): Map<string, Uint8Array>;
    /**
     * The key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`; undefined when it has none.
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getStateValidationParameter(key: string): Uint8Array | undefined;
    /**
     * Gives a key its own endorsement policy; an empty one takes it away.
     * @param {string} key
     * @param {Uint8Array} policy
     */
    setStateValidationParameter(key: string, policy: Uint8Array): void;
    /**
     * Simple keys from the first to before the second; empty ones mean the first and the end.
     * @param {string} startKey
     * @param {string} endKey
     * @returns {QueryIterator<KeyValue>}
     */
    getStateByRange(startKey: string, endKey: string): QueryIterator<KeyValue>;
    /**
     * A page of such a range, from the bookmark on unless it is empty. A transaction that asks for pages may write nothing.
     * @param {string} startKey
     * @param {string} endKey
     * @param {number} pageSize
     * @param {string} [bookmark]
     * @returns {StateQueryResponse}
     */
    getStateByRangeWithPagination(startKey: string, endKey: string, pageSize: number, bookmark?: string): StateQueryResponse;
    /**
     * Composite keys that begin with these parts.
     * @param {string} objectType
     * @param {Iterable<string>} attributes
     * @returns {QueryIterator<KeyValue>}
     */
    getStateByPartialCompositeKey(objectType: string, attributes: Iterable<string>): QueryIterator<KeyValue>;
    /**
     * A page of these.
     * @param {string} objectType
     * @param {Iterable<string>} attributes
     * @param {number} pageSize
     * @param {string} [bookmark]
     * @returns {StateQueryResponse}
     */
    getStateByPartialCompositeKeyWithPagination(objectType: string, attributes: Iterable<string>, pageSize: number, bookmark?: string): StateQueryResponse;
    /**
     * A page of all composite keys of the chaincode.
     * @param {number} pageSize
     * @param {string} [bookmark]
     * @returns {StateQueryResponse}
     */
    getAllStatesCompositeKeyWithPagination(pageSize: number, bookmark?: string): StateQueryResponse;
    /**
     * Joins parts to a composite key. None may contain U+0000 or U+10FFFF.
     * @param {string} objectType
     * @param {Iterable<string>} attributes
     * @returns {string}
     */
    createCompositeKey(objectType: string, attributes: Iterable<string>): string;
    /**
     * The parts of a composite key.
     * @param {string} compositeKey
     * @returns {{objectType: string, attributes: string[]}}
     */
    splitCompositeKey(compositeKey: string): {
        objectType: string;
        attributes: string[];
    };
    /**
     * A query in the language of the state database; an error where the database has none.
     * @param {string} query
     * @returns {QueryIterator<KeyValue>}
     */
    getQueryResult(query: string): QueryIterator<KeyValue>;
    /**
     * A page of it.
     * @param {string} query
     * @param {number} pageSize
     * @param {string} [bookmark]
     * @returns {StateQueryResponse}
     */
    getQueryResultWithPagination(query: string, pageSize: number, bookmark?: string): StateQueryResponse;
    /**
     * Committed modifications of a key, newest first.
     * @param {string} key
     * @returns {QueryIterator<KeyModification>}
     */
    getHistoryForKey(key: string): QueryIterator<KeyModification>;
}
