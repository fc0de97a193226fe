// How arguments and results are written.

import { parameter } from 'fabric-contract';

/** A parameter of texts joined by commas. */
export function list(name) {
    const parse = (text) => text.split(',').filter((part) => part !== '');
    return parameter(name, { type: 'list', kind: 'list', parse });
}

/** `key=value` each. */
export function pairsOf(texts) {
    return texts.map((text) => {
        const [key, ...value] = text.split('=');
        return [key, value.join('=')];
    });
}

export function lossy(bytes) {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

export function optional(value) {
    return value === undefined ? '<none>' : lossy(value);
}

export function optionals(values) {
    return values.map(optional).join(',');
}

export function hexadecimal(bytes) {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Names with bytes. */
export function fields(entries) {
    return Array.from(entries, ([name, value]) => `${name}=${lossy(value)}`).join(',');
}

/** Separators of composite keys are shown as `/`. */
export function visible(key) {
    return key.replaceAll('\0', '/');
}

export function entries(found) {
    return visible(fields(Array.from(found, ({ key, value }) => [key, value])));
}

export function page({ iterator, metadata }) {
    return `${entries(iterator)}|${metadata.fetchedRecordsCount}|${visible(metadata.bookmark)}`;
}
