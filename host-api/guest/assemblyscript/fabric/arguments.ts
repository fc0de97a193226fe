import { empty, hasFailed, setFailure } from "./failure";
import { isNumber, parseFloat64, parseInteger } from "./numbers";
import { isUtf8, toText } from "./utf8";

/** A type of one's own for parameters of transaction functions. The class must have a constructor without parameters. */
export abstract class Argument {
  /** What an argument must be, for error texts: "list", "JSON". */
  abstract get kind(): string;
  /** Takes the argument's text; false when it does not fit. */
  abstract parse(text: string): bool;
}

/** The arguments of a call, taken one after the other. */
@final
export class Arguments {
  private at: i32 = 0;

  constructor(private values: Uint8Array[]) {}

  /** Refuses any other number of them. */
  expect(count: i32): void {
    const received = this.values.length;
    if (received != count) setFailure(`Incorrect number of params. Expected ${count}, received ${received}`);
  }

  /** The next argument, which the error calls `name`. */
  next<T>(name: string): T {
    if (hasFailed()) return empty<T>();
    const value = this.values[this.at++];
    if (isReference<T>() && !isString<T>()) {
      if (idof<T>() == idof<Uint8Array>()) return changetype<T>(value);
    }
    if (!isUtf8(value)) {
      setFailure(`Error managing parameter ${name}. Passed value is not valid UTF-8`);
      return empty<T>();
    }
    const text = toText(value);
    if (isString<T>()) {
      return changetype<T>(text);
    } else if (isBoolean<T>()) {
      if (text != "true" && text != "false") refuse(name, text, "boolean");
      return <T>(text == "true");
    } else if (isInteger<T>()) {
      const number = parseInteger<T>(text);
      if (!isNumber) refuse(name, text, "integer");
      return number;
    } else if (isFloat<T>()) {
      const number = <T>parseFloat64(text);
      if (!isNumber) refuse(name, text, "number");
      return number;
    } else {
      const argument = instantiate<T>();
      if (!(argument instanceof Argument)) ERROR("a parameter's type must be a string, a number, bool, Uint8Array or an Argument");
      if (!argument.parse(text)) refuse(name, text, argument.kind);
      return argument;
    }
  }
}

function refuse(name: string, text: string, kind: string): void {
  setFailure(`Error managing parameter ${name}. Cannot convert passed value ${text} to ${kind}`);
}
