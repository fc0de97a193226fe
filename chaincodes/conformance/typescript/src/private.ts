import { Contract, bytes, evaluate, string, submit } from 'fabric-contract';
import type { Context } from 'fabric-contract';

import { entries, fields, hexadecimal, list, optional, optionals, pairsOf } from './text.js';

const KEY = [string('collection'), string('key')] as const;

export class Private extends Contract {
    @evaluate(...KEY)
    PrivateGet({ stub }: Context, collection: string, key: string): string {
        return optional(stub.getPrivateData(collection, key));
    }

    @evaluate(string('collection'), list('keys'))
    PrivateGetMany({ stub }: Context, collection: string, keys: string[]): string {
        return optionals(stub.getMultiplePrivateData(collection, keys));
    }

    @evaluate(...KEY)
    PrivateHash({ stub }: Context, collection: string, key: string): string {
        const hash = stub.getPrivateDataHash(collection, key);
        return hash === undefined ? optional(hash) : hexadecimal(hash);
    }

    @submit(...KEY, bytes('value'))
    PrivatePut({ stub }: Context, collection: string, key: string, value: Uint8Array): void {
        stub.putPrivateData(collection, key, value);
    }

    @submit(string('collection'), list('entries'))
    PrivatePutMany({ stub }: Context, collection: string, entries: string[]): void {
        stub.putMultiplePrivateData(collection, pairsOf(entries));
    }

    @submit(...KEY)
    PrivateDelete({ stub }: Context, collection: string, key: string): void {
        stub.deletePrivateData(collection, key);
    }

    @submit(...KEY)
    PrivatePurge({ stub }: Context, collection: string, key: string): void {
        stub.purgePrivateData(collection, key);
    }

    @evaluate(...KEY)
    PrivateMetadata({ stub }: Context, collection: string, key: string): string {
        return fields(stub.getPrivateDataMetadata(collection, key));
    }

    @evaluate(...KEY)
    PrivateGetPolicy({ stub }: Context, collection: string, key: string): string {
        return optional(stub.getPrivateDataValidationParameter(collection, key));
    }

    @submit(...KEY, bytes('policy'))
    PrivateSetPolicy({ stub }: Context, collection: string, key: string, policy: Uint8Array): void {
        stub.setPrivateDataValidationParameter(collection, key, policy);
    }

    @evaluate(string('collection'), string('start'), string('end'))
    PrivateRange({ stub }: Context, collection: string, start: string, end: string): string {
        return entries(stub.getPrivateDataByRange(collection, start, end));
    }

    @evaluate(string('collection'), string('object_type'), list('attributes'))
    PrivatePartialRange({ stub }: Context, collection: string, objectType: string, attributes: string[]): string {
        return entries(stub.getPrivateDataByPartialCompositeKey(collection, objectType, attributes));
    }

    @evaluate(string('collection'), string('query'))
    PrivateQuery({ stub }: Context, collection: string, query: string): string {
        return entries(stub.getPrivateDataQueryResult(collection, query));
    }
}
