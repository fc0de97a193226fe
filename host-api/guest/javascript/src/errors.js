// What an exception of a transaction function becomes.

import diagnostics from 'fabric:chaincode/diagnostics';

/** Exceptions that the engine throws for mistakes in the program. SyntaxError is none: it is what JSON.parse says of bad data. */
const MISTAKES = ['TypeError', 'ReferenceError', 'RangeError', 'InternalError'];

/**
 * Ends the call at once; the message reaches the client.
 * @param {string} message
 * @returns {never}
 */
export function abort(message) {
    diagnostics.abort(String(message).toWellFormed());
    throw new Error('the peer ends the call');
}

/**
 * The message with which the function refuses. Does not return for a mistake in the program: as a panic, it ends the call.
 * @param {unknown} thrown
 * @returns {string}
 */
export function refusal(thrown) {
    if (thrown instanceof Error && isMistake(thrown)) {
        abort(`${thrown.message}${place(thrown.stack)}`);
    }
    const message = thrown instanceof Error ? thrown.message : thrown;
    return String(message).toWellFormed();
}

function isMistake(error) {
    return MISTAKES.some((name) => globalThis[name] !== undefined && error instanceof globalThis[name]);
}

/** Where in the contract, not in a library, the exception was thrown. */
function place(stack) {
    const lines = String(stack).split('\n');
    const found = lines.find((line) => !line.includes('/node_modules/') && /:\d+:\d+\)?$/.test(line));
    return found === undefined ? '' : `, ${found.replace(/^.*?at (?:.*\()?\/?/, '').replace(/\)$/, '')}`;
}
