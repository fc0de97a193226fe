// Checks of arguments before a function runs, in the order of the parameters.

import { Bytes, Response } from "./host";

/** A parameter of a transaction function. */
@final
export class Parameter {
  constructor(
    public name: string,
    public isInteger: bool = false,
  ) {}
}

/** Why the arguments do not fit; null when they do. */
export function check(args: Bytes[], parameters: Parameter[]): Response | null {
  if (args.length != parameters.length) {
    return Response.error(`Incorrect number of params. Expected ${parameters.length}, received ${args.length}`);
  }
  for (let i = 0; i < args.length; i++) {
    const name = parameters[i].name;
    if (!isUtf8(args[i])) return Response.error(`Error managing parameter ${name}. Passed value is not valid UTF-8`);
    const text = args[i].toString();
    if (parameters[i].isInteger && !isInteger(text)) {
      return Response.error(`Error managing parameter ${name}. Cannot convert passed value ${text} to integer`);
    }
  }
  return null;
}

/** Whether the text is a 64-bit integer in decimal. */
function isInteger(text: string): bool {
  const negative = text.charAt(0) == "-";
  let at = negative || text.charAt(0) == "+" ? 1 : 0;
  if (at == text.length) return false;
  while (at < text.length - 1 && text.charAt(at) == "0") at++;
  const digits = text.substring(at);
  for (let i = 0; i < digits.length; i++) {
    if (!isDigit(digits.charCodeAt(i))) return false;
  }
  if (digits.length != 19) return digits.length < 19;
  return digits <= (negative ? "9223372036854775808" : "9223372036854775807");
}

export function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

function isUtf8(bytes: Bytes): bool {
  const end = bytes.start + bytes.length;
  let at = bytes.start;
  while (at < end) {
    const first = <u32>load<u8>(at++);
    if (first < 0x80) continue;
    if (first < 0xc2 || first > 0xf4) return false;
    const following = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (at + following > end) return false;
    let code = first & (0x3f >> following);
    for (let i = 0; i < following; i++) {
      const next = <u32>load<u8>(at++);
      if ((next & 0xc0) != 0x80) return false;
      code = (code << 6) | (next & 0x3f);
    }
    if (following == 2 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return false;
    if (following == 3 && (code < 0x10000 || code > 0x10ffff)) return false;
  }
  return true;
}
