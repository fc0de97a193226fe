## Smart contracts for Hyperledger Fabric in Nim, compiled to WebAssembly.
##
## .. code-block:: nim
##   import fabric
##
##   proc setGreeting(ctx: Context, text: string) {.submit: "SetGreeting".} =
##     ctx.putState("greeting", text)
##
##   proc greeting(ctx: Context): string {.evaluate: "Greeting".} =
##     let value = ctx.getState("greeting")
##     if value.isNone: refuse "no greeting yet"
##     value.get
##
##   exportContract()
##
## Every call runs in a fresh instance: nothing in memory outlives it. Errors are exceptions: the message of a `ContractError`, or
## of any other `CatchableError`, becomes the response's message; a `Defect` ends the call at once. Strings hold bytes: values of
## keys are strings, whatever is in them. Mind that `int` has 32 bits here, so arguments are better `int64`.

import std/options
import fabric/[clientidentity, context, contract, crypto, json, privatedata, text]

export options, clientidentity, context, contract, crypto, json, privatedata, text
