## The transaction being simulated: its ledger, its proposal, its event and its log.

import std/options
import host, json

export host.ContractError, host.refuse

type
  Context* = object
    ## The transaction. Reads see the committed state, not the transaction's own writes.

  KeyValue* = tuple[key, value: string]

  Timestamp* = object
    seconds*: int64 ## since 1970-01-01 00:00:00 UTC
    nanoseconds*: uint32

  KeyModification* = object
    ## A committed modification of a key.
    txId*: string
    value*: string
    timestamp*: Timestamp
    isDelete*: bool

  StateIteratorObj = object
    handle: int32
  StateIterator* = ref StateIteratorObj
    ## Keys in ascending order with their values: `for key, value in ctx.getStateByRange("", "")`. Closed when it is no longer used.

  HistoryIteratorObj = object
    handle: int32
  HistoryIterator* = ref HistoryIteratorObj
    ## Modifications of a key, newest first. Closed when it is no longer used.

  Page* = object
    ## A page of a query.
    entries*: StateIterator
    fetchedRecordsCount*: uint32 ## How many keys the page has.
    bookmark*: string ## Where the next page begins; empty after the last one.

  CompositeKey* = object
    objectType*: string
    attributes*: seq[string]

  ChaincodeResponse* = object
    status*: int32 ## 200 for success, 400 and above for failures.
    message*: string
    payload*: string

proc `=destroy`(entries: var StateIteratorObj) =
  callVoid("state_iterator_close", entries.handle)

proc `=destroy`(modifications: var HistoryIteratorObj) =
  callVoid("history_iterator_close", modifications.handle)

iterator items*(entries: StateIterator): KeyValue =
  ## The keys with their values.
  while call("state_iterator_next", entries.handle) != notFound:
    yield (registerText(0), registerText(1))

iterator pairs*(entries: StateIterator): (string, string) =
  ## The same, for loops over key and value.
  for entry in entries: yield (entry.key, entry.value)

iterator items*(modifications: HistoryIterator): KeyModification =
  ## The modifications.
  while call("history_iterator_next", modifications.handle) != notFound:
    yield KeyModification(
      txId: registerText(0),
      value: registerText(1),
      timestamp: Timestamp(seconds: registerNumber(2), nanoseconds: registerNumber(3).uint32),
      isDelete: registerNumber(4) != 0)

proc stateIterator*(status: int32): StateIterator =
  ## The result of a call that returns an iterator.
  StateIterator(handle: registerNumber(0).int32)

proc page(status: int32): Page =
  Page(entries: stateIterator(status), fetchedRecordsCount: registerNumber(1).uint32, bookmark: registerText(2))

proc text(status: int32): string =
  registerText(0)

proc getState*(ctx: Context, key: string): Option[string] =
  ## The value of a key, none when it does not exist.
  optional call("get_state", key)

proc getJson*[T](ctx: Context, key: string, kind: typedesc[T]): Option[T] =
  ## The value of a key, read from JSON.
  let value = ctx.getState(key)
  if value.isSome: some(value.get.fromJson(T)) else: none(T)

proc getStates*(ctx: Context, keys: openArray[string]): seq[Option[string]] =
  ## The values of several keys, in their order.
  let keys = list(keys)
  optionals call("get_states", keys)

proc putState*(ctx: Context, key, value: string) =
  ## Sets a key.
  discard call("put_state", key, value)

proc putJson*[T](ctx: Context, key: string, value: T) =
  ## Sets a key to a value as JSON.
  ctx.putState(key, value.toJson)

proc putStates*(ctx: Context, entries: openArray[(string, string)]) =
  ## Sets several keys, in their order, up to the first that is refused.
  let entries = list(entries)
  discard call("put_states", entries)

proc deleteState*(ctx: Context, key: string) =
  ## Removes a key.
  discard call("delete_state", key)

proc deleteStates*(ctx: Context, keys: openArray[string]) =
  ## Removes several keys, in their order, up to the first that is refused.
  let keys = list(keys)
  discard call("delete_states", keys)

proc getStateMetadata*(ctx: Context, key: string): seq[(string, string)] =
  ## What is committed about a key beside its value: names and values.
  pairs call("get_state_metadata", key)

proc getStateValidationParameter*(ctx: Context, key: string): Option[string] =
  ## The key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`; none when it has none.
  optional call("get_state_validation_parameter", key)

proc setStateValidationParameter*(ctx: Context, key, policy: string) =
  ## Gives a key its own endorsement policy; an empty one takes it away.
  discard call("set_state_validation_parameter", key, policy)

proc getStateByRange*(ctx: Context, start, beyond: string): StateIterator =
  ## Simple keys from `start` to before `beyond`; empty ones mean the first and the end.
  stateIterator call("get_state_by_range", start, beyond)

