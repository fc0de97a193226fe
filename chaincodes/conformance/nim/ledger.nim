## World state.

import std/strutils
import fabric
import notation

proc get(ctx: Context, key: string): string {.evaluate: "Get".} =
  ctx.getState(key).shown

proc getMany(ctx: Context, keys: List): string {.evaluate: "GetMany".} =
  ctx.getStates(keys.texts).shown

proc put(ctx: Context, key: string, value: Bytes) {.submit: "Put".} =
  ctx.putState(key, value)

proc putMany(ctx: Context, entries: List) {.submit: "PutMany".} =
  ctx.putStates(entries.entries)

proc putAndGet(ctx: Context, key: string, value: Bytes): string {.submit: "PutAndGet".} =
  ctx.putState(key, value)
  ctx.getState(key).shown

proc delete(ctx: Context, key: string) {.submit: "Delete".} =
  ctx.deleteState(key)

proc deleteMany(ctx: Context, keys: List) {.submit: "DeleteMany".} =
  ctx.deleteStates(keys.texts)

proc metadata(ctx: Context, key: string): string {.evaluate: "Metadata".} =
  ctx.getStateMetadata(key).shown

proc getPolicy(ctx: Context, key: string): string {.evaluate: "GetPolicy".} =
  ctx.getStateValidationParameter(key).shown

proc setPolicy(ctx: Context, key: string, policy: Bytes) {.submit: "SetPolicy".} =
  ctx.setStateValidationParameter(key, policy)

proc range(ctx: Context, start, beyond: string): string {.evaluate: "Range".} =
  ctx.getStateByRange(start, beyond).shown

proc rangePage(ctx: Context, start, beyond: string, size: uint32, bookmark: string): string {.evaluate: "RangePage".} =
  ctx.getStateByRangeWithPagination(start, beyond, size, bookmark).shown

proc composite(ctx: Context, object_type: string, attributes: List): string {.evaluate: "Composite".} =
  ctx.createCompositeKey(object_type, attributes.texts).slashed

proc putComposite(ctx: Context, object_type: string, attributes: List, value: Bytes) {.submit: "PutComposite".} =
  ctx.putState(ctx.createCompositeKey(object_type, attributes.texts), value)

proc splitKey(ctx: Context, key: string): string {.evaluate: "Split".} =
  let parts = ctx.splitCompositeKey(key)
  parts.objectType & ":" & parts.attributes.join(",")

proc partialRange(ctx: Context, object_type: string, attributes: List): string {.evaluate: "PartialRange".} =
  ctx.getStateByPartialCompositeKey(object_type, attributes.texts).shown

proc partialPage(
    ctx: Context, object_type: string, attributes: List, size: uint32, bookmark: string): string {.evaluate: "PartialPage".} =
  ctx.getStateByPartialCompositeKeyWithPagination(object_type, attributes.texts, size, bookmark.unslashed).shown

proc compositePage(ctx: Context, size: uint32, bookmark: string): string {.evaluate: "CompositePage".} =
  ctx.getAllStatesCompositeKeyWithPagination(size, bookmark.unslashed).shown

proc query(ctx: Context, query: string): string {.evaluate: "Query".} =
  ctx.getQueryResult(query).shown

proc queryPage(ctx: Context, query: string, size: uint32, bookmark: string): string {.evaluate: "QueryPage".} =
  ctx.getQueryResultWithPagination(query, size, bookmark).shown

proc history(ctx: Context, key: string): string {.evaluate: "History".} =
  var found: seq[string]
  for entry in ctx.getHistoryForKey(key):
    let value = if entry.isDelete: "deleted" else: entry.value.lossy
    found.add entry.txId & "@" & $entry.timestamp.seconds & "=" & value
  found.join(",")
