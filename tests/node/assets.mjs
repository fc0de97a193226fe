// What the tests do with the contract and with streams of events.

import assert from 'node:assert/strict';

const decoder = new TextDecoder();

let count = 0;

/** A name that no other test uses. */
export function newAssetId() {
    count += 1;
    return `asset-${process.pid}-${count}`;
}

/** Arguments of CreateAsset. */
export function assetArguments(id, owner = 'Tomoko') {
    return [id, 'yellow', '5', owner, '1300'];
}

export function text(bytes) {
    return decoder.decode(bytes);
}

export function json(bytes) {
    return JSON.parse(text(bytes));
}

/** Reads from a stream of events until `wanted` says so, then closes it and returns all that was read. */
export async function readUntil(events, wanted) {
    const read = [];
    try {
        for await (const event of events) {
            read.push(event);
            if (wanted(event)) return read;
        }
    } finally {
        events.close();
    }
    assert.fail('the stream ended early');
}

/** All that an error of the SDK says, on all levels. */
export function words(error) {
    return [error.message, ...(error.details ?? []).map((detail) => detail.message)].join('\n');
}

/** The error that a promise is rejected with. */
export async function rejection(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    return assert.fail('expected an error');
}
