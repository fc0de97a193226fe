export type KeyValue = import('./iterators.js').KeyValue;
export type QueryIterator<T> = import('./iterators.js').QueryIterator<T>;
/** @typedef {import('./iterators.js').KeyValue} KeyValue */
/** @template T @typedef {import('./iterators.js').QueryIterator<T>} QueryIterator */
/**
 * Data of a collection, which only the peers of its member organisations hold. The ledger has the hashes.
 *
 * Whoever may not read or write the collection gets an error. Not available while the chaincode is initialised.
 */
export declare class PrivateDataStub {
    /**
     * The value of a key, undefined when it does not exist.
     * @param {string} collection
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getPrivateData(collection: string, key: string): Uint8Array | undefined;
    /**
     * The values of several keys, in their order.
     * @param {string} collection
     * @param {Iterable<string>} keys
     * @returns {(Uint8Array | undefined)[]}
     */
    getMultiplePrivateData(collection: string, keys: Iterable<string>): (Uint8Array | undefined)[];
    /**
     * SHA-256 of a value, which every peer of the channel knows.
     * @param {string} collection
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getPrivateDataHash(collection: string, key: string): Uint8Array | undefined;
    /**
     * Sets a key.
     * @param {string} collection
     * @param {string} key
     * @param {Uint8Array | string} value
     */
    putPrivateData(collection: string, key: string, value: Uint8Array | string): void;
    /**
     * Sets several keys, in their order, up to the first that is refused.
     * @param {string} collection
     * @param {Iterable<readonly [key: string, value: Uint8Array | string]>} entries pairs, or a Map
     */
    putMultiplePrivateData(collection: string, entries: Iterable<readonly [key: string, value: Uint8Array | string]>): void;
    /**
     * Removes a key.
     * @param {string} collection
     * @param {string} key
     */
    deletePrivateData(collection: string, key: string): void;
    /**
     * Removes a key together with its past values.
     * @param {string} collection
     * @param {string} key
     */
    purgePrivateData(collection: string, key: string): void;
    /**
     * What is committed about a key beside its value, sorted by name.
     * @param {string} collection
     * @param {string} key
     * @returns {Map<string, Uint8Array>}
     */
    getPrivateDataMetadata(collection: string, key: string): Map<string, Uint8Array>;
    /**
     * The key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`; undefined when it has none.
     * @param {string} collection
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getPrivateDataValidationParameter(collection: string, key: string): Uint8Array | undefined;
    /**
     * Gives a key its own endorsement policy; an empty one takes it away.
     * @param {string} collection
     * @param {string} key
     * @param {Uint8Array} policy
     */
    setPrivateDataValidationParameter(collection: string, key: string, policy: Uint8Array): void;
    /**
     * Simple keys from the first to before the second; empty ones mean the first and the end. A transaction that uses this or
     * one of the next two may write nothing.
     * @param {string} collection
     * @param {string} startKey
     * @param {string} endKey
     * @returns {QueryIterator<KeyValue>}
     */
    getPrivateDataByRange(collection: string, startKey: string, endKey: string): QueryIterator<KeyValue>;
    /**
     * Composite keys that begin with these parts.
     * @param {string} collection
     * @param {string} objectType
     * @param {Iterable<string>} attributes
     * @returns {QueryIterator<KeyValue>}
     */
    getPrivateDataByPartialCompositeKey(collection: string, objectType: string, attributes: Iterable<string>): QueryIterator<KeyValue>;
    /**
     * A query in the language of the state database.
     * @param {string} collection
     * @param {string} query
     * @returns {QueryIterator<KeyValue>}
     */
    getPrivateDataQueryResult(collection: string, query: string): QueryIterator<KeyValue>;
}
/**
 * Entries as the peer takes them.
 * @param {Iterable<readonly [string, Uint8Array | string]>} entries
 * @returns {{key: string, value: Uint8Array}[]}
 */
export declare function entriesOf(entries: Iterable<readonly [string, Uint8Array | string]>): {
    key: string;
    value: Uint8Array;
}[];
/**
 * Metadata as contracts see it.
 * @param {{name: string, value: Uint8Array}[]} entries
 * @returns {Map<string, Uint8Array>}
 */
export declare function metadataOf(entries: {
    name: string;
    value: Uint8Array;
}[]): Map<string, Uint8Array>;
