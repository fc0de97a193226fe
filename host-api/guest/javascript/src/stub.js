import chaincodes from 'fabric:chaincode/chaincodes';
import transaction from 'fabric:chaincode/transaction';

import { timestampOf } from './iterators.js';
import { StateStub } from './state.js';
import { decodeUtf8Lossy } from './utf8.js';
import { bytesOf, textOf } from './values.js';

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
export class ChaincodeStub extends StateStub {
    /**
     * All arguments as texts, the function's name first.
     * @returns {string[]}
     */
    getArgs() {
        return this.getBufferArgs().map(decodeUtf8Lossy);
    }

    /**
     * The same.
     * @returns {string[]}
     */
    getStringArgs() {
        return this.getArgs();
    }

    /**
     * All arguments as bytes, the function's name first.
     * @returns {Uint8Array[]}
     */
    getBufferArgs() {
        return transaction.args();
    }

    /**
     * The function's name and the arguments after it, as texts.
     * @returns {{fcn: string, params: string[]}}
     */
    getFunctionAndParameters() {
        const [fcn = '', ...params] = this.getArgs();
        return { fcn, params };
    }

    /**
     * Identifier of the transaction.
     * @returns {string}
     */
    getTxID() {
        return transaction.txId();
    }

    /**
     * The channel.
     * @returns {string}
     */
    getChannelID() {
        return transaction.channelId();
    }

    /**
     * The client's time, the same at every endorser.
     * @returns {Timestamp}
     */
    getTxTimestamp() {
        return timestampOf(transaction.txTimestamp());
    }

    /**
     * The same as a Date.
     * @returns {Date}
     */
    getDateTimestamp() {
        const { seconds, nanos } = this.getTxTimestamp();
        return new Date(seconds * 1000 + Math.floor(nanos / 1e6));
    }

    /**
     * Data for the endorsers only; never recorded in the transaction.
     * @returns {Map<string, Uint8Array>}
     */
    getTransient() {
        return new Map(transaction.transient());
    }

    /**
     * The creator's MSP and certificate (PEM).
     * @returns {{mspid: string, idBytes: Uint8Array}}
     */
    getCreator() {
        return { mspid: this.getMspID(), idBytes: transaction.creatorCertificate() };
    }

    /**
     * The creator as a marshalled `msp.SerializedIdentity`.
     * @returns {Uint8Array}
     */
    getSerializedCreator() {
        return transaction.creator();
    }

    /**
     * The creator's MSP.
     * @returns {string}
     */
    getMspID() {
        return transaction.creatorMspId();
    }

    /**
     * The proposal as the client signed it: a marshalled `protos.SignedProposal`.
     * @returns {Uint8Array}
     */
    getSignedProposal() {
        return transaction.signedProposal();
    }

    /**
     * SHA-256 over the proposal's nonce, creator and epoch, in hexadecimal.
     * @returns {string}
     */
    getBinding() {
        return Array.from(transaction.binding(), (byte) => byte.toString(16).padStart(2, '0')).join('');
    }

    /**
     * What the peer's decorators added to the proposal, sorted by name.
     * @returns {Map<string, Uint8Array>}
     */
    getDecorations() {
        return new Map(transaction.decorations());
    }

    /**
     * Sets the transaction's event; a second one replaces the first. The name must not be empty.
     * @param {string} name
     * @param {Uint8Array | string} payload
     */
    setEvent(name, payload) {
        transaction.setEvent(textOf(name), bytesOf(payload));
    }

    /**
     * Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction; on
     * another it only reads.
     * @param {string} chaincodeName
     * @param {Iterable<Uint8Array | string>} args the function's name first
     * @param {string} [channel]
     * @returns {ChaincodeResponse}
     */
    invokeChaincode(chaincodeName, args, channel = '') {
        const { status, message, payload } = chaincodes.invokeChaincode(
            textOf(chaincodeName),
            Array.from(args, bytesOf),
            textOf(channel),
        );
        return { status, message, payload };
    }
}
