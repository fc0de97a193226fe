/** Lines for the chaincode's log at the peer. Nothing of it reaches the ledger; long lines are cut. */
export declare class Logger {
    /**
     * For developers.
     * @param {...unknown} message joined by spaces
     */
    debug(...message: unknown[]): void;
    /** @param {...unknown} message */
    info(...message: unknown[]): void;
    /**
     * About something unexpected.
     * @param {...unknown} message
     */
    warn(...message: unknown[]): void;
    /**
     * About a failure.
     * @param {...unknown} message
     */
    error(...message: unknown[]): void;
}
