## From a call to the contract's functions.

import std/[macros, parseutils, strutils]
import context, host, json, text

type Bytes* = distinct string
  ## An argument of any bytes; one of type `string` must be text in UTF-8.

converter toString*(bytes: Bytes): string =
  ## The bytes.
  bytes.string

type Registered = tuple[kind, name: string, params: seq[(string, string)], handler: string]

var registered {.compileTime.}: seq[Registered]

# What an argument must be, for error texts.
template kindOf*(kind: typedesc[Bytes]): string = "bytes"
template kindOf*(kind: typedesc[string]): string = "text"
template kindOf*(kind: typedesc[bool]): string = "boolean"
template kindOf*(kind: typedesc[SomeInteger]): string = "integer"
template kindOf*(kind: typedesc[float64]): string = "number"
template kindOf*[T](kind: typedesc[Json[T]]): string = "JSON"

proc parseArgument*(argument: string, value: var Bytes): bool =
  ## Reads an argument; false when it is not of the type. Contracts may add types: with another proc of this name, and a template
  ## `kindOf` that says what the argument must be.
  value = argument.Bytes
  true

proc parseArgument*(argument: string, value: var string): bool =
  ## Text in UTF-8.
  value = argument
  argument.isUtf8

proc parseArgument*(argument: string, value: var bool): bool =
  ## `true` or `false`.
  value = argument == "true"
  value or argument == "false"

proc parseArgument*[T: SomeInteger](argument: string, value: var T): bool =
  ## An integer in decimal.
  parseInteger(argument, value)

proc parseArgument*(argument: string, value: var float64): bool =
  ## A finite number in decimal.
  argument.contains(Digits) and argument.allCharsInSet(Digits + {'+', '-', '.', 'e', 'E'}) and
    parseFloat(argument, value) == argument.len

proc parseArgument*[T](argument: string, value: var Json[T]): bool =
  ## A value as JSON.
  try:
    value.value = argument.fromJson(T)
    true
  except ContractError:
    false

proc argumentOf*[T](args: seq[string], index: int, name: string, kind: typedesc[T]): T =
  ## An argument, which the error calls by this name.
  mixin kindOf, parseArgument
  if not parseArgument(args[index], result):
    let trouble =
      if args[index].isUtf8: "Cannot convert passed value " & args[index] & " to " & kindOf(T)
      else: "Passed value is not valid UTF-8"
    refuse "Error managing parameter " & name & ". " & trouble

proc expectCount*(args: seq[string], expected: int) =
  ## Refuses any other number of arguments.
  if args.len != expected:
    refuse "Incorrect number of params. Expected " & $expected & ", received " & $args.len

# What transaction functions may return, as the response's payload.
proc payloadOf*(value: string): string = value
proc payloadOf*(value: bool | SomeInteger): string = $value
proc payloadOf*[T](value: Json[T]): string = value.value.toJson

proc register(kind, name: string, function: NimNode): NimNode =
  ## The function, and a proc that calls it with arguments of the right types.
  let handler = "fabricHandler" & name
  let args = ident"args"
  let call = newCall(function.name, newCall(bindSym"Context"))
  var params: seq[(string, string)]
  for definitions in function.params[2 .. ^1]:
    for param in definitions[0 .. ^3]:
      let kind = definitions[^2]
      call.add newCall(bindSym"argumentOf", args, newLit(params.len), newLit(param.strVal), kind)
      params.add (param.strVal, kind.repr)
  let expected = newLit(params.len)
  let answer =
    if function.params[0].kind == nnkEmpty: newStmtList(call, newLit(""))
    else: newCall(bindSym"payloadOf", call)
  let handlerName = postfix(ident(handler), "*")
  registered.add (kind, name, params, handler)
  quote do:
    `function`
    proc `handlerName`(`args`: seq[string]): string =
      expectCount(`args`, `expected`)
      `answer`

macro submit*(name: static string, function: untyped): untyped =
  ## Marks a transaction function that writes: `proc createAsset(ctx: Context, id: string) {.submit: "CreateAsset".}`.
  ##
  ## Its arguments may be text (`string`), `Bytes`, `bool`, integers, `float64`, `Json[T]` and the contract's own types; their
  ## names appear in error texts. It returns nothing, a `string`, `bool`, an integer or `Json[T]`.
  register("submit", name, function)

macro evaluate*(name: static string, function: untyped): untyped =
  ## Marks a transaction function that only reads.
  register("evaluate", name, function)

var response: string

proc NimMain() {.importc.}

proc answer*(function: proc (name: string, args: seq[string]): string {.nimcall.}): int32 =
  ## Answers a call, be it one that initialises the chaincode or not.
  NimMain()
  try:
    let args = Context().args
    response = function(args[0], args[1 .. ^1])
  except CatchableError as error:
    response = error.msg
    result = 1
  except Defect as defect:
    panic defect.msg
  callVoid("set_response", response)

proc section(): NimNode =
  ## Puts the list of functions into the file.
  var lines = ""
  for (kind, name, params, _) in registered:
    var shown: seq[string]
    for (param, kind) in params: shown.add param & ": " & kind
    lines.add kind & " " & name & "(" & shown.join(", ") & ")\\\\n"
  let place = ".section \\\".custom_section.fabric:chaincode/functions\\\",\\\"\\\",@\\n"
  let assembly = "__asm__(\"" & place & ".ascii \\\"" & lines & "\\\"\\n\");"
  nnkPragma.newTree(newColonExpr(ident"emit", newLit(assembly)))

macro exportContract*(): untyped =
  ## Ends a contract: exports what the peer calls. Modules with transaction functions must be imported before.
  let (name, args) = (ident"name", ident"args")
  let choice = nnkCaseStmt.newTree(name)
  for function in registered:
    choice.add nnkOfBranch.newTree(newLit(function.name), newCall(ident(function.handler), args))
  choice.add nnkElse.newTree(quote do:
    refuse "Function " & `name` & " not found in contract")
  let list = section()
  quote do:
    `list`
    proc callFunction(`name`: string, `args`: seq[string]): string =
      `choice`
    proc invoke(): int32 {.exportc, codegenDecl: "__attribute__((export_name(\"invoke\"))) $# $#$#".} =
      answer(callFunction)
