// What programmers expect to find in every JavaScript engine and QuickJS does not have.

import { Logger } from './logger.js';
import { decodeUtf8, decodeUtf8Lossy, encodeUtf8 } from './utf8.js';

class Utf8Encoder {
    get encoding() {
        return 'utf-8';
    }

    encode(text = '') {
        return encodeUtf8(String(text));
    }
}

class Utf8Decoder {
    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
        if (!/^\s*utf-?8\s*$/i.test(label)) {
            throw new RangeError(`the only encoding is utf-8, not ${label}`);
        }
        this.fatal = fatal;
        this.ignoreBOM = ignoreBOM;
    }

    get encoding() {
        return 'utf-8';
    }

    decode(bytes = new Uint8Array()) {
        const octets = ArrayBuffer.isView(bytes)
            ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
            : new Uint8Array(bytes);
        const text = this.fatal ? decodeUtf8(octets) : decodeUtf8Lossy(octets);
        if (text === undefined) {
            throw new TypeError('the bytes are not valid UTF-8');
        }
        return this.ignoreBOM ? text : text.replace(/^\ufeff/, '');
    }
}

class Console extends Logger {
    log(...message) {
        this.info(...message);
    }
}

globalThis.TextEncoder ??= Utf8Encoder;
globalThis.TextDecoder ??= Utf8Decoder;
globalThis.console ??= new Console();

/**
 * Looks at every property of everything that a program can get at. QuickJS makes its built-in functions when they are first asked
 * for; what is there when the program is built need not be made in each call.
 */
function makeBuiltIns() {
    const seen = new Set([globalThis, [].values(), new Map().values(), new Set().values(), ''.matchAll(/./g), ''[Symbol.iterator]()]);
    // A set can grow while it is gone through.
    for (const object of seen) {
        const properties = Object.values(Object.getOwnPropertyDescriptors(object));
        const parts = properties.flatMap(({ value, get, set }) => [value, get, set]);
        for (const part of [Object.getPrototypeOf(object), ...parts]) {
            if (typeof part === 'function' || (typeof part === 'object' && part !== null)) {
                seen.add(part);
            }
        }
    }
}

makeBuiltIns();
