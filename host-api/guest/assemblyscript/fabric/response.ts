import { formatFloat64 } from "./numbers";
import { toBytes } from "./utf8";

/** What a transaction function returned as the response's payload: bytes as they are, all else as text, null as nothing. */
export function payload<T>(value: T): Uint8Array {
  if (isNullable<T>()) {
    if (value === null) return new Uint8Array(0);
  }
  if (isString<T>()) {
    return toBytes(changetype<string>(value));
  } else if (isBoolean<T>()) {
    return toBytes(value ? "true" : "false");
  } else if (isInteger<T>()) {
    return toBytes(value.toString());
  } else if (isFloat<T>()) {
    return toBytes(formatFloat64(<f64>value));
  } else {
    if (idof<T>() != idof<Uint8Array>()) ERROR("a transaction function must return a string, a number, bool, Uint8Array or void");
    return changetype<Uint8Array>(value);
  }
}
