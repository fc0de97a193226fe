// Makes one component of the two that componentize-qjs 0.4 nests.
//
// Its outer component gives the program a module loader, which only works while the component is made and ends the call later.
// Calls between two components need modules with two memories, which the peer does not run; so the program's own component is
// taken out, and in place of the loader it gets functions that end the call.

import { Reader, Section, integer, name, readSections } from './component.js';

const LOADER = 'local:init/module-loader';
/** An interface with a function that can stand where one of the loader stood, but is never called. */
const [FILLER_INTERFACE, FILLER_FUNCTION] = ['fabric:chaincode/transaction@', 'tx-id'];

const I32 = 0x7f;
const FUNCTION = 0x60;
/** A body without locals: unreachable, end. */
const TRAP_BODY = [3, 0, 0x00, 0x0b];
const INSTANCE_SORT = 5;
/** The first bytes of an alias of a function that an instance exports, and of one that a core instance exports. */
const FUNCTION_EXPORT = [1, 0];
const CORE_FUNCTION_EXPORT = [0, 0, 1];

/** The sections of the program's component, without the module loader. */
export function programOf(component) {
    const program = readSections(component).find(({ id, bytes }) => id === Section.COMPONENT && bytes.includes(LOADER));
    if (program === undefined) {
        throw new Error('the file is not as componentize-qjs 0.4 makes it');
    }
    return withoutLoader(readSections(program.bytes));
}

function withoutLoader(sections) {
    const imported = sections.filter(({ id, bytes }) => id === Section.IMPORT && bytes.at(-2) === INSTANCE_SORT);
    const loader = imported.findIndex(({ bytes }) => bytes.includes(LOADER));
    const filler = imported.findIndex(({ bytes }) => bytes.includes(FILLER_INTERFACE));
    const aliasOfFiller = { id: Section.ALIAS, bytes: [1, ...FUNCTION_EXPORT, ...integer(filler), ...name(FILLER_FUNCTION)] };
    const loaderAlias = Buffer.from([1, ...FUNCTION_EXPORT, ...integer(loader)]);
    const traps = new Traps(sections);

    // Every section keeps its place and defines as much as before, so that all indices stay right; only core instances move up.
    let replaced;
    return sections.flatMap((section, at) => {
        if (section === imported[loader]) {
            return { id: Section.INSTANCE, bytes: [1, 1, 0] };
        }
        if (section.id === Section.ALIAS && section.bytes.subarray(0, loaderAlias.length).equals(loaderAlias)) {
            replaced = new Reader(section.bytes.subarray(loaderAlias.length)).name();
            return aliasOfFiller;
        }
        if (section.id === Section.CANON && replaced !== undefined) {
            const bytes = [1, ...CORE_FUNCTION_EXPORT, ...integer(traps.instance), ...name(replaced)];
            replaced = undefined;
            return { id: Section.ALIAS, bytes };
        }
        if (section.id === Section.EXPORT && new Reader(section.bytes.subarray(2)).name() === 'init') {
            return aliasOfFiller;
        }
        if (section.id === Section.CORE_INSTANCE && at > traps.position) {
            return { id: section.id, bytes: movedUp(section.bytes, traps.instance) };
        }
        if (section.id === Section.CUSTOM) {
            return [];
        }
        return at === traps.position ? [section, ...traps.sections()] : section;
    });
}

/** The module whose functions end the call, and where it goes: behind the last other module. */
class Traps {
    constructor(sections) {
        const modules = sections.filter(({ id }) => id === Section.CORE_MODULE);
        this.position = sections.indexOf(modules.at(-1));
        this.module = modules.length;
        this.instance = sections
            .slice(0, this.position)
            .filter(({ id }) => id === Section.CORE_INSTANCE)
            .reduce((count, { bytes }) => count + new Reader(bytes).integer(), 0);
    }

    sections() {
        const instantiation = [1, 0, ...integer(this.module), 0];
        return [
            { id: Section.CORE_MODULE, bytes: trapModule({ resolve: 5, load: 3 }) },
            { id: Section.CORE_INSTANCE, bytes: instantiation },
        ];
    }
}

/** A module with functions of so many parameters of 32 bits. */
function trapModule(functions) {
    const names = Object.keys(functions);
    const vector = (id, items) => {
        const bytes = [names.length, ...items.flat()];
        return [id, ...integer(bytes.length), ...bytes];
    };
    return [
        ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
        ...vector(1, names.map((key) => [FUNCTION, functions[key], ...Array(functions[key]).fill(I32), 0])),
        ...vector(3, names.map((_, index) => [index])),
        ...vector(7, names.map((key, index) => [...name(key), 0, index])),
        ...vector(10, names.map(() => TRAP_BODY)),
    ];
}

/** A section of core instances in which those from `first` on have the next number. */
function movedUp(bytes, first) {
    const reader = new Reader(bytes);
    const counted = (item) => {
        const count = reader.integer();
        return [...integer(count), ...Array.from({ length: count }, item).flat()];
    };
    const argument = () => {
        const argumentName = name(reader.name());
        const sort = reader.byte();
        const instance = reader.integer();
        return [...argumentName, sort, ...integer(instance >= first ? instance + 1 : instance)];
    };
    const item = () => [...name(reader.name()), reader.byte(), ...integer(reader.integer())];
    return counted(() => {
        const kind = reader.byte();
        return kind === 0 ? [kind, ...integer(reader.integer()), ...counted(argument)] : [kind, ...counted(item)];
    });
}
