import { Contract, bytes, evaluate, string, submit, uint32 } from 'fabric-contract';
import type { Context } from 'fabric-contract';

import { entries, fields, list, lossy, optional, optionals, page, pairsOf, visible } from './text.js';

const PAGE = [uint32('size'), string('bookmark')] as const;
const COMPOSITE = [string('object_type'), list('attributes')] as const;

export class Ledger extends Contract {
    @evaluate(string('key'))
    Get({ stub }: Context, key: string): string {
        return optional(stub.getState(key));
    }

    @evaluate(list('keys'))
    GetMany({ stub }: Context, keys: string[]): string {
        return optionals(stub.getMultipleStates(keys));
    }

    @submit(string('key'), bytes('value'))
    Put({ stub }: Context, key: string, value: Uint8Array): void {
        stub.putState(key, value);
    }

    @submit(list('entries'))
    PutMany({ stub }: Context, entries: string[]): void {
        stub.putMultipleStates(pairsOf(entries));
    }

    @submit(string('key'), bytes('value'))
    PutAndGet({ stub }: Context, key: string, value: Uint8Array): string {
        stub.putState(key, value);
        return optional(stub.getState(key));
    }

    @submit(string('key'))
    Delete({ stub }: Context, key: string): void {
        stub.deleteState(key);
    }

    @submit(list('keys'))
    DeleteMany({ stub }: Context, keys: string[]): void {
        stub.deleteMultipleStates(keys);
    }

    @evaluate(string('key'))
    Metadata({ stub }: Context, key: string): string {
        return fields(stub.getStateMetadata(key));
    }

    @evaluate(string('key'))
    GetPolicy({ stub }: Context, key: string): string {
        return optional(stub.getStateValidationParameter(key));
    }

    @submit(string('key'), bytes('policy'))
    SetPolicy({ stub }: Context, key: string, policy: Uint8Array): void {
        stub.setStateValidationParameter(key, policy);
    }

    @evaluate(string('start'), string('end'))
    Range({ stub }: Context, start: string, end: string): string {
        return entries(stub.getStateByRange(start, end));
    }

    @evaluate(string('start'), string('end'), ...PAGE)
    RangePage({ stub }: Context, start: string, end: string, size: number, bookmark: string): string {
        return page(stub.getStateByRangeWithPagination(start, end, size, bookmark));
    }

    @evaluate(...COMPOSITE)
    Composite({ stub }: Context, objectType: string, attributes: string[]): string {
        return visible(stub.createCompositeKey(objectType, attributes));
    }

    @submit(...COMPOSITE, bytes('value'))
    PutComposite({ stub }: Context, objectType: string, attributes: string[], value: Uint8Array): void {
        stub.putState(stub.createCompositeKey(objectType, attributes), value);
    }

    @evaluate(string('key'))
    Split({ stub }: Context, key: string): string {
        const { objectType, attributes } = stub.splitCompositeKey(key);
        return `${objectType}:${attributes.join(',')}`;
    }

    @evaluate(...COMPOSITE)
    PartialRange({ stub }: Context, objectType: string, attributes: string[]): string {
        return entries(stub.getStateByPartialCompositeKey(objectType, attributes));
    }

    @evaluate(...COMPOSITE, ...PAGE)
    PartialPage({ stub }: Context, objectType: string, attributes: string[], size: number, bookmark: string): string {
        const from = bookmark.replaceAll('/', '\0');
        return page(stub.getStateByPartialCompositeKeyWithPagination(objectType, attributes, size, from));
    }

    @evaluate(...PAGE)
    CompositePage({ stub }: Context, size: number, bookmark: string): string {
        return page(stub.getAllStatesCompositeKeyWithPagination(size, bookmark.replaceAll('/', '\0')));
    }

    @evaluate(string('query'))
    Query({ stub }: Context, query: string): string {
        return entries(stub.getQueryResult(query));
    }

    @evaluate(string('query'), ...PAGE)
    QueryPage({ stub }: Context, query: string, size: number, bookmark: string): string {
        return page(stub.getQueryResultWithPagination(query, size, bookmark));
    }

    @evaluate(string('key'))
    History({ stub }: Context, key: string): string {
        const found: string[] = [];
        for (const { txId, timestamp, value, isDelete } of stub.getHistoryForKey(key)) {
            found.push(`${txId}@${timestamp.seconds}=${isDelete ? 'deleted' : lossy(value)}`);
        }
        return found.join(',');
    }
}
