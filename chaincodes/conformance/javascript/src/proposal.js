import { Contract, bytes, crypto, evaluate, string, submit } from 'fabric-contract';

import { fields, hexadecimal, list, lossy } from './text.js';

/** The logger's methods for the levels. */
const METHODS = new Map([
    ['debug', 'debug'],
    ['info', 'info'],
    ['warning', 'warn'],
    ['error', 'error'],
]);

export class Proposal extends Contract {
    static transactions = {
        TxId: evaluate(),
        ChannelId: evaluate(),
        Timestamp: evaluate(),
        Args: evaluate(string('first'), string('second')),
        Transient: evaluate(),
        Creator: evaluate(),
        CreatorMspId: evaluate(),
        CreatorCertificate: evaluate(),
        SignedProposal: evaluate(),
        Binding: evaluate(),
        Decorations: evaluate(),
        ClientId: evaluate(),
        ClientMspId: evaluate(),
        ClientSubject: evaluate(),
        ClientIssuer: evaluate(),
        ClientUnits: evaluate(),
        ClientAttribute: evaluate(string('name')),
        ClientAttributes: evaluate(),
        Event: submit(string('name'), bytes('payload')),
        Invoke: submit(string('name'), string('channel'), list('args')),
        Hash: evaluate(string('algorithm'), bytes('data')),
        Verify: evaluate(string('algorithm'), bytes('public_key'), bytes('message'), string('signature')),
        Log: evaluate(string('level'), string('message')),
        Abort: evaluate(string('message')),
    };

    TxId({ stub }) {
        return stub.getTxID();
    }

    ChannelId({ stub }) {
        return stub.getChannelID();
    }

    Timestamp({ stub }) {
        const { seconds, nanos } = stub.getTxTimestamp();
        return `${seconds}.${String(nanos).padStart(9, '0')}`;
    }

    /** What the peer says, not what this function was given. */
    Args({ stub }) {
        return stub.getArgs().join(',');
    }

    Transient({ stub }) {
        return fields(stub.getTransient());
    }

    Creator({ stub }) {
        return stub.getSerializedCreator();
    }

    CreatorMspId({ stub }) {
        return stub.getCreator().mspid;
    }

    CreatorCertificate({ stub }) {
        return stub.getCreator().idBytes;
    }

    SignedProposal({ stub }) {
        return stub.getSignedProposal();
    }

    Binding({ stub }) {
        return stub.getBinding();
    }

    Decorations({ stub }) {
        return fields(stub.getDecorations());
    }

    ClientId({ clientIdentity }) {
        return clientIdentity.getID();
    }

    ClientMspId({ clientIdentity }) {
        return clientIdentity.getMSPID();
    }

    ClientSubject({ clientIdentity }) {
        return clientIdentity.getSubject();
    }

    ClientIssuer({ clientIdentity }) {
        return clientIdentity.getIssuer();
    }

    ClientUnits({ clientIdentity }) {
        return clientIdentity.getOrganizationalUnits().join(',');
    }

    ClientAttribute({ clientIdentity }, name) {
        return clientIdentity.getAttributeValue(name) ?? '<none>';
    }

    ClientAttributes({ clientIdentity }) {
        return Array.from(clientIdentity.getAttributes(), ([name, value]) => `${name}=${value}`).join(',');
    }

    Event({ stub }, name, payload) {
        stub.setEvent(name, payload);
    }

    Invoke({ stub }, name, channel, args) {
        const { status, message, payload } = stub.invokeChaincode(name, args, channel);
        return `${status}|${message}|${lossy(payload)}`;
    }

    Hash(_, algorithm, data) {
        return hexadecimal(crypto.hash(algorithm, data));
    }

    /** The signature in hexadecimal. */
    Verify(_, algorithm, publicKey, message, signature) {
        if (!/^([0-9a-f]{2})*$/i.test(signature)) {
            throw new Error('the signature is not hexadecimal');
        }
        const octets = (signature.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
        return crypto.verify(algorithm, publicKey, message, Uint8Array.from(octets));
    }

    Log({ logging }, level, message) {
        const method = METHODS.get(level);
        if (method === undefined) {
            throw new Error(`no level ${level}`);
        }
        logging.getLogger()[method](message);
    }

    Abort(ctx, message) {
        ctx.abort(message);
    }
}
