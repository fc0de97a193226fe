// Errors. AssemblyScript has no exceptions that could be caught, so a failure is kept here until the transaction function returns:
// the kit then answers with it, whatever the function returned. In between the ledger is neither read nor written.

let failure: string | null = null;

/** Whether something failed that nobody has taken yet. */
export function hasFailed(): bool {
  return failure != null;
}

/** Keeps the first failure. */
export function setFailure(message: string): void {
  if (failure == null) failure = message;
}

/** The failure, which is then forgotten. */
export function takeFailure(): string | null {
  const message = failure;
  failure = null;
  return message;
}

/** An empty value, for functions that have nothing better to return: "", no bytes, 0, false or null. */
export function empty<T>(): T {
  if (isVoid<T>()) return;
  if (isNullable<T>()) return changetype<T>(0);
  if (isString<T>()) return changetype<T>("");
  if (isReference<T>()) {
    if (idof<T>() == idof<Uint8Array>()) return changetype<T>(new Uint8Array(0));
    return changetype<T>(0);
  }
  return <T>0;
}
