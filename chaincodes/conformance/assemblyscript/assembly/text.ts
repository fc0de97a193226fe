// How arguments and results are written.

import { Argument, KeyValue, Page, StateIterator, toBytes, toText } from "fabric";

/** Texts joined by commas. */
export class List extends Argument {
  texts: string[] = [];

  get kind(): string {
    return "list";
  }

  parse(text: string): bool {
    const parts = text.split(",");
    for (let i = 0; i < parts.length; i++) {
      if (parts[i].length) this.texts.push(parts[i]);
    }
    return true;
  }

  /** `key=value` each. */
  get entries(): KeyValue[] {
    const entries: KeyValue[] = [];
    for (let i = 0; i < this.texts.length; i++) {
      const text = this.texts[i];
      const at = text.indexOf("=");
      const key = at < 0 ? text : text.substring(0, at);
      entries.push(new KeyValue(key, toBytes(at < 0 ? "" : text.substring(at + 1))));
    }
    return entries;
  }
}

export function optional(value: Uint8Array | null): string {
  return value ? toText(value) : "<none>";
}

export function optionals(values: Array<Uint8Array | null>): string {
  const texts: string[] = [];
  for (let i = 0; i < values.length; i++) texts.push(optional(values[i]));
  return texts.join(",");
}

export function pairs(fields: Map<string, Uint8Array>): string {
  const names = fields.keys();
  const texts: string[] = [];
  for (let i = 0; i < names.length; i++) texts.push(names[i] + "=" + toText(fields.get(names[i])));
  return texts.join(",");
}

/** Separators of composite keys are shown as `/`. */
export function entries(found: StateIterator): string {
  const texts: string[] = [];
  for (let entry = found.next(); entry; entry = found.next()) texts.push(entry.key + "=" + toText(entry.value));
  return texts.join(",").replaceAll("\0", "/");
}

export function page(found: Page): string {
  return `${entries(found.entries)}|${found.fetchedRecordsCount}|${found.bookmark.replaceAll("\0", "/")}`;
}
