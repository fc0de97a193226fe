/**
 * Ends the call at once; the message reaches the client.
 * @param {string} message
 * @returns {never}
 */
export declare function abort(message: string): never;
/**
 * The message with which the function refuses. Does not return for a mistake in the program: as a panic, it ends the call.
 * @param {unknown} thrown
 * @returns {string}
 */
export declare function refusal(thrown: unknown): string;
