## Text: UTF-8, numbers, hexadecimal.

import std/unicode

proc characterSize(bytes: string, at: int): int =
  ## The length of a character; of a faulty one, minus the length of the part that could have begun a character.
  let first = bytes[at].uint8
  if first < 0x80: return 1
  if first < 0xc2 or first > 0xf4: return -1
  let size = if first < 0xe0: 2 elif first < 0xf0: 3 else: 4
  # No overlong forms, no surrogates, nothing beyond U+10FFFF.
  var low = if first == 0xe0: 0xa0'u8 elif first == 0xf0: 0x90'u8 else: 0x80'u8
  var high = if first == 0xed: 0x9f'u8 elif first == 0xf4: 0x8f'u8 else: 0xbf'u8
  for i in 1 ..< size:
    if at + i >= bytes.len or bytes[at + i].uint8 notin low .. high: return -i
    low = 0x80
    high = 0xbf
  size

proc isUtf8*(bytes: string): bool =
  ## Whether bytes are text in UTF-8.
  var at = 0
  while at < bytes.len:
    let size = characterSize(bytes, at)
    if size < 0: return false
    at += size
  true

proc lossy*(bytes: string): string =
  ## Bytes as text; what is not UTF-8 becomes U+FFFD.
  var at = 0
  while at < bytes.len:
    let size = characterSize(bytes, at)
    if size > 0: result.add bytes[at ..< at + size] else: result.add "\uFFFD"
    at += abs(size)

proc hexadecimal*(bytes: string): string =
  ## Bytes in hexadecimal.
  const digits = "0123456789abcdef"
  for value in bytes:
    result.add digits[value.ord shr 4]
    result.add digits[value.ord and 15]

proc parseInteger*[T: SomeInteger](text: string, value: var T): bool =
  ## Reads an integer in decimal. False when the text is none, or none of this type.
  var at = 0
  let isNegative = T is SomeSignedInt and text.len > 0 and text[0] == '-'
  if isNegative or (text.len > 0 and text[0] == '+'): at = 1
  if at == text.len: return false
  let largest = T.high.uint64 + isNegative.uint64
  var magnitude = 0'u64
  for i in at ..< text.len:
    if text[i] notin {'0' .. '9'}: return false
    let digit = text[i].uint64 - '0'.uint64
    if magnitude > largest div 10 or digit > largest - magnitude * 10: return false
    magnitude = magnitude * 10 + digit
  value = cast[T](if isNegative: 0'u64 - magnitude else: magnitude)
  true

proc addCharacter*(text: var string, code: int32) =
  ## Appends the character with this code in UTF-8.
  text.add Rune(code).toUTF8
