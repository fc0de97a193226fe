import { StateStub } from './state.js';
export type Timestamp = import('./iterators.js').Timestamp;
export type ChaincodeResponse = {
    /**
     * 200 for success, 400 and above for failures
     */
    status: number;
    message: string;
    payload: Uint8Array;
};
/** @typedef {import('./iterators.js').Timestamp} Timestamp */
/**
 * What a chaincode answered.
 * @typedef {object} ChaincodeResponse
 * @property {number} status 200 for success, 400 and above for failures
 * @property {string} message
 * @property {Uint8Array} payload
 */
/**
 * The transaction being simulated: its ledger, its proposal and its event.
 *
 * The functions are those of Fabric's chaincode library for Node, without the promises.
 */
export declare class ChaincodeStub extends StateStub {
    /**
     * All arguments as texts, the function's name first.
     * @returns {string[]}
     */
    getArgs(): string[];
    /**
     * The same.
     * @returns {string[]}
     */
    getStringArgs(): string[];
    /**
     * All arguments as bytes, the function's name first.
     * @returns {Uint8Array[]}
     */
    getBufferArgs(): Uint8Array[];
    /**
     * The function's name and the arguments after it, as texts.
     * @returns {{fcn: string, params: string[]}}
     */
    getFunctionAndParameters(): {
        fcn: string;
        params: string[];
    };
    /**
     * Identifier of the transaction.
     * @returns {string}
     */
    getTxID(): string;
    /**
     * The channel.
     * @returns {string}
     */
    getChannelID(): string;
    /**
     * The client's time, the same at every endorser.
     * @returns {Timestamp}
     */
    getTxTimestamp(): Timestamp;
    /**
     * The same as a Date.
     * @returns {Date}
     */
    getDateTimestamp(): Date;
    /**
     * Data for the endorsers only; never recorded in the transaction.
     * @returns {Map<string, Uint8Array>}
     */
    getTransient(): Map<string, Uint8Array>;
    /**
     * The creator's MSP and certificate (PEM).
     * @returns {{mspid: string, idBytes: Uint8Array}}
     */
    getCreator(): {
        mspid: string;
        idBytes: Uint8Array;
    };
    /**
     * The creator as a marshalled `msp.SerializedIdentity`.
     * @returns {Uint8Array}
     */
    getSerializedCreator(): Uint8Array;
    /**
     * The creator's MSP.
     * @returns {string}
     */
    getMspID(): string;
    /**
     * The proposal as the client signed it: a marshalled `protos.SignedProposal`.
     * @returns {Uint8Array}
     */
    getSignedProposal(): Uint8Array;
    /**
     * SHA-256 over the proposal's nonce, creator and epoch, in hexadecimal.
     * @returns {string}
     */
    getBinding(): string;
    /**
     * What the peer's decorators added to the proposal, sorted by name.
     * @returns {Map<string, Uint8Array>}
     */
    getDecorations(): Map<string, Uint8Array>;
    /**
     * Sets the transaction's event; a second one replaces the first. The name must not be empty.
     * @param {string} name
     * @param {Uint8Array | string} payload
     */
    setEvent(name: string, payload: Uint8Array | string): void;
    /**
     * Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction; on
     * another it only reads.
     * @param {string} chaincodeName
     * @param {Iterable<Uint8Array | string>} args the function's name first
     * @param {string} [channel]
     * @returns {ChaincodeResponse}
     */
    invokeChaincode(chaincodeName: string, args: Iterable<Uint8Array | string>, channel?: string): ChaincodeResponse;
}
