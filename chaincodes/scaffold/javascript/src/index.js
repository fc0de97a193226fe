import { Contract, evaluate, string, submit } from 'fabric-contract';

class KeyValueContract extends Contract {
    static transactions = {
        Put: submit(string('key'), string('value')),
        Get: evaluate(string('key')),
    };

    /** Sets a key. */
    Put(ctx, key, value) {
        ctx.stub.putState(key, value);
    }

    /** Returns the value of a key. */
    Get(ctx, key) {
        const value = ctx.stub.getState(key);
        if (value === undefined) {
            throw new Error(`${key} does not exist`);
        }
        return value;
    }
}

export const contracts = [KeyValueContract];
