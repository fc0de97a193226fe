import { Contract, evaluate, string, submit } from 'fabric-contract';
import type { Context } from 'fabric-contract';

class KeyValueContract extends Contract {
    /** Sets a key. */
    @submit(string('key'), string('value'))
    Put(ctx: Context, key: string, value: string): void {
        ctx.stub.putState(key, value);
    }

    /** Returns the value of a key. */
    @evaluate(string('key'))
    Get(ctx: Context, key: string): Uint8Array {
        const value = ctx.stub.getState(key);
        if (value === undefined) {
            throw new Error(`${key} does not exist`);
        }
        return value;
    }
}

export const contracts = [KeyValueContract];
