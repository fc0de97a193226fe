## my-contract: values under keys.

import fabric

proc put(ctx: Context, key, value: string) {.submit: "Put".} =
  ## Sets a key.
  ctx.putState(key, value)

proc get(ctx: Context, key: string): string {.evaluate: "Get".} =
  ## The value of a key.
  let value = ctx.getState(key)
  if value.isNone: refuse key & " does not exist"
  value.get

exportContract()
