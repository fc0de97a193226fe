// The registration of transaction functions.

/** @template T @typedef {import('./parameters.js').Parameter<T>} Parameter */

/** Where a decorated method keeps its declaration. */
const DECLARATION = Symbol('transaction');

/**
 * How a transaction function is called.
 * @typedef {object} Declaration
 * @property {'submit' | 'evaluate'} kind
 * @property {readonly Parameter<any>[]} parameters
 */

/**
 * A declaration that also decorates the method which it declares.
 * @template {readonly unknown[]} A
 * @typedef {Declaration & (<This, C, R>(
 *     method: (this: This, ctx: C, ...args: A) => R,
 *     context: ClassMethodDecoratorContext<This, (this: This, ctx: C, ...args: A) => R>,
 * ) => void)} Transaction
 */

/**
 * Declares a function that writes.
 * @type {<A extends readonly unknown[]>(...parameters: {[I in keyof A]: Parameter<A[I]>}) => Transaction<A>}
 */
export const submit = (...parameters) => declare('submit', parameters);

/**
 * Declares a function that only reads.
 * @type {<A extends readonly unknown[]>(...parameters: {[I in keyof A]: Parameter<A[I]>}) => Transaction<A>}
 */
export const evaluate = (...parameters) => declare('evaluate', parameters);

/**
 * @param {'submit' | 'evaluate'} kind
 * @param {readonly Parameter<any>[]} parameters
 * @returns {any}
 */
function declare(kind, parameters) {
    const declaration = { kind, parameters };
    const decorate = (method) => {
        method[DECLARATION] = declaration;
    };
    return Object.assign(decorate, declaration);
}

/**
 * The functions of a contract: those of `static transactions`, and the decorated methods. A class adds to those it extends.
 * @param {object} contract
 * @returns {Map<string, Declaration>}
 */
export function declarationsOf(contract) {
    const classes = [];
    for (let type = contract.constructor; type?.prototype !== undefined; type = Object.getPrototypeOf(type)) {
        classes.unshift(type);
    }
    const found = new Map(classes.flatMap((type) => [...listed(type), ...decorated(type)]));
    for (const name of found.keys()) {
        if (typeof contract[name] !== 'function') {
            throw new Error(`${contract.constructor.name} lists the transaction ${name} but has no such method`);
        }
    }
    return found;
}

/** @returns {[string, Declaration][]} */
function listed(type) {
    return Object.hasOwn(type, 'transactions') ? Object.entries(type.transactions) : [];
}

/** @returns {[string, Declaration][]} */
function decorated({ prototype }) {
    const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype));
    return methods.flatMap(([name, { value }]) => (value?.[DECLARATION] ? [[name, value[DECLARATION]]] : []));
}

/**
 * A line of the list by which tools show a contract's functions.
 * @param {string} name
 * @param {Declaration} declaration
 * @returns {string}
 */
export function lineOf(name, { kind, parameters }) {
    return `${kind} ${name}(${parameters.map(({ name, type }) => `${name}: ${type}`).join(', ')})`;
}
