## Every way to misbehave, and a list of numbers as JSON.

import std/[strutils, volatile]
import fabric

var place: uint64

proc touch(number: uint64): uint64 =
  ## The same number, which the compiler cannot know.
  volatileStore(addr place, number)
  volatileLoad(addr place)

proc echo(ctx: Context, value: Json[seq[uint64]]): Json[seq[uint64]] {.evaluate: "Echo".} =
  value

proc panicWith(ctx: Context, message: string) {.submit: "Panic".} =
  raise newException(AssertionDefect, message)

proc endless(ctx: Context) {.submit: "Loop".} =
  while true: discard touch(0)

proc eatMemory(ctx: Context) {.submit: "EatMemory".} =
  var eaten: seq[string]
  while true: eaten.add repeat('x', 1 shl 20)

proc recurse(depth: uint64): uint64 =
  let next = touch(depth + 1)
  if next == 0: 0'u64 else: recurse(next) xor touch(next)

proc recurseFrom(ctx: Context, depth: uint64): uint64 {.submit: "Recurse".} =
  recurse(depth)

proc large(ctx: Context, bytes: uint64): string {.evaluate: "Large".} =
  repeat('x', bytes.int)

proc holdIterators(ctx: Context, count: uint64) {.submit: "HoldIterators".} =
  var held: seq[StateIterator]
  for _ in 1'u64 .. count: held.add ctx.getStateByRange("", "")
