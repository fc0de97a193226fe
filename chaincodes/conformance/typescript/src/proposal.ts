import { Contract, bytes, crypto, evaluate, string, submit } from 'fabric-contract';
import type { Context } from 'fabric-contract';

import { fields, hexadecimal, list, lossy } from './text.js';

/** The logger's methods for the levels. */
const METHODS = new Map<string, 'debug' | 'info' | 'warn' | 'error'>([
    ['debug', 'debug'],
    ['info', 'info'],
    ['warning', 'warn'],
    ['error', 'error'],
]);

export class Proposal extends Contract {
    @evaluate()
    TxId({ stub }: Context): string {
        return stub.getTxID();
    }

    @evaluate()
    ChannelId({ stub }: Context): string {
        return stub.getChannelID();
    }

    @evaluate()
    Timestamp({ stub }: Context): string {
        const { seconds, nanos } = stub.getTxTimestamp();
        return `${seconds}.${String(nanos).padStart(9, '0')}`;
    }

    /** What the peer says, not what this function was given. */
    @evaluate(string('first'), string('second'))
    Args({ stub }: Context): string {
        return stub.getArgs().join(',');
    }

    @evaluate()
    Transient({ stub }: Context): string {
        return fields(stub.getTransient());
    }

    @evaluate()
    Creator({ stub }: Context): Uint8Array {
        return stub.getSerializedCreator();
    }

    @evaluate()
    CreatorMspId({ stub }: Context): string {
        return stub.getCreator().mspid;
    }

    @evaluate()
    CreatorCertificate({ stub }: Context): Uint8Array {
        return stub.getCreator().idBytes;
    }

    @evaluate()
    SignedProposal({ stub }: Context): Uint8Array {
        return stub.getSignedProposal();
    }

    @evaluate()
    Binding({ stub }: Context): string {
        return stub.getBinding();
    }

    @evaluate()
    Decorations({ stub }: Context): string {
        return fields(stub.getDecorations());
    }

    @evaluate()
    ClientId({ clientIdentity }: Context): string {
        return clientIdentity.getID();
    }

    @evaluate()
    ClientMspId({ clientIdentity }: Context): string {
        return clientIdentity.getMSPID();
    }

    @evaluate()
    ClientSubject({ clientIdentity }: Context): string {
        return clientIdentity.getSubject();
    }

    @evaluate()
    ClientIssuer({ clientIdentity }: Context): string {
        return clientIdentity.getIssuer();
    }

    @evaluate()
    ClientUnits({ clientIdentity }: Context): string {
        return clientIdentity.getOrganizationalUnits().join(',');
    }

    @evaluate(string('name'))
    ClientAttribute({ clientIdentity }: Context, name: string): string {
        return clientIdentity.getAttributeValue(name) ?? '<none>';
    }

    @evaluate()
    ClientAttributes({ clientIdentity }: Context): string {
        return Array.from(clientIdentity.getAttributes(), ([name, value]) => `${name}=${value}`).join(',');
    }

    @submit(string('name'), bytes('payload'))
    Event({ stub }: Context, name: string, payload: Uint8Array): void {
        stub.setEvent(name, payload);
    }

    @submit(string('name'), string('channel'), list('args'))
    Invoke({ stub }: Context, name: string, channel: string, args: string[]): string {
        const { status, message, payload } = stub.invokeChaincode(name, args, channel);
        return `${status}|${message}|${lossy(payload)}`;
    }

    @evaluate(string('algorithm'), bytes('data'))
    Hash(_: Context, algorithm: string, data: Uint8Array): string {
        return hexadecimal(crypto.hash(algorithm as crypto.HashAlgorithm, data));
    }

    /** The signature in hexadecimal. */
    @evaluate(string('algorithm'), bytes('public_key'), bytes('message'), string('signature'))
    Verify(_: Context, algorithm: string, publicKey: Uint8Array, message: Uint8Array, signature: string): boolean {
        if (!/^([0-9a-f]{2})*$/i.test(signature)) {
            throw new Error('the signature is not hexadecimal');
        }
        const octets = (signature.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
        return crypto.verify(algorithm as crypto.SignatureAlgorithm, publicKey, message, Uint8Array.from(octets));
    }

    @evaluate(string('level'), string('message'))
    Log({ logging }: Context, level: string, message: string): void {
        const method = METHODS.get(level);
        if (method === undefined) {
            throw new Error(`no level ${level}`);
        }
        logging.getLogger()[method](message);
    }

    @evaluate(string('message'))
    Abort(ctx: Context, message: string): never {
        ctx.abort(message);
    }
}
