// Results that are fetched one by one.

import { hasFailed } from "./failure";
import { history_iterator_close, history_iterator_next, state_iterator_close, state_iterator_next } from "./host";
import { KeyModification, KeyValue, Timestamp } from "./records";
import { bytesOf, isDone, numberOf, textOf } from "./registers";

/** No handle: nothing was opened, or it is closed. */
const CLOSED: i32 = -1;

/**
 * Keys in ascending order with their values:
 *
 *     for (let entry = found.next(); entry; entry = found.next()) ...
 *
 * It closes itself at its end; call `close` to leave it earlier.
 */
@final
export class StateIterator {
  private handle: i32;

  /** Over what a call has opened: register 0 is the handle. */
  constructor(filled: i32) {
    this.handle = isDone(filled) ? <i32>numberOf(0) : CLOSED;
  }

  /** The next key; null after the last one, and after a failure. */
  next(): KeyValue | null {
    if (this.handle == CLOSED || hasFailed()) return null;
    const filled = state_iterator_next(this.handle);
    if (isDone(filled)) return new KeyValue(textOf(0), bytesOf(1));
    this.close();
    return null;
  }

  /** Ends it; a second call does nothing. */
  close(): void {
    if (this.handle != CLOSED) state_iterator_close(this.handle);
    this.handle = CLOSED;
  }
}

/** Modifications of a key, newest first. Used like a `StateIterator`. */
@final
export class HistoryIterator {
  private handle: i32;

  /** Over what a call has opened: register 0 is the handle. */
  constructor(filled: i32) {
    this.handle = isDone(filled) ? <i32>numberOf(0) : CLOSED;
  }

  /** The next modification; null after the last one, and after a failure. */
  next(): KeyModification | null {
    if (this.handle == CLOSED || hasFailed()) return null;
    const filled = history_iterator_next(this.handle);
    if (isDone(filled)) {
      const time = new Timestamp(numberOf(2), <u32>numberOf(3));
      return new KeyModification(textOf(0), bytesOf(1), time, numberOf(4) != 0);
    }
    this.close();
    return null;
  }

  /** Ends it; a second call does nothing. */
  close(): void {
    if (this.handle != CLOSED) history_iterator_close(this.handle);
    this.handle = CLOSED;
  }
}

/** One page of a query. */
@final
export class Page {
  /** Its keys. */
  entries: StateIterator;
  /** How many they are. */
  fetchedRecordsCount: u32 = 0;
  /** Where the next page begins; empty after the last one. */
  bookmark: string = "";

  /** What a call has found. */
  constructor(filled: i32) {
    this.entries = new StateIterator(filled);
    if (filled >= 0) {
      this.fetchedRecordsCount = <u32>numberOf(1);
      this.bookmark = textOf(2);
    }
  }
}
