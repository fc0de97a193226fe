/**
 * Smart contracts for Hyperledger Fabric in JavaScript and TypeScript, compiled to WebAssembly.
 *
 * ```js
 * import { Contract, evaluate, string, submit } from 'fabric-contract';
 *
 * class Greeter extends Contract {
 *     static transactions = {
 *         SetGreeting: submit(string('text')),
 *         Greeting: evaluate(),
 *     };
 *
 *     SetGreeting(ctx, text) {
 *         ctx.stub.putState('greeting', text);
 *     }
 *
 *     Greeting(ctx) {
 *         return ctx.stub.getState('greeting');
 *     }
 * }
 *
 * export const contracts = [Greeter];
 * ```
 *
 * A function returns nothing, bytes, or a value: texts and numbers become text, objects JSON. It refuses by throwing an `Error`,
 * whose message the client gets. What the engine throws for a mistake in the program, such as a `TypeError`, ends the call as
 * `chaincode panicked: ...`. The engine's clock shows the proposal's time, and Math.random has the same numbers in every call.
 *
 * @module
 */
import './globals.js';
export type Parameter<T> = import('./parameters.js').Parameter<T>;
export type KeyValue = import('./iterators.js').KeyValue;
export type KeyModification = import('./iterators.js').KeyModification;
export type StateQueryResponse = import('./iterators.js').StateQueryResponse;
export type Timestamp = import('./iterators.js').Timestamp;
export type ChaincodeResponse = import('./stub.js').ChaincodeResponse;
/** @template T @typedef {import('./parameters.js').Parameter<T>} Parameter */
/** @typedef {import('./iterators.js').KeyValue} KeyValue */
/** @typedef {import('./iterators.js').KeyModification} KeyModification */
/** @typedef {import('./iterators.js').StateQueryResponse} StateQueryResponse */
/** @typedef {import('./iterators.js').Timestamp} Timestamp */
/** @typedef {import('./stub.js').ChaincodeResponse} ChaincodeResponse */
export { ClientIdentity } from './client_identity.js';
export { Context } from './context.js';
export { Contract } from './contract.js';
export * as crypto from './crypto.js';
export { QueryIterator } from './iterators.js';
export { parse, stringify } from './json.js';
export { Logger } from './logger.js';
export { boolean, bytes, int32, int64, json, number, parameter, string, uint32, uint64 } from './parameters.js';
export { ChaincodeStub } from './stub.js';
export { evaluate, submit } from './transaction.js';
