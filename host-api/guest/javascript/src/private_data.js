import privateData from 'fabric:chaincode/private-data';

import { stateIterator } from './iterators.js';
import { bytesOf, optional, textOf, textsOf } from './values.js';

/** @typedef {import('./iterators.js').KeyValue} KeyValue */
/** @template T @typedef {import('./iterators.js').QueryIterator<T>} QueryIterator */

/**
 * Data of a collection, which only the peers of its member organisations hold. The ledger has the hashes.
 *
 * Whoever may not read or write the collection gets an error. Not available while the chaincode is initialised.
 */
export class PrivateDataStub {
    /**
     * The value of a key, undefined when it does not exist.
     * @param {string} collection
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getPrivateData(collection, key) {
        return optional(privateData.getPrivateData(textOf(collection), textOf(key)));
    }

    /**
     * The values of several keys, in their order.
     * @param {string} collection
     * @param {Iterable<string>} keys
     * @returns {(Uint8Array | undefined)[]}
     */
    getMultiplePrivateData(collection, keys) {
        return privateData.getPrivateDataMultiple(textOf(collection), textsOf(keys)).map(optional);
    }

    /**
     * SHA-256 of a value, which every peer of the channel knows.
     * @param {string} collection
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getPrivateDataHash(collection, key) {
        return optional(privateData.getPrivateDataHash(textOf(collection), textOf(key)));
    }

    /**
     * Sets a key.
     * @param {string} collection
     * @param {string} key
     * @param {Uint8Array | string} value
     */
    putPrivateData(collection, key, value) {
        privateData.putPrivateData(textOf(collection), textOf(key), bytesOf(value));
    }

    /**
     * Sets several keys, in their order, up to the first that is refused.
     * @param {string} collection
     * @param {Iterable<readonly [key: string, value: Uint8Array | string]>} entries pairs, or a Map
     */
    putMultiplePrivateData(collection, entries) {
        privateData.putPrivateDataMultiple(textOf(collection), entriesOf(entries));
    }

    /**
     * Removes a key.
     * @param {string} collection
     * @param {string} key
     */
    deletePrivateData(collection, key) {
        privateData.deletePrivateData(textOf(collection), textOf(key));
    }

    /**
     * Removes a key together with its past values.
     * @param {string} collection
     * @param {string} key
     */
    purgePrivateData(collection, key) {
        privateData.purgePrivateData(textOf(collection), textOf(key));
    }

    /**
     * What is committed about a key beside its value, sorted by name.
     * @param {string} collection
     * @param {string} key
     * @returns {Map<string, Uint8Array>}
     */
    getPrivateDataMetadata(collection, key) {
        return metadataOf(privateData.getPrivateDataMetadata(textOf(collection), textOf(key)));
    }

    /**
     * The key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`; undefined when it has none.
     * @param {string} collection
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getPrivateDataValidationParameter(collection, key) {
        return optional(privateData.getPrivateDataValidationParameter(textOf(collection), textOf(key)));
    }

    /**
     * Gives a key its own endorsement policy; an empty one takes it away.
     * @param {string} collection
     * @param {string} key
     * @param {Uint8Array} policy
     */
    setPrivateDataValidationParameter(collection, key, policy) {
        privateData.setPrivateDataValidationParameter(textOf(collection), textOf(key), bytesOf(policy));
    }

    /**
     * Simple keys from the first to before the second; empty ones mean the first and the end. A transaction that uses this or
     * one of the next two may write nothing.
     * @param {string} collection
     * @param {string} startKey
     * @param {string} endKey
     * @returns {QueryIterator<KeyValue>}
     */
    getPrivateDataByRange(collection, startKey, endKey) {
        return stateIterator(privateData.getPrivateDataByRange(textOf(collection), textOf(startKey), textOf(endKey)));
    }

    /**
     * Composite keys that begin with these parts.
     * @param {string} collection
     * @param {string} objectType
     * @param {Iterable<string>} attributes
     * @returns {QueryIterator<KeyValue>}
     */
    getPrivateDataByPartialCompositeKey(collection, objectType, attributes) {
        const parts = [textOf(objectType), textsOf(attributes)];
        return stateIterator(privateData.getPrivateDataByPartialCompositeKey(textOf(collection), ...parts));
    }

    /**
     * A query in the language of the state database.
     * @param {string} collection
     * @param {string} query
     * @returns {QueryIterator<KeyValue>}
     */
    getPrivateDataQueryResult(collection, query) {
        return stateIterator(privateData.getPrivateDataQueryResult(textOf(collection), textOf(query)));
    }
}

/**
 * Entries as the peer takes them.
 * @param {Iterable<readonly [string, Uint8Array | string]>} entries
 * @returns {{key: string, value: Uint8Array}[]}
 */
export function entriesOf(entries) {
    return Array.from(entries, ([key, value]) => ({ key: textOf(key), value: bytesOf(value) }));
}

/**
 * Metadata as contracts see it.
 * @param {{name: string, value: Uint8Array}[]} entries
 * @returns {Map<string, Uint8Array>}
 */
export function metadataOf(entries) {
    return new Map(entries.map(({ name, value }) => [name, value]));
}
