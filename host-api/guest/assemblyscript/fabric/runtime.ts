// What lies between the peer and the contract's functions. The compiler's plug-in makes the module that uses it.

import { Arguments } from "./arguments";
import { takeFailure } from "./failure";
import * as host from "./host";
import { bytesListResult } from "./registers";
import { encode, toBytes, toText } from "./utf8";

/** The first block for the host: it may want one before the module's start, and only there the heap learns where it begins. */
const FIRST_BLOCK = memory.data(0x10000, 16);
let isFirst: bool = true;

/** The host keeps results in such blocks. Nothing is freed: an instance lives for one call. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (!isFirst || size > 0x10000) return heap.alloc(size);
  isFirst = false;
  return FIRST_BLOCK;
}

/** Answers a call with what the function of that name gives; null when there is none. */
export function run(call: (name: string, args: Arguments) => Uint8Array | null): i32 {
  const values = bytesListResult(host.args());
  const name = values.length ? toText(values.shift()) : "";
  const payload = call(name, new Arguments(values));
  const failure = payload ? takeFailure() : `Function ${name} not found in contract`;
  const answer = failure ? toBytes(failure) : payload!;
  host.set_response(answer.dataStart, answer.length);
  return failure ? 1 : 0;
}

/** The compiler calls this where a program cannot go on, as at `throw`. */
export function onAbort(message: string | null, file: string | null, line: u32, column: u32): void {
  const text = encode(`${message ? message : "no message"}, ${file ? file : "?"}:${line}:${column}`);
  host.abort(changetype<usize>(text), text.byteLength);
  unreachable();
}

/** The compiler calls this for `trace`. */
export function onTrace(message: string, n: i32 = 0, a: f64 = 0, b: f64 = 0, c: f64 = 0, d: f64 = 0, e: f64 = 0): void {
  const numbers: f64[] = [a, b, c, d, e];
  let line = message;
  for (let i = 0; i < min(n, numbers.length); i++) line += " " + numbers[i].toString();
  const text = toBytes(line);
  host.log(0, text.dataStart, text.length);
}
