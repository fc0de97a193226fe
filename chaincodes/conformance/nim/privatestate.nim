## Private data.

import fabric
import notation

proc privateGet(ctx: Context, collection, key: string): string {.evaluate: "PrivateGet".} =
  ctx.getPrivateData(collection, key).shown

proc privateGetMany(ctx: Context, collection: string, keys: List): string {.evaluate: "PrivateGetMany".} =
  ctx.getPrivateDataMultiple(collection, keys.texts).shown

proc privateHash(ctx: Context, collection, key: string): string {.evaluate: "PrivateHash".} =
  let hash = ctx.getPrivateDataHash(collection, key)
  if hash.isSome: hash.get.hexadecimal else: hash.shown

proc privatePut(ctx: Context, collection, key: string, value: Bytes) {.submit: "PrivatePut".} =
  ctx.putPrivateData(collection, key, value)

proc privatePutMany(ctx: Context, collection: string, entries: List) {.submit: "PrivatePutMany".} =
  ctx.putPrivateDataMultiple(collection, entries.entries)

proc privateDelete(ctx: Context, collection, key: string) {.submit: "PrivateDelete".} =
  ctx.deletePrivateData(collection, key)

proc privatePurge(ctx: Context, collection, key: string) {.submit: "PrivatePurge".} =
  ctx.purgePrivateData(collection, key)

proc privateMetadata(ctx: Context, collection, key: string): string {.evaluate: "PrivateMetadata".} =
  ctx.getPrivateDataMetadata(collection, key).shown

proc privateGetPolicy(ctx: Context, collection, key: string): string {.evaluate: "PrivateGetPolicy".} =
  ctx.getPrivateDataValidationParameter(collection, key).shown

proc privateSetPolicy(ctx: Context, collection, key: string, policy: Bytes) {.submit: "PrivateSetPolicy".} =
  ctx.setPrivateDataValidationParameter(collection, key, policy)

proc privateRange(ctx: Context, collection, start, beyond: string): string {.evaluate: "PrivateRange".} =
  ctx.getPrivateDataByRange(collection, start, beyond).shown

proc privatePartialRange(
    ctx: Context, collection, object_type: string, attributes: List): string {.evaluate: "PrivatePartialRange".} =
  ctx.getPrivateDataByPartialCompositeKey(collection, object_type, attributes.texts).shown

proc privateQuery(ctx: Context, collection, query: string): string {.evaluate: "PrivateQuery".} =
  ctx.getPrivateDataQueryResult(collection, query).shown
