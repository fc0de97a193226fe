import { ClientIdentity } from './client_identity.js';
import { abort } from './errors.js';
import { Logger } from './logger.js';
import { ChaincodeStub } from './stub.js';

/** What a transaction function gets beside its arguments. */
export class Context {
    /** The ledger, the proposal and the event. */
    stub = new ChaincodeStub();
    /** The client that made the proposal. */
    clientIdentity = new ClientIdentity();
    /** The chaincode's log. */
    logging = {
        /** @returns {Logger} */
        getLogger: () => new Logger(),
    };

    /**
     * Ends the call at once, as a mistake in the program does; the message reaches the client.
     * @param {string} message
     * @returns {never}
     */
    abort(message) {
        return abort(message);
    }
}
