import { hasFailed } from "./failure";
import * as host from "./host";
import { NONE } from "./host";
import { StateIterator } from "./iterators";
import { Pairs } from "./pairs";
import { KeyValue } from "./records";
import { bytesMapResult, isDone, optionalBytesListResult, optionalBytesResult } from "./registers";
import { State } from "./state";
import { toBytes } from "./utf8";

/** Private data: only the peers of a collection's members hold it. Not available while the chaincode is initialised. */
export abstract class PrivateData extends State {
  /** The value of a private key, null when it does not exist. */
  getPrivateData(collection: string, key: string): Uint8Array | null {
    const c = toBytes(collection), k = toBytes(key);
    return optionalBytesResult(hasFailed() ? NONE : host.get_private_data(c.dataStart, c.length, k.dataStart, k.length));
  }

  /** The values of several private keys, in their order. */
  getPrivateDataMultiple(collection: string, keys: string[]): Array<Uint8Array | null> {
    const c = toBytes(collection);
    const filled = hasFailed()
      ? NONE
      : host.get_private_data_multiple(c.dataStart, c.length, Pairs.ofTexts(keys).start, keys.length);
    return optionalBytesListResult(filled);
  }

  /** SHA-256 of a private value, which every peer of the channel knows. */
  getPrivateDataHash(collection: string, key: string): Uint8Array | null {
    const c = toBytes(collection), k = toBytes(key);
    return optionalBytesResult(hasFailed() ? NONE : host.get_private_data_hash(c.dataStart, c.length, k.dataStart, k.length));
  }

  /** Sets a private key. */
  putPrivateData(collection: string, key: string, value: Uint8Array): void {
    const c = toBytes(collection), k = toBytes(key);
    const filled = hasFailed()
      ? NONE
      : host.put_private_data(c.dataStart, c.length, k.dataStart, k.length, value.dataStart, value.length);
    isDone(filled);
  }

  /** Sets several private keys, in their order, up to the first that is refused. */
  putPrivateDataMultiple(collection: string, entries: KeyValue[]): void {
    const c = toBytes(collection);
    const filled = hasFailed()
      ? NONE
      : host.put_private_data_multiple(c.dataStart, c.length, Pairs.ofEntries(entries).start, entries.length);
    isDone(filled);
  }

  /** Removes a private key. */
  deletePrivateData(collection: string, key: string): void {
    const c = toBytes(collection), k = toBytes(key);
    isDone(hasFailed() ? NONE : host.delete_private_data(c.dataStart, c.length, k.dataStart, k.length));
  }

  /** Removes a private key and its past values. */
  purgePrivateData(collection: string, key: string): void {
    const c = toBytes(collection), k = toBytes(key);
    isDone(hasFailed() ? NONE : host.purge_private_data(c.dataStart, c.length, k.dataStart, k.length));
  }

  /** What is committed about a private key beside its value. */
  getPrivateDataMetadata(collection: string, key: string): Map<string, Uint8Array> {
    const c = toBytes(collection), k = toBytes(key);
    return bytesMapResult(hasFailed() ? NONE : host.get_private_data_metadata(c.dataStart, c.length, k.dataStart, k.length));
  }

  /** The private key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`. */
  getPrivateDataValidationParameter(collection: string, key: string): Uint8Array | null {
    const c = toBytes(collection), k = toBytes(key);
    const filled = hasFailed()
      ? NONE
      : host.get_private_data_validation_parameter(c.dataStart, c.length, k.dataStart, k.length);
    return optionalBytesResult(filled);
  }

  /** Gives a private key its own endorsement policy; an empty one takes it away. */
  setPrivateDataValidationParameter(collection: string, key: string, policy: Uint8Array): void {
    const c = toBytes(collection), k = toBytes(key);
    const filled = hasFailed()
      ? NONE
      : host.set_private_data_validation_parameter(c.dataStart, c.length, k.dataStart, k.length, policy.dataStart, policy.length);
    isDone(filled);
  }

  /** Simple private keys from `start` to before `end`. The transaction may write nothing. */
  getPrivateDataByRange(collection: string, start: string, end: string): StateIterator {
    const c = toBytes(collection), s = toBytes(start), e = toBytes(end);
    const filled = hasFailed()
      ? NONE
      : host.get_private_data_by_range(c.dataStart, c.length, s.dataStart, s.length, e.dataStart, e.length);
    return new StateIterator(filled);
  }

  /** Composite private keys that begin with these parts. The transaction may write nothing. */
  getPrivateDataByPartialCompositeKey(collection: string, objectType: string, attributes: string[]): StateIterator {
    const c = toBytes(collection), t = toBytes(objectType);
    const filled = hasFailed()
      ? NONE
      : host.get_private_data_by_partial_composite_key(
          c.dataStart, c.length, t.dataStart, t.length, Pairs.ofTexts(attributes).start, attributes.length,
        );
    return new StateIterator(filled);
  }

  /** A query in the language of the state database. The transaction may write nothing. */
  getPrivateDataQueryResult(collection: string, query: string): StateIterator {
    const c = toBytes(collection), q = toBytes(query);
    const filled = hasFailed()
      ? NONE
      : host.get_private_data_query_result(c.dataStart, c.length, q.dataStart, q.length);
    return new StateIterator(filled);
  }
}
