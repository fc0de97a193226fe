// How arguments and results are written.

import { parameter } from 'fabric-contract';
import type { KeyValue, Parameter, QueryIterator, StateQueryResponse } from 'fabric-contract';

/** A parameter of texts joined by commas. */
export function list(name: string): Parameter<string[]> {
    const parse = (text: string) => text.split(',').filter((part) => part !== '');
    return parameter(name, { type: 'list', kind: 'list', parse });
}

/** `key=value` each. */
export function pairsOf(texts: string[]): [string, string][] {
    return texts.map((text) => {
        const [key = '', ...value] = text.split('=');
        return [key, value.join('=')];
    });
}

export function lossy(bytes: Uint8Array): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

export function optional(value: Uint8Array | undefined): string {
    return value === undefined ? '<none>' : lossy(value);
}

export function optionals(values: (Uint8Array | undefined)[]): string {
    return values.map(optional).join(',');
}

export function hexadecimal(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Names with bytes. */
export function fields(entries: Iterable<[string, Uint8Array]>): string {
    return Array.from(entries, ([name, value]) => `${name}=${lossy(value)}`).join(',');
}

/** Separators of composite keys are shown as `/`. */
export function visible(key: string): string {
    return key.replaceAll('\0', '/');
}

export function entries(found: QueryIterator<KeyValue>): string {
    return visible(fields(Array.from(found, ({ key, value }) => [key, value])));
}

export function page({ iterator, metadata }: StateQueryResponse): string {
    return `${entries(iterator)}|${metadata.fetchedRecordsCount}|${visible(metadata.bookmark)}`;
}
