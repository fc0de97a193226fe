## How arguments and results are written.

import std/[sequtils, strutils]
import fabric

type List* = distinct seq[string]
  ## Texts joined by commas.

template kindOf*(kind: typedesc[List]): string = "list"

proc parseArgument*(argument: string, value: var List): bool =
  value = List(argument.split(',').filterIt(it.len > 0))
  argument.isUtf8

proc texts*(list: List): seq[string] =
  seq[string](list)

proc entries*(list: List): seq[(string, string)] =
  ## `key=value` each.
  for text in list.texts:
    let parts = text.split('=', 1)
    result.add (parts[0], if parts.len > 1: parts[1] else: "")

proc slashed*(text: string): string =
  ## Separators of composite keys are shown as `/`.
  text.replace('\0', '/')

proc unslashed*(text: string): string =
  text.replace('/', '\0')

proc shown*(value: Option[string]): string =
  if value.isSome: value.get.lossy else: "<none>"

proc shown*(values: seq[Option[string]]): string =
  values.mapIt(it.shown).join(",")

proc shown*(pairs: seq[(string, string)]): string =
  pairs.mapIt(it[0] & "=" & it[1].lossy).join(",")

proc shown*(found: StateIterator): string =
  var pairs: seq[(string, string)]
  for key, value in found: pairs.add (key, value)
  pairs.shown.slashed

proc shown*(page: Page): string =
  page.entries.shown & "|" & $page.fetchedRecordsCount & "|" & page.bookmark.slashed
