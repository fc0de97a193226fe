import { Context } from './context.js';
/**
 * A smart contract: a class whose methods are its transaction functions.
 *
 * In JavaScript `static transactions` lists them; in TypeScript `submit` and `evaluate` decorate them. Every call runs in a fresh
 * instance of the program: nothing in memory outlives it.
 */
export declare class Contract {
    /**
     * What the functions get as their first argument.
     * @returns {Context}
     */
    createContext(): Context;
    /**
     * Called before each function.
     * @param {Context} ctx
     * @returns {void}
     */
    beforeTransaction(ctx: Context): void;
    /**
     * Called after each function that did not refuse.
     * @param {Context} ctx
     * @param {unknown} result what it returned
     * @returns {void}
     */
    afterTransaction(ctx: Context, result: unknown): void;
    /**
     * Called when no contract has the function; what it returns is the response.
     * @param {Context} ctx
     * @returns {unknown}
     */
    unknownTransaction(ctx: Context): unknown;
}
