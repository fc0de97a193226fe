export type Parameter<T> = import('./parameters.js').Parameter<T>;
export type Declaration = {
    kind: 'submit' | 'evaluate';
    parameters: readonly Parameter<any>[];
};
export type Transaction<A extends readonly unknown[]> = Declaration & (<This, C, R>(method: (this: This, ctx: C, ...args: A) => R, context: ClassMethodDecoratorContext<This, (this: This, ctx: C, ...args: A) => R>) => void);
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
export declare const submit: <A extends readonly unknown[]>(...parameters: { [I in keyof A]: Parameter<A[I]>; }) => Transaction<A>;
/**
 * Declares a function that only reads.
 * @type {<A extends readonly unknown[]>(...parameters: {[I in keyof A]: Parameter<A[I]>}) => Transaction<A>}
 */
export declare const evaluate: <A extends readonly unknown[]>(...parameters: { [I in keyof A]: Parameter<A[I]>; }) => Transaction<A>;
/**
 * The functions of a contract: those of `static transactions`, and the decorated methods. A class adds to those it extends.
 * @param {object} contract
 * @returns {Map<string, Declaration>}
 */
export declare function declarationsOf(contract: object): Map<string, Declaration>;
/**
 * A line of the list by which tools show a contract's functions.
 * @param {string} name
 * @param {Declaration} declaration
 * @returns {string}
 */
export declare function lineOf(name: string, { kind, parameters }: Declaration): string;
