export type KeyValue = {
    key: string;
    value: Uint8Array;
};
export type Timestamp = {
    seconds: number;
    nanos: number;
};
export type KeyModification = {
    txId: string;
    value: Uint8Array;
    timestamp: Timestamp;
    isDelete: boolean;
};
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
export declare class QueryIterator<T> implements IterableIterator<T> {
    #private;
    /**
     * @param {{next(): any, [Symbol.dispose](): void}} results the peer's resource
     * @param {(found: any) => T} convert
     */
    constructor(results: {
        next(): any;
        [Symbol.dispose](): void;
    }, convert: (found: any) => T);
    /**
     * @returns {IterableIterator<T>}
     */
    [Symbol.iterator](): IterableIterator<T>;
    /**
     * The next result.
     * @returns {IteratorResult<T, undefined>}
     */
    next(): IteratorResult<T, undefined>;
    /**
     * What a loop does that is left early.
     * @returns {IteratorResult<T, undefined>}
     */
    return(): IteratorResult<T, undefined>;
    /** Gives the results back to the peer. */
    close(): void;
}
/**
 * Keys in ascending byte order with their values.
 * @param {any} results
 * @returns {QueryIterator<KeyValue>}
 */
export declare function stateIterator(results: any): QueryIterator<KeyValue>;
/**
 * Modifications of a key, newest first.
 * @param {any} results
 * @returns {QueryIterator<KeyModification>}
 */
export declare function historyIterator(results: any): QueryIterator<KeyModification>;
export type StateQueryResponse = {
    iterator: QueryIterator<KeyValue>;
    /**
     * the bookmark is where the next page begins; empty after
     * the last one
     */
    metadata: {
        fetchedRecordsCount: number;
        bookmark: string;
    };
};
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
export declare function pageOf([results, { fetchedRecordsCount, bookmark }]: [any, {
    fetchedRecordsCount: number;
    bookmark: string;
}]): StateQueryResponse;
/**
 * @param {{seconds: bigint | number, nanoseconds: number}} time
 * @returns {Timestamp}
 */
export declare function timestampOf({ seconds, nanoseconds }: {
    seconds: bigint | number;
    nanoseconds: number;
}): Timestamp;
