import { Contract, evaluate, json, string, submit, uint64 } from 'fabric-contract';
import type { Context } from 'fabric-contract';

const MEGABYTE = 1 << 20;
const LARGEST = 2n ** 64n - 1n;

type Integers = (number | bigint)[];

export class Faults extends Contract {
    @evaluate(json('value', isListOfIntegers))
    Echo(_: Context, value: Integers): Integers {
        return value;
    }

    @submit(string('message'))
    Panic(_: Context, message: string): never {
        throw new TypeError(message);
    }

    @submit()
    Loop(): never {
        for (;;);
    }

    @submit()
    EatMemory(): never {
        const eaten = [];
        for (;;) {
            eaten.push(new Uint8Array(MEGABYTE).fill(1));
        }
    }

    @submit(uint64('depth'))
    Recurse(_: Context, depth: bigint): bigint {
        return recurse(depth);
    }

    @evaluate(uint64('bytes'))
    Large(_: Context, bytes: bigint): Uint8Array {
        return new Uint8Array(Number(bytes)).fill('x'.charCodeAt(0));
    }

    @submit(uint64('count'))
    HoldIterators({ stub }: Context, count: bigint): void {
        const held = [];
        while (held.length < count) {
            held.push(stub.getStateByRange('', ''));
        }
    }
}

function recurse(depth: bigint): bigint {
    return recurse(depth + 1n) ^ depth;
}

function isListOfIntegers(value: unknown): value is Integers {
    return Array.isArray(value) && value.every(isInteger);
}

function isInteger(item: any): boolean {
    return (typeof item === 'bigint' || Number.isInteger(item)) && item >= 0 && item <= LARGEST;
}
