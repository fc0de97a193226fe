// What the kit adds to the engine's own global names.

/** Texts to UTF-8. */
interface TextEncoder {
    readonly encoding: 'utf-8';
    encode(text?: string): Uint8Array;
}
declare const TextEncoder: new () => TextEncoder;

/** UTF-8 to texts. */
interface TextDecoder {
    readonly encoding: 'utf-8';
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    /** What is not valid becomes U+FFFD, or with `fatal` a TypeError. */
    decode(bytes?: ArrayBufferView | ArrayBuffer): string;
}
declare const TextDecoder: new (label?: 'utf-8', options?: { fatal?: boolean; ignoreBOM?: boolean }) => TextDecoder;

/** Lines for the chaincode's log at the peer. */
declare const console: Record<'debug' | 'error' | 'info' | 'log' | 'warn', (...message: unknown[]) => void>;
