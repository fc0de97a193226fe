// The interface that the peer calls, over the contracts of a program. Only generated code imports this file.

import './globals.js';
import { refusal } from './errors.js';
import { stringify } from './json.js';
import { readArguments } from './parameters.js';
import { declarationsOf, lineOf } from './transaction.js';
import { encodeUtf8 } from './utf8.js';

/**
 * What the program exports to the peer.
 * @param {readonly (new () => import('./contract.js').Contract)[]} contracts
 */
export function entry(contracts) {
    const { instances, functions } = collect(contracts);
    const invoke = (name, args) => {
        try {
            return payloadOf(call(instances, functions, name, args));
        } catch (thrown) {
            throw refusal(thrown);
        }
    };
    return { init: invoke, invoke };
}

/**
 * The list of the functions, one a line.
 * @param {readonly (new () => import('./contract.js').Contract)[]} contracts
 * @returns {string}
 */
export function list(contracts) {
    const lines = Array.from(collect(contracts).functions, ([name, { declaration }]) => lineOf(name, declaration));
    return lines.map((line) => `${line}\n`).join('');
}

function collect(contracts) {
    if (!Array.isArray(contracts) || contracts.length === 0) {
        throw new Error('the program must export its contracts: export const contracts = [MyContract]');
    }
    const instances = contracts.map((type) => new type());
    const functions = new Map();
    for (const contract of instances) {
        for (const [name, declaration] of declarationsOf(contract)) {
            if (functions.has(name)) {
                throw new Error(`two contracts have a transaction ${name}`);
            }
            functions.set(name, { contract, declaration });
        }
    }
    return { instances, functions };
}

function call(instances, functions, name, args) {
    const found = functions.get(name);
    if (found === undefined) {
        return instances[0].unknownTransaction(instances[0].createContext());
    }
    const { contract, declaration } = found;
    const values = readArguments(declaration.parameters, args);
    const ctx = contract.createContext();
    contract.beforeTransaction(ctx);
    values.unshift(ctx);
    const result = contract[name].apply(contract, values);
    contract.afterTransaction(ctx, result);
    return result;
}

/** The response's payload. */
function payloadOf(result) {
    if (result === undefined || result === null) {
        return new Uint8Array();
    }
    if (result instanceof Uint8Array) {
        return result;
    }
    if (typeof result.then === 'function') {
        throw new TypeError('the function returned a promise; leave out async and await, calls to the peer return at once');
    }
    return encodeUtf8(typeof result === 'object' ? stringify(result) : String(result));
}
