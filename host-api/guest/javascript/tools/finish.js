// finish.js COMPONENT.wasm FUNCTIONS.txt OUTPUT.wasm: makes the contract's file of what componentize-qjs made of the program.

import { readFileSync, writeFileSync } from 'node:fs';

import { customSection, writeSections } from './component.js';
import { programOf } from './flatten.js';

/** Where tools look for the list of a contract's functions. */
const FUNCTIONS_SECTION = 'fabric:chaincode/functions';

const [component, functions, output] = process.argv.slice(2);
const sections = [...programOf(readFileSync(component)), customSection(FUNCTIONS_SECTION, readFileSync(functions))];
writeFileSync(output, writeSections(sections));
