// JSON. Its texts are written with template strings and `quote`, and read as a tree of values.

import { isDigit, parseInteger } from "./numbers";

/** How deep values may be nested. */
const MAX_DEPTH: i32 = 128;

const HEX = "0123456789abcdef";

/** A text as JSON, in quotation marks. */
export function quote(text: string): string {
  let quoted = '"';
  let begin = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code != 0x22 && code != 0x5c) continue;
    quoted += text.substring(begin, i) + escape(code);
    begin = i + 1;
  }
  return quoted + text.substring(begin) + '"';
}

function escape(code: i32): string {
  switch (code) {
    case 0x08: return "\\b";
    case 0x09: return "\\t";
    case 0x0a: return "\\n";
    case 0x0c: return "\\f";
    case 0x0d: return "\\r";
    case 0x22: return '\\"';
    case 0x5c: return "\\\\";
    default: return "\\u00" + HEX.charAt(code >> 4) + HEX.charAt(code & 15);
  }
}

/** What a value is. */
export enum JsonKind {
  Null,
  Boolean,
  Number,
  Text,
  Array,
  Object,
}

/** A value that was read. */
@final
export class JsonValue {
  constructor(
    public kind: JsonKind,
    /** Content of a text, digits of a number, "true" or "false". */
    public text: string = "",
    /** Elements of an array, values of an object. */
    public items: JsonValue[] = [],
    /** Names of an object's values. */
    public keys: string[] = [],
  ) {}

  /** Reads a text; null when it is no JSON. */
  static parse(text: string): JsonValue | null {
    const reader = new Reader(text);
    const value = reader.value(0);
    return value && reader.isAtEnd() ? value : null;
  }

  /** A value of an object, null when it is not there. */
  get(key: string): JsonValue | null {
    const at = this.keys.lastIndexOf(key);
    return at < 0 ? null : this.items[at];
  }

  /** Whether it is a whole number of the type. */
  isInteger<T>(): bool {
    if (this.kind != JsonKind.Number) return false;
    // Others, such as 1.0 or 1e3, would be written in another way.
    return parseInteger<T>(this.text).toString() == this.text;
  }

  /** The whole number that it is, 0 when it is none. */
  integer<T>(): T {
    return this.isInteger<T>() ? parseInteger<T>(this.text) : 0;
  }
}

@final
class Reader {
  private at: i32 = 0;

  constructor(private json: string) {}

  /** Whether only white space is left. */
  isAtEnd(): bool {
    this.skipSpace();
    return this.at == this.json.length;
  }

  value(depth: i32): JsonValue | null {
    if (depth == MAX_DEPTH) return null;
    this.skipSpace();
    switch (this.peek()) {
      case 0x22: {
        const text = this.string();
        return text === null ? null : new JsonValue(JsonKind.Text, text);
      }
      case 0x5b: return this.array(depth);
      case 0x7b: return this.object(depth);
      case 0x66: return this.word("false", JsonKind.Boolean);
      case 0x6e: return this.word("null", JsonKind.Null);
      case 0x74: return this.word("true", JsonKind.Boolean);
      default: return this.number();
    }
  }

  private array(depth: i32): JsonValue | null {
    const value = new JsonValue(JsonKind.Array);
    this.at++;
    if (this.accept("]")) return value;
    do {
      const item = this.value(depth + 1);
      if (!item) return null;
      value.items.push(item);
    } while (this.accept(","));
    return this.accept("]") ? value : null;
  }

  private object(depth: i32): JsonValue | null {
    const value = new JsonValue(JsonKind.Object);
    this.at++;
    if (this.accept("}")) return value;
    do {
      this.skipSpace();
      const key = this.string();
      if (key === null || !this.accept(":")) return null;
      const item = this.value(depth + 1);
      if (!item) return null;
      value.keys.push(key);
      value.items.push(item);
    } while (this.accept(","));
    return this.accept("}") ? value : null;
  }

  private word(word: string, kind: JsonKind): JsonValue | null {
    if (!this.json.startsWith(word, this.at)) return null;
    this.at += word.length;
    return new JsonValue(kind, word);
  }

  private number(): JsonValue | null {
    const begin = this.at;
    this.take(0x2d);
    if (!this.take(0x30) && !this.digits()) return null;
    if (this.take(0x2e) && !this.digits()) return null;
    if (this.take(0x65) || this.take(0x45)) {
      if (!this.take(0x2b)) this.take(0x2d);
      if (!this.digits()) return null;
    }
    return new JsonValue(JsonKind.Number, this.json.substring(begin, this.at));
  }

  private string(): string | null {
    if (!this.take(0x22)) return null;
    let text = "";
    let begin = this.at;
    while (true) {
      const code = this.peek();
      if (code < 0x20) return null;
      if (code != 0x22 && code != 0x5c) {
        this.at++;
        continue;
      }
      text += this.json.substring(begin, this.at++);
      if (code == 0x22) return text;
      const escaped = this.escaped();
      if (escaped < 0) return null;
      text += String.fromCharCode(escaped);
      begin = this.at;
    }
  }

  /** The character that an escape stands for, below 0 for none. */
  private escaped(): i32 {
    const code = this.peek();
    this.at++;
    switch (code) {
      case 0x22:
      case 0x2f:
      case 0x5c: return code;
      case 0x62: return 0x08;
      case 0x66: return 0x0c;
      case 0x6e: return 0x0a;
      case 0x72: return 0x0d;
      case 0x74: return 0x09;
      case 0x75: break;
      default: return -1;
    }
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const digit = this.peek();
      if (isDigit(digit)) value = (value << 4) | (digit - 0x30);
      else if ((digit | 0x20) >= 0x61 && (digit | 0x20) <= 0x66) value = (value << 4) | ((digit | 0x20) - 0x57);
      else return -1;
      this.at++;
    }
    return value;
  }

  private digits(): bool {
    const begin = this.at;
    while (isDigit(this.peek())) this.at++;
    return this.at > begin;
  }

  /** The next character, below 0 at the end. */
  private peek(): i32 {
    return this.at < this.json.length ? this.json.charCodeAt(this.at) : -1;
  }

  private take(code: i32): bool {
    if (this.peek() != code) return false;
    this.at++;
    return true;
  }

  private accept(character: string): bool {
    this.skipSpace();
    return this.take(character.charCodeAt(0));
  }

  private skipSpace(): void {
    while (this.take(0x20) || this.take(0x0a) || this.take(0x0d) || this.take(0x09)) {}
  }
}
