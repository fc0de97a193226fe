import { Context, toHex } from "fabric";
import { List, entries, optional, optionals, pairs } from "./text";

@evaluate("PrivateGet")
function privateGet(context: Context, collection: string, key: string): string {
  return optional(context.getPrivateData(collection, key));
}

@evaluate("PrivateGetMany")
function privateGetMany(context: Context, collection: string, keys: List): string {
  return optionals(context.getPrivateDataMultiple(collection, keys.texts));
}

@evaluate("PrivateHash")
function privateHash(context: Context, collection: string, key: string): string {
  const hash = context.getPrivateDataHash(collection, key);
  return hash ? toHex(hash) : "<none>";
}

@submit("PrivatePut")
function privatePut(context: Context, collection: string, key: string, value: Uint8Array): void {
  context.putPrivateData(collection, key, value);
}

@submit("PrivatePutMany")
function privatePutMany(context: Context, collection: string, entries: List): void {
  context.putPrivateDataMultiple(collection, entries.entries);
}

@submit("PrivateDelete")
function privateDelete(context: Context, collection: string, key: string): void {
  context.deletePrivateData(collection, key);
}

@submit("PrivatePurge")
function privatePurge(context: Context, collection: string, key: string): void {
  context.purgePrivateData(collection, key);
}

@evaluate("PrivateMetadata")
function privateMetadata(context: Context, collection: string, key: string): string {
  return pairs(context.getPrivateDataMetadata(collection, key));
}

@evaluate("PrivateGetPolicy")
function privateGetPolicy(context: Context, collection: string, key: string): string {
  return optional(context.getPrivateDataValidationParameter(collection, key));
}

@submit("PrivateSetPolicy")
function privateSetPolicy(context: Context, collection: string, key: string, policy: Uint8Array): void {
  context.setPrivateDataValidationParameter(collection, key, policy);
}

@evaluate("PrivateRange")
function privateRange(context: Context, collection: string, start: string, end: string): string {
  return entries(context.getPrivateDataByRange(collection, start, end));
}

@evaluate("PrivatePartialRange")
function privatePartialRange(context: Context, collection: string, object_type: string, attributes: List): string {
  return entries(context.getPrivateDataByPartialCompositeKey(collection, object_type, attributes.texts));
}

@evaluate("PrivateQuery")
function privateQuery(context: Context, collection: string, query: string): string {
  return entries(context.getPrivateDataQueryResult(collection, query));
}
