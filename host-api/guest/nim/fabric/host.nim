## The peer's functions as they are imported, and the registers that hold their results. Contracts use `context`.

import std/[macros, options]
import memory

type
  ContractError* = object of CatchableError
    ## Why a transaction function refuses. The message becomes the response's message at the client.

  Slice = object
    address: pointer
    length: int32

  List* = object
    ## A list as the peer wants it: addresses and lengths, and how many elements there are.
    slices: seq[Slice]
    count: int32

const
  notFound* = -1'i32 ## What a function of the peer returns that found nothing.
  failed = -2'i32 ## What one returns that failed; register 0 has the message.

proc refuse*(message: string) {.noreturn.} =
  ## Ends the transaction function with an error.
  raise newException(ContractError, message)

proc address*(bytes: string): pointer =
  ## Where the bytes of a string are.
  if bytes.len > 0: unsafeAddr bytes[0] else: nil

proc slice(bytes: string): Slice =
  Slice(address: bytes.address, length: bytes.len.int32)

proc list*(parts: openArray[string]): List =
  ## A list of texts or bytes, which must live as long as it.
  for part in parts: result.slices.add part.slice
  result.count = parts.len.int32

proc list*(entries: openArray[(string, string)]): List =
  ## A list of keys with their values, which must live as long as it.
  for i in 0 ..< entries.len:
    result.slices.add entries[i][0].slice
    result.slices.add entries[i][1].slice
  result.count = entries.len.int32

proc address*(list: List): pointer =
  ## Where the elements of a list are.
  if list.count > 0: unsafeAddr list.slices[0] else: nil

proc len*(list: List): int32 =
  ## How many elements a list has.
  list.count

proc imported(name: string, returned: NimNode, args: NimNode): NimNode =
  ## Declares an import and calls it, with strings and lists as address and length, and numbers as they are.
  let function = ident("fabric_" & name)
  let call = newCall(function)
  var params = @[returned]
  for arg in args:
    if arg.getTypeInst.sameType(bindSym"string") or arg.getTypeInst.sameType(bindSym"List"):
      params.add newIdentDefs(ident("p" & $params.len), bindSym"pointer")
      call.add newCall(bindSym"address", arg)
      params.add newIdentDefs(ident("p" & $params.len), bindSym"int32")
      call.add newCall(bindSym"int32", newCall(ident"len", arg))
    else:
      params.add newIdentDefs(ident("p" & $params.len), bindSym"int32")
      call.add newCall(bindSym"int32", arg)
  let place = "__attribute__((import_module(\"fabric_v1\"), import_name(\"" & name & "\"))) $# $#$#"
  let pragmas = nnkPragma.newTree(
    newColonExpr(ident"importc", newLit("fabric_v1_" & name)), newColonExpr(ident"codegenDecl", newLit(place)))
  let declaration = newProc(function, params, newEmptyNode(), pragmas = pragmas)
  newBlockStmt(newStmtList(declaration, call))

macro callRegister*(name: static string, register: int32): untyped =
  ## Calls a function that returns a number as it is.
  let returned = if name == "register_number": bindSym"int64" else: bindSym"int32"
  imported(name, returned, newTree(nnkArgList, register))

macro callVoid*(name: static string, args: varargs[typed]): untyped =
  ## Calls a function that returns nothing.
  imported(name, newEmptyNode(), args)

proc registerRead(register: int32, destination: pointer) {.importc: "fabric_v1_register_read", codegenDecl:
  "__attribute__((import_module(\"fabric_v1\"), import_name(\"register_read\"))) $# $#$#".}

proc registerOptional*(register: int32): Option[string] =
  ## The bytes of a register; none when they are absent.
  let length = callRegister("register_len", register)
  if length < 0: return none(string)
  var bytes = newString(length)
  if length > 0: registerRead(register, addr bytes[0])
  some(bytes)

proc registerText*(register: int32): string =
  ## The bytes of a register; empty when they are absent.
  registerOptional(register).get("")

proc registerNumber*(register: int32): int64 =
  ## The number in a register.
  callRegister("register_number", register)

proc checked*(status: int32): int32 =
  ## What a function returned, unless that is an error.
  if status == failed: refuse registerText(0)
  status

macro call*(name: static string, args: varargs[typed]): untyped =
  ## Calls the peer's function of this name. The result is how many registers it filled, or `notFound`; an error is raised.
  newCall(bindSym"checked", imported(name, bindSym"int32", args))

proc optional*(status: int32): Option[string] =
  ## The result of a call that returns bytes or nothing.
  if status == notFound: none(string) else: registerOptional(0)

proc optionals*(status: int32): seq[Option[string]] =
  ## The result of a call that returns several bytes or nothings.
  for register in 0'i32 ..< status: result.add registerOptional(register)

proc texts*(first, beyond: int32): seq[string] =
  ## The bytes of registers from the first one to before the last.
  for register in first ..< beyond: result.add registerText(register)

proc pairs*(status: int32): seq[(string, string)] =
  ## The result of a call that returns names and values.
  for register in countup(0'i32, status - 2, 2'i32): result.add (registerText(register), registerText(register + 1))

proc panic*(message: string) {.noreturn.} =
  ## Ends the call at once; the client gets "chaincode panicked: MESSAGE".
  callVoid("abort", message)
  {.emit: "__builtin_trap();".}
