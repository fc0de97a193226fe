// Results of queries, one by one.

/**
 * A key and its value.
 * @typedef {object} KeyValue
 * @property {string} key
 * @property {Uint8Array} value
 */

/**
 * Seconds and nanoseconds since 1970-01-01 00:00:00 UTC.
 * @typedef {object} Timestamp
 * @property {number} seconds
 * @property {number} nanos
 */

/**
 * What a transaction did to a key.
 * @typedef {object} KeyModification
 * @property {string} txId
 * @property {Uint8Array} value
 * @property {Timestamp} timestamp
 * @property {boolean} isDelete
 */

/**
 * What a query found. A `for` loop closes it at its end, also when it is left early; who calls `next` calls `close`, too, unless
 * he reads to the end. A call may have 256 open.
 * @template T
 * @implements {IterableIterator<T>}
 */
export class QueryIterator {
    #results;
    #convert;

    /**
     * @param {{next(): any, [Symbol.dispose](): void}} results the peer's resource
     * @param {(found: any) => T} convert
     */
    constructor(results, convert) {
        this.#results = results;
        this.#convert = convert;
    }

    /**
     * @returns {IterableIterator<T>}
     */
    [Symbol.iterator]() {
        return this;
    }

    /**
     * The next result.
     * @returns {IteratorResult<T, undefined>}
     */
    next() {
        const found = this.#read();
        return found == null ? this.return() : { value: this.#convert(found), done: false };
    }

    /**
     * What a loop does that is left early.
     * @returns {IteratorResult<T, undefined>}
     */
    return() {
        this.close();
        return { value: undefined, done: true };
    }

    #read() {
        try {
            return this.#results?.next();
        } catch (error) {
            // A loop closes nothing whose next result it could not get.
            this.close();
            throw error;
        }
    }

    /** Gives the results back to the peer. */
    close() {
        this.#results?.[Symbol.dispose]();
        this.#results = undefined;
    }
}

/**
 * Keys in ascending byte order with their values.
 * @param {any} results
 * @returns {QueryIterator<KeyValue>}
 */
export function stateIterator(results) {
    return new QueryIterator(results, ({ key, value }) => ({ key, value }));
}

/**
 * Modifications of a key, newest first.
 * @param {any} results
 * @returns {QueryIterator<KeyModification>}
 */
export function historyIterator(results) {
    return new QueryIterator(results, ({ txId, value, timestamp, isDelete }) => {
        return { txId, value, timestamp: timestampOf(timestamp), isDelete };
    });
}

/**
 * A page of a query.
 * @typedef {object} StateQueryResponse
 * @property {QueryIterator<KeyValue>} iterator
 * @property {{fetchedRecordsCount: number, bookmark: string}} metadata the bookmark is where the next page begins; empty after
 *     the last one
 */

/**
 * @param {[any, {fetchedRecordsCount: number, bookmark: string}]} found
 * @returns {StateQueryResponse}
 */
export function pageOf([results, { fetchedRecordsCount, bookmark }]) {
    return { iterator: stateIterator(results), metadata: { fetchedRecordsCount, bookmark } };
}

/**
 * @param {{seconds: bigint | number, nanoseconds: number}} time
 * @returns {Timestamp}
 */
export function timestampOf({ seconds, nanoseconds }) {
    return { seconds: Number(seconds), nanos: nanoseconds };
}
