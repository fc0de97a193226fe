import { ClientIdentity } from './client_identity.js';
import { Logger } from './logger.js';
import { ChaincodeStub } from './stub.js';
/** What a transaction function gets beside its arguments. */
export declare class Context {
    /** The ledger, the proposal and the event. */
    stub: ChaincodeStub;
    /** The client that made the proposal. */
    clientIdentity: ClientIdentity;
    /** The chaincode's log. */
    logging: {
        /** @returns {Logger} */
        getLogger: () => Logger;
    };
    /**
     * Ends the call at once, as a mistake in the program does; the message reaches the client.
     * @param {string} message
     * @returns {never}
     */
    abort(message: string): never;
}
