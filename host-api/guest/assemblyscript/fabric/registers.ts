// What the peer's functions answered, read from its registers.

import { empty, setFailure } from "./failure";
import { REFUSED, register_len, register_number, register_read } from "./host";
import { addressOf } from "./utf8";

/** Whether a call has a result; what it was refused with becomes the failure. */
export function isDone(filled: i32): bool {
  if (filled == REFUSED) setFailure(textOf(0));
  return filled >= 0;
}

/** The bytes in a register. */
export function bytesOf(register: i32): Uint8Array {
  return Uint8Array.wrap(buffer(register));
}

/** The bytes in a register, null when it has none. */
export function optionalBytesOf(register: i32): Uint8Array | null {
  return register_len(register) < 0 ? null : bytesOf(register);
}

/** The text in a register. */
export function textOf(register: i32): string {
  return String.UTF8.decode(buffer(register));
}

/** The number in a register. */
// @ts-ignore: decorator
@inline
export function numberOf(register: i32): i64 {
  return register_number(register);
}

function buffer(register: i32): ArrayBuffer {
  const content = new ArrayBuffer(max(0, register_len(register)));
  register_read(register, addressOf(content));
  return content;
}

/** A result that is bytes. */
export function bytesResult(filled: i32): Uint8Array {
  return isDone(filled) ? bytesOf(0) : empty<Uint8Array>();
}

/** A result that is bytes or nothing. */
export function optionalBytesResult(filled: i32): Uint8Array | null {
  return isDone(filled) ? bytesOf(0) : null;
}

/** A result that is a text. */
export function textResult(filled: i32): string {
  return isDone(filled) ? textOf(0) : "";
}

/** A result that is a text or nothing. */
export function optionalTextResult(filled: i32): string | null {
  return isDone(filled) ? textOf(0) : null;
}

/** A result that is a list of bytes. */
export function bytesListResult(filled: i32): Uint8Array[] {
  const list: Uint8Array[] = [];
  if (isDone(filled)) {
    for (let i = 0; i < filled; i++) list.push(bytesOf(i));
  }
  return list;
}

/** A result that is a list of bytes, some of which may be missing. */
export function optionalBytesListResult(filled: i32): Array<Uint8Array | null> {
  const list: Array<Uint8Array | null> = [];
  if (isDone(filled)) {
    for (let i = 0; i < filled; i++) list.push(optionalBytesOf(i));
  }
  return list;
}

/** A result that is a list of texts. */
export function textListResult(filled: i32): string[] {
  const list: string[] = [];
  if (isDone(filled)) {
    for (let i = 0; i < filled; i++) list.push(textOf(i));
  }
  return list;
}

/** A result that is names with bytes. */
export function bytesMapResult(filled: i32): Map<string, Uint8Array> {
  const map = new Map<string, Uint8Array>();
  if (isDone(filled)) {
    for (let i = 0; i < filled; i += 2) map.set(textOf(i), bytesOf(i + 1));
  }
  return map;
}

/** A result that is names with texts. */
export function textMapResult(filled: i32): Map<string, string> {
  const map = new Map<string, string>();
  if (isDone(filled)) {
    for (let i = 0; i < filled; i += 2) map.set(textOf(i), textOf(i + 1));
  }
  return map;
}