proc getStateByRangeWithPagination*(ctx: Context, start, beyond: string, pageSize: uint32, bookmark: string): Page =
  ## At most `pageSize` keys of such a range, from the bookmark on unless it is empty. A transaction that asks for pages may write
  ## nothing.
  page call("get_state_by_range_with_pagination", start, beyond, pageSize, bookmark)

proc getStateByPartialCompositeKey*(ctx: Context, objectType: string, attributes: openArray[string]): StateIterator =
  ## Composite keys that begin with these parts.
  let attributes = list(attributes)
  stateIterator call("get_state_by_partial_composite_key", objectType, attributes)

proc getStateByPartialCompositeKeyWithPagination*(
    ctx: Context, objectType: string, attributes: openArray[string], pageSize: uint32, bookmark: string): Page =
  ## A page of these.
  let attributes = list(attributes)
  page call("get_state_by_partial_composite_key_with_pagination", objectType, attributes, pageSize, bookmark)

proc getAllStatesCompositeKeyWithPagination*(ctx: Context, pageSize: uint32, bookmark: string): Page =
  ## A page of all composite keys of the chaincode.
  page call("get_all_states_composite_key_with_pagination", pageSize, bookmark)

proc createCompositeKey*(ctx: Context, objectType: string, attributes: openArray[string]): string =
  ## Joins parts to a composite key. None of them may contain U+0000 or U+10FFFF.
  let attributes = list(attributes)
  text call("create_composite_key", objectType, attributes)

proc splitCompositeKey*(ctx: Context, key: string): CompositeKey =
  ## The parts of a composite key.
  let count = call("split_composite_key", key)
  CompositeKey(objectType: registerText(0), attributes: texts(1, count))

proc getQueryResult*(ctx: Context, query: string): StateIterator =
  ## A query in the language of the state database; an error where the database has none.
  stateIterator call("get_query_result", query)

proc getQueryResultWithPagination*(ctx: Context, query: string, pageSize: uint32, bookmark: string): Page =
  ## A page of it.
  page call("get_query_result_with_pagination", query, pageSize, bookmark)

proc getHistoryForKey*(ctx: Context, key: string): HistoryIterator =
  ## Committed modifications of a key, newest first.
  discard call("get_history_for_key", key)
  HistoryIterator(handle: registerNumber(0).int32)

proc invokeChaincode*(ctx: Context, name: string, args: openArray[string], channel = ""): ChaincodeResponse =
  ## Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction; on
  ## another it only reads. The first argument is the name of the function.
  let args = list(args)
  discard call("invoke_chaincode", name, args, channel)
  ChaincodeResponse(status: registerNumber(0).int32, message: registerText(1), payload: registerText(2))

proc setEvent*(ctx: Context, name, payload: string) =
  ## Sets the transaction's event; a second one replaces the first.
  discard call("set_event", name, payload)

proc txId*(ctx: Context): string =
  ## Identifier of the transaction.
  text call("tx_id")

proc channelId*(ctx: Context): string =
  ## The channel.
  text call("channel_id")

proc txTimestamp*(ctx: Context): Timestamp =
  ## The client's time, the same at every endorser. There is no other clock.
  discard call("tx_timestamp")
  Timestamp(seconds: registerNumber(0), nanoseconds: registerNumber(1).uint32)

proc args*(ctx: Context): seq[string] =
  ## All arguments, the function's name first.
  texts(0, call("args"))

proc transient*(ctx: Context): seq[(string, string)] =
  ## Data for the endorsers only, names and values; never recorded in the transaction.
  pairs call("transient")

proc creator*(ctx: Context): string =
  ## The creator as a marshalled `msp.SerializedIdentity`.
  text call("creator")

proc creatorMspId*(ctx: Context): string =
  ## The creator's organisation.
  text call("creator_msp_id")

proc creatorCertificate*(ctx: Context): string =
  ## The creator's X.509 certificate, PEM.
  text call("creator_certificate")

proc signedProposal*(ctx: Context): string =
  ## The proposal as the client signed it: a marshalled `protos.SignedProposal`.
  text call("signed_proposal")

proc binding*(ctx: Context): string =
  ## SHA-256 over the proposal's nonce, creator and epoch.
  text call("binding")

proc decorations*(ctx: Context): seq[(string, string)] =
  ## What the peer's decorators added to the proposal: names and values.
  pairs call("decorations")

proc logDebug*(ctx: Context, message: string) =
  ## A line for the chaincode's log, for developers.
  callVoid("log", 0'i32, message)

proc logInfo*(ctx: Context, message: string) =
  ## A line for the chaincode's log.
  callVoid("log", 1'i32, message)

proc logWarning*(ctx: Context, message: string) =
  ## A line for the chaincode's log about something unexpected.
  callVoid("log", 2'i32, message)

proc logError*(ctx: Context, message: string) =
  ## A line for the chaincode's log about a failure.
  callVoid("log", 3'i32, message)

proc abort*(ctx: Context, message: string) {.noreturn.} =
  ## Ends the call at once; the message reaches the client.
  panic message
