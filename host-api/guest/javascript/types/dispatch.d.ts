import './globals.js';
/**
 * What the program exports to the peer.
 * @param {readonly (new () => import('./contract.js').Contract)[]} contracts
 */
export declare function entry(contracts: readonly (new () => import('./contract.js').Contract)[]): {
    init: (name: any, args: any) => Uint8Array<ArrayBufferLike>;
    invoke: (name: any, args: any) => Uint8Array<ArrayBufferLike>;
};
/**
 * The list of the functions, one a line.
 * @param {readonly (new () => import('./contract.js').Contract)[]} contracts
 * @returns {string}
 */
export declare function list(contracts: readonly (new () => import('./contract.js').Contract)[]): string;
