## JSON of integers, booleans, texts, sequences and objects.

import std/macros
import host, text

type Json*[T] = object
  ## A value as JSON, in arguments and responses.
  value*: T

template field*(name: string) {.pragma.}
  ## The name that a field of an object has in JSON, when it is another than in Nim: `id {.field: "ID".}: string`.

proc addText(json: var string, text: string) =
  json.add '"'
  for character in text:
    case character
    of '"': json.add "\\\""
    of '\\': json.add "\\\\"
    of '\b': json.add "\\b"
    of '\f': json.add "\\f"
    of '\n': json.add "\\n"
    of '\r': json.add "\\r"
    of '\t': json.add "\\t"
    elif character < ' ': json.add "\\u00" & hexadecimal($character)
    else: json.add character
  json.add '"'

proc addJson[T](json: var string, value: T) =
  when T is string: json.addText value
  elif T is SomeInteger | bool: json.add $value
  elif T is seq | array:
    json.add '['
    for i, element in value:
      if i > 0: json.add ','
      json.addJson element
    json.add ']'
  elif T is object:
    json.add '{'
    for name, member in value.fieldPairs:
      if json[^1] != '{': json.add ','
      when member.hasCustomPragma(field): json.addText member.getCustomPragmaVal(field)
      else: json.addText name
      json.add ':'
      json.addJson member
    json.add '}'
  else: {.error: "no JSON for " & $T.}

proc toJson*[T](value: T): string =
  ## A value as JSON, without white space. Fields of objects come in the order of their declaration.
  result.addJson value

const depthLimit = 128 ## How deep arrays and objects may lie in each other.

type Reader = object
  json: string
  at: int
  depth: int

proc fail(reader: Reader, reason = "invalid JSON") {.noreturn.} =
  refuse reason & " at byte " & $reader.at

proc next(reader: var Reader): char =
  ## The next character that is no white space; a zero byte at the end.
  while reader.at < reader.json.len and reader.json[reader.at] in {' ', '\n', '\r', '\t'}: inc reader.at
  if reader.at < reader.json.len: reader.json[reader.at] else: '\0'

proc accept(reader: var Reader, character: char): bool =
  result = reader.next == character
  if result: inc reader.at

proc expect(reader: var Reader, character: char) =
  if not reader.accept(character): reader.fail

proc word(reader: var Reader): string =
  ## The characters of a number, or of true, false or null.
  discard reader.next
  let begin = reader.at
  while reader.at < reader.json.len and reader.json[reader.at] in {'a' .. 'z', 'A' .. 'Z', '0' .. '9', '-', '+', '.'}: inc reader.at
  if reader.at == begin: reader.fail
  reader.json[begin ..< reader.at]

proc unit(reader: var Reader): int32 =
  ## Four hexadecimal digits.
  for _ in 1 .. 4:
    let character = if reader.at < reader.json.len: reader.json[reader.at] else: '\0'
    let digit =
      case character
      of '0' .. '9': character.ord - '0'.ord
      of 'a' .. 'f': character.ord - 'a'.ord + 10
      of 'A' .. 'F': character.ord - 'A'.ord + 10
      else: reader.fail
    result = result * 16 + digit.int32
    inc reader.at

proc escape(reader: var Reader, text: var string) =
  let letter = if reader.at < reader.json.len: reader.json[reader.at] else: '\0'
  inc reader.at
  case letter
  of '"', '\\', '/': text.add letter
  of 'b': text.add '\b'
  of 'f': text.add '\f'
  of 'n': text.add '\n'
  of 'r': text.add '\r'
  of 't': text.add '\t'
  of 'u':
    var code = reader.unit
    if (code and 0xfc00) == 0xdc00: reader.fail
    if (code and 0xfc00) == 0xd800:
      # Characters beyond U+FFFF are two escapes.
      if reader.json.len - reader.at < 6 or reader.json[reader.at .. reader.at + 1] != "\\u": reader.fail
      reader.at += 2
      let low = reader.unit
      if (low and 0xfc00) != 0xdc00: reader.fail
      code = 0x10000 + ((code and 0x3ff) shl 10) + (low and 0x3ff)
    text.addCharacter code
  else: reader.fail

proc text(reader: var Reader): string =
  reader.expect '"'
  while reader.at < reader.json.len:
    let character = reader.json[reader.at]
    inc reader.at
    if character == '"': return
    if character < ' ': reader.fail
    if character == '\\': reader.escape result else: result.add character
  reader.fail

proc skip(reader: var Reader) =
  ## Passes over a value of any kind.
  let first = reader.next
  if first == '"': discard reader.text
  elif first notin {'{', '['}: discard reader.word
  else:
    let last = if first == '{': '}' else: ']'
    inc reader.at
    inc reader.depth
    if reader.depth > depthLimit: reader.fail
    if not reader.accept(last):
      while true:
        if first == '{':
          discard reader.text
          reader.expect ':'
        reader.skip
        if not reader.accept(','): break
      reader.expect last
    dec reader.depth

proc readObject[T](reader: var Reader, value: var T)

proc read[T](reader: var Reader, value: var T) =
  when T is string: value = reader.text
  elif T is bool:
    case reader.word
    of "true": value = true
    of "false": value = false
    else: reader.fail
  elif T is SomeInteger:
    let digits = reader.word
    let isPadded = digits.len > 1 and (digits[0] == '+' or (digits[0] == '0') or (digits.len > 2 and digits[0 .. 1] == "-0"))
    if isPadded or not parseInteger(digits, value): reader.fail
  elif T is seq:
    reader.expect '['
    if reader.accept(']'): return
    while true:
      value.setLen value.len + 1
      reader.read value[^1]
      if not reader.accept(','): break
    reader.expect ']'
  elif T is object: reader.readObject value
  else: {.error: "no JSON for " & $T.}

proc readObject[T](reader: var Reader, value: var T) =
  var found: seq[string]
  reader.expect '{'
  if not reader.accept('}'):
    while true:
      let key = reader.text
      reader.expect ':'
      var isKnown = false
      for name, member in value.fieldPairs:
        const fieldName = when member.hasCustomPragma(field): member.getCustomPragmaVal(field) else: name
        if not isKnown and key == fieldName:
          isKnown = true
          reader.read member
      if isKnown: found.add key else: reader.skip
      if not reader.accept(','): break
    reader.expect '}'
  for name, member in value.fieldPairs:
    const fieldName = when member.hasCustomPragma(field): member.getCustomPragmaVal(field) else: name
    if fieldName notin found: reader.fail "missing field `" & fieldName & "`"

proc fromJson*[T](json: string, kind: typedesc[T]): T =
  ## Reads JSON. Fields that an object does not have are passed over; those that it has must be there.
  var reader = Reader(json: json)
  if not json.isUtf8: reader.fail
  reader.read result
  if reader.next != '\0' or reader.at != json.len: reader.fail
