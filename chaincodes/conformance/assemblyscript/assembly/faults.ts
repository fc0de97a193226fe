import { Argument, Context, JsonKind, JsonValue, StateIterator } from "fabric";

/** A list of whole numbers in JSON. */
class Numbers extends Argument {
  values: u64[] = [];

  get kind(): string {
    return "JSON";
  }

  parse(text: string): bool {
    const json = JsonValue.parse(text);
    if (!json || json.kind != JsonKind.Array) return false;
    for (let i = 0; i < json.items.length; i++) {
      if (!json.items[i].isInteger<u64>()) return false;
      this.values.push(json.items[i].integer<u64>());
    }
    return true;
  }
}

@evaluate("Echo")
function echo(context: Context, value: Numbers): string {
  return "[" + value.values.join(",") + "]";
}

@submit("Panic")
function panic(context: Context, message: string): void {
  throw new Error(message);
}

@submit("Loop")
function endless(context: Context): void {
  while (true) {}
}

@submit("EatMemory")
function eatMemory(context: Context): u64 {
  let eaten: u64 = 0;
  while (true) eaten += new Uint8Array(1 << 20).fill(1).length;
  return eaten;
}

@submit("Recurse")
function recurseFrom(context: Context, depth: u64): u64 {
  return recurse(depth);
}

function recurse(depth: u64): u64 {
  return depth == u64.MAX_VALUE ? 0 : recurse(depth + 1) ^ depth;
}

@evaluate("Large")
function large(context: Context, bytes: u64): Uint8Array {
  return new Uint8Array(<i32>bytes).fill(0x78);
}

@submit("HoldIterators")
function holdIterators(context: Context, count: u64): void {
  const held: StateIterator[] = [];
  for (let i: u64 = 0; i < count && !context.hasFailed; i++) held.push(context.getStateByRange("", ""));
}
