import { Context } from "fabric";

/** Sets a key. */
@submit("Put")
function put(context: Context, key: string, value: Uint8Array): void {
  context.putState(key, value);
}

/** Returns the value of a key. */
@evaluate("Get")
function get(context: Context, key: string): Uint8Array {
  const value = context.getState(key);
  return value ? value : context.fail<Uint8Array>(`${key} does not exist`);
}
