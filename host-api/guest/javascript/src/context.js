import { ClientIdentity } from './client_identity.js';
import { abort } from './errors.js';
import { Logger } from './logger.js';
import { ChaincodeStub } from './stub.js';

// A call has an instance of the program for itself, so these are made only once, when the program is built.
const stub = new ChaincodeStub();
const clientIdentity = new ClientIdentity();
const logging = {
    /** @returns {Logger} */
    getLogger: () => new Logger(),
};

/** What a transaction function gets beside its arguments. */
export class Context {
    /** The ledger, the proposal and the event. */
    stub = stub;
    /** The client that made the proposal. */
    clientIdentity = clientIdentity;
    /** The chaincode's log. */
    logging = logging;

    /**
     * Ends the call at once, as a mistake in the program does; the message reaches the client.
     * @param {string} message
     * @returns {never}
     */
    abort(message) {
        return abort(message);
    }
}
