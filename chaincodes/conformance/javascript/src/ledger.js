import { Contract, bytes, evaluate, string, submit, uint32 } from 'fabric-contract';

import { entries, fields, list, lossy, optional, optionals, page, pairsOf, visible } from './text.js';

const PAGE = [uint32('size'), string('bookmark')];
const COMPOSITE = [string('object_type'), list('attributes')];

export class Ledger extends Contract {
    static transactions = {
        Get: evaluate(string('key')),
        GetMany: evaluate(list('keys')),
        Put: submit(string('key'), bytes('value')),
        PutMany: submit(list('entries')),
        PutAndGet: submit(string('key'), bytes('value')),
        Delete: submit(string('key')),
        DeleteMany: submit(list('keys')),
        Metadata: evaluate(string('key')),
        GetPolicy: evaluate(string('key')),
        SetPolicy: submit(string('key'), bytes('policy')),
        Range: evaluate(string('start'), string('end')),
        RangePage: evaluate(string('start'), string('end'), ...PAGE),
        Composite: evaluate(...COMPOSITE),
        PutComposite: submit(...COMPOSITE, bytes('value')),
        Split: evaluate(string('key')),
        PartialRange: evaluate(...COMPOSITE),
        PartialPage: evaluate(...COMPOSITE, ...PAGE),
        CompositePage: evaluate(...PAGE),
        Query: evaluate(string('query')),
        QueryPage: evaluate(string('query'), ...PAGE),
        History: evaluate(string('key')),
    };

    Get({ stub }, key) {
        return optional(stub.getState(key));
    }

    GetMany({ stub }, keys) {
        return optionals(stub.getMultipleStates(keys));
    }

    Put({ stub }, key, value) {
        stub.putState(key, value);
    }

    PutMany({ stub }, entries) {
        stub.putMultipleStates(pairsOf(entries));
    }

    PutAndGet({ stub }, key, value) {
        stub.putState(key, value);
        return optional(stub.getState(key));
    }

    Delete({ stub }, key) {
        stub.deleteState(key);
    }

    DeleteMany({ stub }, keys) {
        stub.deleteMultipleStates(keys);
    }

    Metadata({ stub }, key) {
        return fields(stub.getStateMetadata(key));
    }

    GetPolicy({ stub }, key) {
        return optional(stub.getStateValidationParameter(key));
    }

    SetPolicy({ stub }, key, policy) {
        stub.setStateValidationParameter(key, policy);
    }

    Range({ stub }, start, end) {
        return entries(stub.getStateByRange(start, end));
    }

    RangePage({ stub }, start, end, size, bookmark) {
        return page(stub.getStateByRangeWithPagination(start, end, size, bookmark));
    }

    Composite({ stub }, objectType, attributes) {
        return visible(stub.createCompositeKey(objectType, attributes));
    }

    PutComposite({ stub }, objectType, attributes, value) {
        stub.putState(stub.createCompositeKey(objectType, attributes), value);
    }

    Split({ stub }, key) {
        const { objectType, attributes } = stub.splitCompositeKey(key);
        return `${objectType}:${attributes.join(',')}`;
    }

    PartialRange({ stub }, objectType, attributes) {
        return entries(stub.getStateByPartialCompositeKey(objectType, attributes));
    }

    PartialPage({ stub }, objectType, attributes, size, bookmark) {
        const from = bookmark.replaceAll('/', '\0');
        return page(stub.getStateByPartialCompositeKeyWithPagination(objectType, attributes, size, from));
    }

    CompositePage({ stub }, size, bookmark) {
        return page(stub.getAllStatesCompositeKeyWithPagination(size, bookmark.replaceAll('/', '\0')));
    }

    Query({ stub }, query) {
        return entries(stub.getQueryResult(query));
    }

    QueryPage({ stub }, query, size, bookmark) {
        return page(stub.getQueryResultWithPagination(query, size, bookmark));
    }

    History({ stub }, key) {
        const found = [];
        for (const { txId, timestamp, value, isDelete } of stub.getHistoryForKey(key)) {
            found.push(`${txId}@${timestamp.seconds}=${isDelete ? 'deleted' : lossy(value)}`);
        }
        return found.join(',');
    }
}
