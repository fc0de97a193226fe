import { Contract, evaluate, json, string, submit, uint64 } from 'fabric-contract';

const MEGABYTE = 1 << 20;
const LARGEST = 2n ** 64n - 1n;

export class Faults extends Contract {
    static transactions = {
        Echo: evaluate(json('value', isListOfIntegers)),
        Panic: submit(string('message')),
        Loop: submit(),
        EatMemory: submit(),
        Recurse: submit(uint64('depth')),
        Large: evaluate(uint64('bytes')),
        HoldIterators: submit(uint64('count')),
    };

    Echo(_, value) {
        return value;
    }

    Panic(_, message) {
        throw new TypeError(message);
    }

    Loop() {
        for (;;);
    }

    EatMemory() {
        const eaten = [];
        for (;;) {
            eaten.push(new Uint8Array(MEGABYTE).fill(1));
        }
    }

    Recurse(_, depth) {
        return recurse(depth);
    }

    Large(_, bytes) {
        return new Uint8Array(Number(bytes)).fill('x'.charCodeAt(0));
    }

    HoldIterators({ stub }, count) {
        const held = [];
        while (held.length < count) {
            held.push(stub.getStateByRange('', ''));
        }
    }
}

function recurse(depth) {
    return recurse(depth + 1n) ^ depth;
}

function isListOfIntegers(value) {
    return Array.isArray(value) && value.every(isInteger);
}

function isInteger(item) {
    return (typeof item === 'bigint' || Number.isInteger(item)) && item >= 0 && item <= LARGEST;
}
