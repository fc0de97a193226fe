import { Context, toText } from "fabric";
import { List, entries, optional, optionals, page, pairs } from "./text";

@evaluate("Get")
function get(context: Context, key: string): string {
  return optional(context.getState(key));
}

@evaluate("GetMany")
function getMany(context: Context, keys: List): string {
  return optionals(context.getStates(keys.texts));
}

@submit("Put")
function put(context: Context, key: string, value: Uint8Array): void {
  context.putState(key, value);
}

@submit("PutMany")
function putMany(context: Context, entries: List): void {
  context.putStates(entries.entries);
}

@submit("PutAndGet")
function putAndGet(context: Context, key: string, value: Uint8Array): string {
  context.putState(key, value);
  return optional(context.getState(key));
}

@submit("Delete")
function deleteOne(context: Context, key: string): void {
  context.deleteState(key);
}

@submit("DeleteMany")
function deleteMany(context: Context, keys: List): void {
  context.deleteStates(keys.texts);
}

@evaluate("Metadata")
function metadata(context: Context, key: string): string {
  return pairs(context.getStateMetadata(key));
}

@evaluate("GetPolicy")
function getPolicy(context: Context, key: string): string {
  return optional(context.getStateValidationParameter(key));
}

@submit("SetPolicy")
function setPolicy(context: Context, key: string, policy: Uint8Array): void {
  context.setStateValidationParameter(key, policy);
}

@evaluate("Range")
function range(context: Context, start: string, end: string): string {
  return entries(context.getStateByRange(start, end));
}

@evaluate("RangePage")
function rangePage(context: Context, start: string, end: string, size: u32, bookmark: string): string {
  return page(context.getStateByRangeWithPagination(start, end, size, bookmark));
}

@evaluate("Composite")
function composite(context: Context, object_type: string, attributes: List): string {
  return context.createCompositeKey(object_type, attributes.texts).replaceAll("\0", "/");
}

@submit("PutComposite")
function putComposite(context: Context, object_type: string, attributes: List, value: Uint8Array): void {
  context.putState(context.createCompositeKey(object_type, attributes.texts), value);
}

@evaluate("Split")
function split(context: Context, key: string): string {
  const parts = context.splitCompositeKey(key);
  return parts.objectType + ":" + parts.attributes.join(",");
}

@evaluate("PartialRange")
function partialRange(context: Context, object_type: string, attributes: List): string {
  return entries(context.getStateByPartialCompositeKey(object_type, attributes.texts));
}

@evaluate("PartialPage")
function partialPage(context: Context, object_type: string, attributes: List, size: u32, bookmark: string): string {
  const from = bookmark.replaceAll("/", "\0");
  return page(context.getStateByPartialCompositeKeyWithPagination(object_type, attributes.texts, size, from));
}

@evaluate("CompositePage")
function compositePage(context: Context, size: u32, bookmark: string): string {
  return page(context.getAllStatesCompositeKeyWithPagination(size, bookmark.replaceAll("/", "\0")));
}

@evaluate("Query")
function richQuery(context: Context, query: string): string {
  return entries(context.getQueryResult(query));
}

@evaluate("QueryPage")
function queryPage(context: Context, query: string, size: u32, bookmark: string): string {
  return page(context.getQueryResultWithPagination(query, size, bookmark));
}

@evaluate("History")
function history(context: Context, key: string): string {
  const texts: string[] = [];
  const found = context.getHistoryForKey(key);
  for (let entry = found.next(); entry; entry = found.next()) {
    const text = entry.isDelete ? "deleted" : toText(entry.value);
    texts.push(`${entry.txId}@${entry.timestamp.seconds}=${text}`);
  }
  return texts.join(",");
}
