/**
 * Data of a collection, which only the peers of its member organisations hold. The ledger has the hashes.
 *
 * Whoever may not read or write the collection gets an error. Not available while the chaincode is initialised.
 */
#ifndef FABRIC_PRIVATE_DATA_H
#define FABRIC_PRIVATE_DATA_H

#include "state.h"

/** The value of a key. It does not fabric_exists() when the key does not. */
bool fabric_get_private_data(fabric_bytes collection, fabric_bytes key, fabric_bytes *value);

/** The values of several keys, in their order. */
bool fabric_get_private_data_multiple(fabric_bytes collection, fabric_list keys, fabric_list *values);

/** SHA-256 of a value, which every peer of the channel knows. */
bool fabric_get_private_data_hash(fabric_bytes collection, fabric_bytes key, fabric_bytes *hash);

/** Sets a key. */
bool fabric_put_private_data(fabric_bytes collection, fabric_bytes key, fabric_bytes value);

/** Sets several keys, in their order, up to the first that is refused. */
bool fabric_put_private_data_multiple(fabric_bytes collection, fabric_key_values entries);

/** Removes a key. */
bool fabric_delete_private_data(fabric_bytes collection, fabric_bytes key);

/** Removes a key together with its past values. */
bool fabric_purge_private_data(fabric_bytes collection, fabric_bytes key);

/** What is committed about a key beside its value, sorted by name. */
bool fabric_get_private_data_metadata(fabric_bytes collection, fabric_bytes key, fabric_key_values *metadata);

/** The key's own endorsement policy, if it has one. */
bool fabric_get_private_data_validation_parameter(fabric_bytes collection, fabric_bytes key, fabric_bytes *policy);

/** Gives a key its own endorsement policy; an empty one takes it away. */
bool fabric_set_private_data_validation_parameter(fabric_bytes collection, fabric_bytes key, fabric_bytes policy);

/** Simple keys from `start` to before `end`. A transaction that uses this or one of the next two may write nothing. */
bool fabric_get_private_data_by_range(fabric_bytes collection, fabric_bytes start, fabric_bytes end,
                                      fabric_state_iterator *found);

/** Composite keys that begin with these parts. */
bool fabric_get_private_data_by_partial_composite_key(fabric_bytes collection, fabric_bytes object_type,
                                                      fabric_list attributes, fabric_state_iterator *found);

/** A query in the language of the state database. */
bool fabric_get_private_data_query_result(fabric_bytes collection, fabric_bytes query, fabric_state_iterator *found);

#endif
