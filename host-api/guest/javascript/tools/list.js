// list.js PROGRAM.js: writes the list of the program's transaction functions. Finds mistakes in their declarations, too.

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

/** There is no peer here, and declaring functions calls none of it. */
const WITHOUT_PEER = `export const resolve = (name, context, next) => name.startsWith('fabric:')
    ? { url: 'data:text/javascript,export default {}', shortCircuit: true }
    : next(name, context);`;

register(`data:text/javascript,${encodeURIComponent(WITHOUT_PEER)}`);
const { functions } = await import(pathToFileURL(process.argv[2]));
process.stdout.write(functions());
