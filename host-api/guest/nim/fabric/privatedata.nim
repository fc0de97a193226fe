## Private data: only the peers of a collection's members hold it. Not available while the chaincode is initialised.

import std/options
import context, host

proc getPrivateData*(ctx: Context, collection, key: string): Option[string] =
  ## The value of a private key, none when it does not exist.
  optional call("get_private_data", collection, key)

proc getPrivateDataMultiple*(ctx: Context, collection: string, keys: openArray[string]): seq[Option[string]] =
  ## The values of several private keys, in their order.
  let keys = list(keys)
  optionals call("get_private_data_multiple", collection, keys)

proc getPrivateDataHash*(ctx: Context, collection, key: string): Option[string] =
  ## SHA-256 of a private value, which every peer of the channel knows.
  optional call("get_private_data_hash", collection, key)

proc putPrivateData*(ctx: Context, collection, key, value: string) =
  ## Sets a private key.
  discard call("put_private_data", collection, key, value)

proc putPrivateDataMultiple*(ctx: Context, collection: string, entries: openArray[(string, string)]) =
  ## Sets several private keys, in their order, up to the first that is refused.
  let entries = list(entries)
  discard call("put_private_data_multiple", collection, entries)

proc deletePrivateData*(ctx: Context, collection, key: string) =
  ## Removes a private key.
  discard call("delete_private_data", collection, key)

proc purgePrivateData*(ctx: Context, collection, key: string) =
  ## Removes a private key and its past values.
  discard call("purge_private_data", collection, key)

proc getPrivateDataMetadata*(ctx: Context, collection, key: string): seq[(string, string)] =
  ## What is committed about a private key beside its value: names and values.
  pairs call("get_private_data_metadata", collection, key)

proc getPrivateDataValidationParameter*(ctx: Context, collection, key: string): Option[string] =
  ## The private key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`; none when it has none.
  optional call("get_private_data_validation_parameter", collection, key)

proc setPrivateDataValidationParameter*(ctx: Context, collection, key, policy: string) =
  ## Gives a private key its own endorsement policy; an empty one takes it away.
  discard call("set_private_data_validation_parameter", collection, key, policy)

proc getPrivateDataByRange*(ctx: Context, collection, start, beyond: string): StateIterator =
  ## Simple private keys from `start` to before `beyond`. The transaction may write nothing.
  stateIterator call("get_private_data_by_range", collection, start, beyond)

proc getPrivateDataByPartialCompositeKey*(
    ctx: Context, collection, objectType: string, attributes: openArray[string]): StateIterator =
  ## Composite private keys that begin with these parts. The transaction may write nothing.
  let attributes = list(attributes)
  stateIterator call("get_private_data_by_partial_composite_key", collection, objectType, attributes)

proc getPrivateDataQueryResult*(ctx: Context, collection, query: string): StateIterator =
  ## A query in the language of the state database. The transaction may write nothing.
  stateIterator call("get_private_data_query_result", collection, query)
