// Reading and writing the sections of WebAssembly components.

/** Section ids of the component format. */
export const Section = {
    CUSTOM: 0,
    CORE_MODULE: 1,
    CORE_INSTANCE: 2,
    COMPONENT: 4,
    INSTANCE: 5,
    ALIAS: 6,
    CANON: 8,
    IMPORT: 10,
    EXPORT: 11,
};

const HEADER_BYTES = 8;

/** A place in bytes, which moves on with every read. */
export class Reader {
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 0;
    }

    get isAtEnd() {
        return this.at >= this.bytes.length;
    }

    byte() {
        if (this.isAtEnd) {
            throw new Error('the component ends too early');
        }
        return this.bytes[this.at++];
    }

    /** An unsigned LEB128 integer of 32 bits. */
    integer() {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
            const byte = this.byte();
            value |= (byte & 0x7f) << shift;
            if (byte < 0x80) {
                return value >>> 0;
            }
        }
    }

    take(length) {
        this.at += length;
        return this.bytes.subarray(this.at - length, this.at);
    }

    name() {
        return this.take(this.integer()).toString();
    }
}

/** An unsigned LEB128 integer. */
export function integer(value) {
    const bytes = [];
    for (; value >= 0x80; value >>>= 7) {
        bytes.push((value & 0x7f) | 0x80);
    }
    return [...bytes, value];
}

/** A name with its length. */
export function name(text) {
    const bytes = Buffer.from(text);
    return [...integer(bytes.length), ...bytes];
}

/** The sections of a component. */
export function readSections(component) {
    const reader = new Reader(component);
    reader.take(HEADER_BYTES);
    const sections = [];
    while (!reader.isAtEnd) {
        const id = reader.byte();
        sections.push({ id, bytes: reader.take(reader.integer()) });
    }
    return sections;
}

/** A component of these sections. */
export function writeSections(sections) {
    const header = Buffer.from([0, ...Buffer.from('asm'), 0x0d, 0, 1, 0]);
    const parts = sections.flatMap(({ id, bytes }) => [Buffer.from([id, ...integer(bytes.length)]), Buffer.from(bytes)]);
    return Buffer.concat([header, ...parts]);
}

/** A custom section. */
export function customSection(title, content) {
    return { id: Section.CUSTOM, bytes: Buffer.concat([Buffer.from(name(title)), Buffer.from(content)]) };
}
