import { hasFailed } from "./failure";
import * as host from "./host";
import { NONE } from "./host";
import { HistoryIterator, Page, StateIterator } from "./iterators";
import { Pairs } from "./pairs";
import { CompositeKey, KeyValue } from "./records";
import {
  bytesMapResult, isDone, optionalBytesListResult, optionalBytesResult, textListResult, textResult,
} from "./registers";
import { toBytes } from "./utf8";

/** The chaincode's part of the world state. Reads see the committed state, not the transaction's own writes. */
export abstract class State {
  /** The value of a key, null when it does not exist. */
  getState(key: string): Uint8Array | null {
    const k = toBytes(key);
    return optionalBytesResult(hasFailed() ? NONE : host.get_state(k.dataStart, k.length));
  }

  /** The values of several keys, in their order. */
  getStates(keys: string[]): Array<Uint8Array | null> {
    return optionalBytesListResult(hasFailed() ? NONE : host.get_states(Pairs.ofTexts(keys).start, keys.length));
  }

  /** Sets a key. */
  putState(key: string, value: Uint8Array): void {
    const k = toBytes(key);
    isDone(hasFailed() ? NONE : host.put_state(k.dataStart, k.length, value.dataStart, value.length));
  }

  /** Sets several keys, in their order, up to the first that is refused. */
  putStates(entries: KeyValue[]): void {
    isDone(hasFailed() ? NONE : host.put_states(Pairs.ofEntries(entries).start, entries.length));
  }

  /** Removes a key. */
  deleteState(key: string): void {
    const k = toBytes(key);
    isDone(hasFailed() ? NONE : host.delete_state(k.dataStart, k.length));
  }

  /** Removes several keys, in their order, up to the first that is refused. */
  deleteStates(keys: string[]): void {
    isDone(hasFailed() ? NONE : host.delete_states(Pairs.ofTexts(keys).start, keys.length));
  }

  /** What is committed about a key beside its value. */
  getStateMetadata(key: string): Map<string, Uint8Array> {
    const k = toBytes(key);
    return bytesMapResult(hasFailed() ? NONE : host.get_state_metadata(k.dataStart, k.length));
  }

  /** The key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`. */
  getStateValidationParameter(key: string): Uint8Array | null {
    const k = toBytes(key);
    return optionalBytesResult(hasFailed() ? NONE : host.get_state_validation_parameter(k.dataStart, k.length));
  }

  /** Gives a key its own endorsement policy; an empty one takes it away. */
  setStateValidationParameter(key: string, policy: Uint8Array): void {
    const k = toBytes(key);
    isDone(hasFailed() ? NONE : host.set_state_validation_parameter(k.dataStart, k.length, policy.dataStart, policy.length));
  }

  /** Simple keys from `start` to before `end`; empty ones mean the first and the end. */
  getStateByRange(start: string, end: string): StateIterator {
    const s = toBytes(start), e = toBytes(end);
    return new StateIterator(hasFailed() ? NONE : host.get_state_by_range(s.dataStart, s.length, e.dataStart, e.length));
  }

  /**
   * At most `pageSize` keys of such a range, from the bookmark on unless it is empty. A transaction that asks for pages may
   * write nothing.
   */
  getStateByRangeWithPagination(start: string, end: string, pageSize: u32, bookmark: string): Page {
    const s = toBytes(start), e = toBytes(end), b = toBytes(bookmark);
    const filled = hasFailed()
      ? NONE
      : host.get_state_by_range_with_pagination(s.dataStart, s.length, e.dataStart, e.length, pageSize, b.dataStart, b.length);
    return new Page(filled);
  }

  /** Composite keys that begin with these parts. */
  getStateByPartialCompositeKey(objectType: string, attributes: string[]): StateIterator {
    const t = toBytes(objectType);
    const filled = hasFailed()
      ? NONE
      : host.get_state_by_partial_composite_key(t.dataStart, t.length, Pairs.ofTexts(attributes).start, attributes.length);
    return new StateIterator(filled);
  }

  /** A page of these. */
  getStateByPartialCompositeKeyWithPagination(objectType: string, attributes: string[], pageSize: u32, bookmark: string): Page {
    const t = toBytes(objectType), b = toBytes(bookmark);
    const filled = hasFailed()
      ? NONE
      : host.get_state_by_partial_composite_key_with_pagination(
          t.dataStart, t.length, Pairs.ofTexts(attributes).start, attributes.length, pageSize, b.dataStart, b.length,
        );
    return new Page(filled);
  }

  /** A page of all composite keys of the chaincode. */
  getAllStatesCompositeKeyWithPagination(pageSize: u32, bookmark: string): Page {
    const b = toBytes(bookmark);
    return new Page(hasFailed() ? NONE : host.get_all_states_composite_key_with_pagination(pageSize, b.dataStart, b.length));
  }

  /** Joins parts to a composite key. */
  createCompositeKey(objectType: string, attributes: string[]): string {
    const t = toBytes(objectType);
    const filled = hasFailed()
      ? NONE
      : host.create_composite_key(t.dataStart, t.length, Pairs.ofTexts(attributes).start, attributes.length);
    return textResult(filled);
  }

  /** The object type and the attributes of a composite key. */
  splitCompositeKey(key: string): CompositeKey {
    const k = toBytes(key);
    return compositeKey(hasFailed() ? NONE : host.split_composite_key(k.dataStart, k.length));
  }

  /** A query in the language of the state database. */
  getQueryResult(query: string): StateIterator {
    const q = toBytes(query);
    return new StateIterator(hasFailed() ? NONE : host.get_query_result(q.dataStart, q.length));
  }

  /** A page of it. */
  getQueryResultWithPagination(query: string, pageSize: u32, bookmark: string): Page {
    const q = toBytes(query), b = toBytes(bookmark);
    const filled = hasFailed()
      ? NONE
      : host.get_query_result_with_pagination(q.dataStart, q.length, pageSize, b.dataStart, b.length);
    return new Page(filled);
  }

  /** Committed modifications of a key, newest first. */
  getHistoryForKey(key: string): HistoryIterator {
    const k = toBytes(key);
    return new HistoryIterator(hasFailed() ? NONE : host.get_history_for_key(k.dataStart, k.length));
  }
}

function compositeKey(filled: i32): CompositeKey {
  const parts = textListResult(filled);
  const objectType = parts.length ? parts.shift() : "";
  return new CompositeKey(objectType, parts);
}
