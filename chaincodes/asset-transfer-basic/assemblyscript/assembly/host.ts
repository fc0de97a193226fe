// The calls of the WIT package fabric:chaincode, in the component model's canonical ABI: strings and lists travel as address and
// length, results are written to an address the caller gives.

@external("fabric:chaincode/state@1.0.0", "get-state")
declare function get_state(key: usize, keyLength: i32, result: usize): void;
@external("fabric:chaincode/state@1.0.0", "put-state")
declare function put_state(key: usize, keyLength: i32, value: usize, valueLength: i32, result: usize): void;
@external("fabric:chaincode/state@1.0.0", "delete-state")
declare function delete_state(key: usize, keyLength: i32, result: usize): void;
@external("fabric:chaincode/state@1.0.0", "get-state-by-range")
declare function get_state_by_range(start: usize, startLength: i32, end: usize, endLength: i32, result: usize): void;
@external("fabric:chaincode/state@1.0.0", "[method]state-iterator.next")
declare function iterator_next(iterator: i32, result: usize): void;
@external("fabric:chaincode/state@1.0.0", "[resource-drop]state-iterator")
declare function iterator_drop(iterator: i32): void;
@external("fabric:chaincode/transaction@1.0.0", "set-event")
declare function set_event(name: usize, nameLength: i32, payload: usize, payloadLength: i32, result: usize): void;
@external("fabric:chaincode/diagnostics@1.0.0", "abort")
declare function host_abort(message: usize, messageLength: i32): void;

/** Where the host writes results of imports. The largest, an iterator's next, takes 24 bytes. */
const IMPORTED = memory.data(32);
/** Where this contract leaves results of its exports. */
const EXPORTED = memory.data(16);

/** Bytes somewhere in memory. */
@final
export class Bytes {
  constructor(
    public start: usize,
    public length: i32,
  ) {}

  static of(text: string): Bytes {
    const buffer = String.UTF8.encode(text);
    return new Bytes(changetype<usize>(buffer), buffer.byteLength);
  }

  toString(): string {
    return String.UTF8.decodeUnsafe(this.start, this.length);
  }
}

/** What a function of the contract gives back: a payload, or an error text. */
@final
export class Response {
  constructor(
    public payload: Bytes,
    public failed: bool = false,
  ) {}

  static empty(): Response {
    return new Response(new Bytes(0, 0));
  }

  static text(text: string): Response {
    return new Response(Bytes.of(text));
  }

  static error(text: string): Response {
    return new Response(Bytes.of(text), true);
  }

  /** Lays the response out as result<list<u8>, string>. */
  lower(): usize {
    store<u8>(EXPORTED, this.failed ? 1 : 0);
    store<u32>(EXPORTED, <u32>this.payload.start, 4);
    store<u32>(EXPORTED, this.payload.length, 8);
    return EXPORTED;
  }
}

/** The error of the last call, null when it succeeded. */
export let failure: Response | null = null;

function check(): bool {
  failure = load<u8>(IMPORTED) ? new Response(new Bytes(load<u32>(IMPORTED, 4), load<i32>(IMPORTED, 8)), true) : null;
  return failure === null;
}

/** The value of a key; null when it does not exist, or the call failed. */
export function getState(key: Bytes): Bytes | null {
  get_state(key.start, key.length, IMPORTED);
  if (!check() || !load<u8>(IMPORTED, 4)) return null;
  return new Bytes(load<u32>(IMPORTED, 8), load<i32>(IMPORTED, 12));
}

export function putState(key: Bytes, value: Bytes): bool {
  put_state(key.start, key.length, value.start, value.length, IMPORTED);
  return check();
}

export function deleteState(key: Bytes): bool {
  delete_state(key.start, key.length, IMPORTED);
  return check();
}

export function setEvent(name: Bytes, payload: Bytes): bool {
  set_event(name.start, name.length, payload.start, payload.length, IMPORTED);
  return check();
}

/** The values of all simple keys in order; null when a call failed. */
export function allValues(): Bytes[] | null {
  get_state_by_range(0, 0, 0, 0, IMPORTED);
  if (!check()) return null;
  const iterator = load<i32>(IMPORTED, 4);
  const values: Bytes[] = [];
  for (;;) {
    iterator_next(iterator, IMPORTED);
    if (!check()) return null;
    if (!load<u8>(IMPORTED, 4)) break;
    values.push(new Bytes(load<u32>(IMPORTED, 16), load<i32>(IMPORTED, 20)));
  }
  iterator_drop(iterator);
  return values;
}

/** The compiler calls this where a program cannot go on. */
export function onAbort(message: string | null, file: string | null, line: u32, column: u32): void {
  const text = Bytes.of(`${message ? message : "no message"}, ${file ? file : "?"}:${line}:${column}`);
  host_abort(text.start, text.length);
  unreachable();
}
