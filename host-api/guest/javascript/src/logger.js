import diagnostics from 'fabric:chaincode/diagnostics';

import { stringify } from './json.js';

/** Lines for the chaincode's log at the peer. Nothing of it reaches the ledger; long lines are cut. */
export class Logger {
    /**
     * For developers.
     * @param {...unknown} message joined by spaces
     */
    debug(...message) {
        diagnostics.log('debug', lineOf(message));
    }

    /** @param {...unknown} message */
    info(...message) {
        diagnostics.log('info', lineOf(message));
    }

    /**
     * About something unexpected.
     * @param {...unknown} message
     */
    warn(...message) {
        diagnostics.log('warning', lineOf(message));
    }

    /**
     * About a failure.
     * @param {...unknown} message
     */
    error(...message) {
        diagnostics.log('error', lineOf(message));
    }
}

function lineOf(message) {
    const shown = message.map((part) => {
        return typeof part !== 'object' || part instanceof Error ? String(part) : stringify(part);
    });
    return shown.join(' ').toWellFormed();
}
