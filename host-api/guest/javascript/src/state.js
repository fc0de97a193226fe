import state from 'fabric:chaincode/state';

import { historyIterator, pageOf, stateIterator } from './iterators.js';
import { parse, stringify } from './json.js';
import { PrivateDataStub, entriesOf, metadataOf } from './private_data.js';
import { bytesOf, countOf, optional, textOf, textsOf } from './values.js';

/** @typedef {import('./iterators.js').KeyValue} KeyValue */
/** @typedef {import('./iterators.js').KeyModification} KeyModification */
/** @typedef {import('./iterators.js').StateQueryResponse} StateQueryResponse */
/** @template T @typedef {import('./iterators.js').QueryIterator<T>} QueryIterator */

/**
 * The chaincode's own part of the world state. Reads see the committed state, not the transaction's own writes.
 */
export class StateStub extends PrivateDataStub {
    /**
     * The value of a key, undefined when it does not exist.
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getState(key) {
        return optional(state.getState(textOf(key)));
    }

    /**
     * The value of a key, read from JSON; undefined when it does not exist.
     * @template [T=any]
     * @param {string} key
     * @returns {T | undefined}
     */
    getJSON(key) {
        const value = this.getState(key);
        return value === undefined ? undefined : parse(value);
    }

    /**
     * The values of several keys, in their order.
     * @param {Iterable<string>} keys
     * @returns {(Uint8Array | undefined)[]}
     */
    getMultipleStates(keys) {
        return state.getStates(textsOf(keys)).map(optional);
    }

    /**
     * Sets a key, which must not be empty.
     * @param {string} key
     * @param {Uint8Array | string} value
     */
    putState(key, value) {
        state.putState(textOf(key), bytesOf(value));
    }

    /**
     * Sets a key to a value as JSON.
     * @param {string} key
     * @param {unknown} value
     */
    putJSON(key, value) {
        this.putState(key, stringify(value));
    }

    /**
     * Sets several keys, in their order, up to the first that is refused.
     * @param {Iterable<readonly [key: string, value: Uint8Array | string]>} entries pairs, or a Map
     */
    putMultipleStates(entries) {
        state.putStates(entriesOf(entries));
    }

    /**
     * Removes a key.
     * @param {string} key
     */
    deleteState(key) {
        state.deleteState(textOf(key));
    }

    /**
     * Removes several keys, in their order, up to the first that is refused.
     * @param {Iterable<string>} keys
     */
    deleteMultipleStates(keys) {
        state.deleteStates(textsOf(keys));
    }

    /**
     * What is committed about a key beside its value, sorted by name.
     * @param {string} key
     * @returns {Map<string, Uint8Array>}
     */
    getStateMetadata(key) {
        return metadataOf(state.getStateMetadata(textOf(key)));
    }

    /**
     * The key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`; undefined when it has none.
     * @param {string} key
     * @returns {Uint8Array | undefined}
     */
    getStateValidationParameter(key) {
        return optional(state.getStateValidationParameter(textOf(key)));
    }

    /**
     * Gives a key its own endorsement policy; an empty one takes it away.
     * @param {string} key
     * @param {Uint8Array} policy
     */
    setStateValidationParameter(key, policy) {
        state.setStateValidationParameter(textOf(key), bytesOf(policy));
    }

    /**
     * Simple keys from the first to before the second; empty ones mean the first and the end.
     * @param {string} startKey
     * @param {string} endKey
     * @returns {QueryIterator<KeyValue>}
     */
    getStateByRange(startKey, endKey) {
        return stateIterator(state.getStateByRange(textOf(startKey), textOf(endKey)));
    }

    /**
     * A page of such a range, from the bookmark on unless it is empty. A transaction that asks for pages may write nothing.
     * @param {string} startKey
     * @param {string} endKey
     * @param {number} pageSize
     * @param {string} [bookmark]
     * @returns {StateQueryResponse}
     */
    getStateByRangeWithPagination(startKey, endKey, pageSize, bookmark = '') {
        const page = [countOf(pageSize), textOf(bookmark)];
        return pageOf(state.getStateByRangeWithPagination(textOf(startKey), textOf(endKey), ...page));
    }

    /**
     * Composite keys that begin with these parts.
     * @param {string} objectType
     * @param {Iterable<string>} attributes
     * @returns {QueryIterator<KeyValue>}
     */
    getStateByPartialCompositeKey(objectType, attributes) {
        return stateIterator(state.getStateByPartialCompositeKey(textOf(objectType), textsOf(attributes)));
    }

    /**
     * A page of these.
     * @param {string} objectType
     * @param {Iterable<string>} attributes
     * @param {number} pageSize
     * @param {string} [bookmark]
     * @returns {StateQueryResponse}
     */
    getStateByPartialCompositeKeyWithPagination(objectType, attributes, pageSize, bookmark = '') {
        const parts = [textOf(objectType), textsOf(attributes)];
        const page = [countOf(pageSize), textOf(bookmark)];
        return pageOf(state.getStateByPartialCompositeKeyWithPagination(...parts, ...page));
    }

    /**
     * A page of all composite keys of the chaincode.
     * @param {number} pageSize
     * @param {string} [bookmark]
     * @returns {StateQueryResponse}
     */
    getAllStatesCompositeKeyWithPagination(pageSize, bookmark = '') {
        return pageOf(state.getAllStatesCompositeKeyWithPagination(countOf(pageSize), textOf(bookmark)));
    }

    /**
     * Joins parts to a composite key. None may contain U+0000 or U+10FFFF.
     * @param {string} objectType
     * @param {Iterable<string>} attributes
     * @returns {string}
     */
    createCompositeKey(objectType, attributes) {
        return state.createCompositeKey(textOf(objectType), textsOf(attributes));
    }

    /**
     * The parts of a composite key.
     * @param {string} compositeKey
     * @returns {{objectType: string, attributes: string[]}}
     */
    splitCompositeKey(compositeKey) {
        const { objectType, attributes } = state.splitCompositeKey(textOf(compositeKey));
        return { objectType, attributes };
    }

    /**
     * A query in the language of the state database; an error where the database has none.
     * @param {string} query
     * @returns {QueryIterator<KeyValue>}
     */
    getQueryResult(query) {
        return stateIterator(state.getQueryResult(textOf(query)));
    }

    /**
     * A page of it.
     * @param {string} query
     * @param {number} pageSize
     * @param {string} [bookmark]
     * @returns {StateQueryResponse}
     */
    getQueryResultWithPagination(query, pageSize, bookmark = '') {
        return pageOf(state.getQueryResultWithPagination(textOf(query), countOf(pageSize), textOf(bookmark)));
    }

    /**
     * Committed modifications of a key, newest first.
     * @param {string} key
     * @returns {QueryIterator<KeyModification>}
     */
    getHistoryForKey(key) {
        return historyIterator(state.getHistoryForKey(textOf(key)));
    }
}
