// Lists as the peer wants them: addresses and lengths one after the other.

import { KeyValue } from "./records";
import { addressOf, encode } from "./utf8";

/** Addresses and lengths in memory. */
@final
export class Pairs {
  private words: StaticArray<u32>;
  private at: i32 = 0;

  private constructor(count: i32) {
    this.words = new StaticArray<u32>(2 * count);
  }

  /** Texts. */
  static ofTexts(texts: string[]): Pairs {
    const pairs = new Pairs(texts.length);
    for (let i = 0; i < texts.length; i++) pairs.addText(texts[i]);
    return pairs;
  }

  /** Bytes. */
  static ofBytes(list: Uint8Array[]): Pairs {
    const pairs = new Pairs(list.length);
    for (let i = 0; i < list.length; i++) pairs.add(list[i].dataStart, list[i].length);
    return pairs;
  }

  /** Keys with values, two pairs each. */
  static ofEntries(entries: KeyValue[]): Pairs {
    const pairs = new Pairs(2 * entries.length);
    for (let i = 0; i < entries.length; i++) {
      pairs.addText(entries[i].key);
      pairs.add(entries[i].value.dataStart, entries[i].value.length);
    }
    return pairs;
  }

  /** Where they begin. */
  get start(): usize {
    return changetype<usize>(this.words);
  }

  private addText(text: string): void {
    const buffer = encode(text);
    this.add(addressOf(buffer), buffer.byteLength);
  }

  private add(start: usize, length: i32): void {
    this.words[this.at++] = <u32>start;
    this.words[this.at++] = <u32>length;
  }
}
