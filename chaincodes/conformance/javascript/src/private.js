import { Contract, bytes, evaluate, string, submit } from 'fabric-contract';

import { entries, fields, hexadecimal, list, optional, optionals, pairsOf } from './text.js';

const KEY = [string('collection'), string('key')];

export class Private extends Contract {
    static transactions = {
        PrivateGet: evaluate(...KEY),
        PrivateGetMany: evaluate(string('collection'), list('keys')),
        PrivateHash: evaluate(...KEY),
        PrivatePut: submit(...KEY, bytes('value')),
        PrivatePutMany: submit(string('collection'), list('entries')),
        PrivateDelete: submit(...KEY),
        PrivatePurge: submit(...KEY),
        PrivateMetadata: evaluate(...KEY),
        PrivateGetPolicy: evaluate(...KEY),
        PrivateSetPolicy: submit(...KEY, bytes('policy')),
        PrivateRange: evaluate(string('collection'), string('start'), string('end')),
        PrivatePartialRange: evaluate(string('collection'), string('object_type'), list('attributes')),
        PrivateQuery: evaluate(string('collection'), string('query')),
    };

    PrivateGet({ stub }, collection, key) {
        return optional(stub.getPrivateData(collection, key));
    }

    PrivateGetMany({ stub }, collection, keys) {
        return optionals(stub.getMultiplePrivateData(collection, keys));
    }

    PrivateHash({ stub }, collection, key) {
        const hash = stub.getPrivateDataHash(collection, key);
        return hash === undefined ? optional(hash) : hexadecimal(hash);
    }

    PrivatePut({ stub }, collection, key, value) {
        stub.putPrivateData(collection, key, value);
    }

    PrivatePutMany({ stub }, collection, entries) {
        stub.putMultiplePrivateData(collection, pairsOf(entries));
    }

    PrivateDelete({ stub }, collection, key) {
        stub.deletePrivateData(collection, key);
    }

    PrivatePurge({ stub }, collection, key) {
        stub.purgePrivateData(collection, key);
    }

    PrivateMetadata({ stub }, collection, key) {
        return fields(stub.getPrivateDataMetadata(collection, key));
    }

    PrivateGetPolicy({ stub }, collection, key) {
        return optional(stub.getPrivateDataValidationParameter(collection, key));
    }

    PrivateSetPolicy({ stub }, collection, key, policy) {
        stub.setPrivateDataValidationParameter(collection, key, policy);
    }

    PrivateRange({ stub }, collection, start, end) {
        return entries(stub.getPrivateDataByRange(collection, start, end));
    }

    PrivatePartialRange({ stub }, collection, objectType, attributes) {
        return entries(stub.getPrivateDataByPartialCompositeKey(collection, objectType, attributes));
    }

    PrivateQuery({ stub }, collection, query) {
        return entries(stub.getPrivateDataQueryResult(collection, query));
    }
}
