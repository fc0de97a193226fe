/**
 * The contract's own part of the world state, as the current transaction simulates it.
 *
 * Reads see the committed state and not the transaction's own writes. All functions return false and set the error where the
 * peer refuses.
 */
#ifndef FABRIC_STATE_H
#define FABRIC_STATE_H

#include "text.h"

/** A point in time. */
typedef struct fabric_timestamp {
    /** Since 1970-01-01 00:00:00 UTC. */
    int64_t seconds;
    uint32_t nanoseconds;
} fabric_timestamp;

/** One page of a query. */
typedef struct fabric_page {
    /** How many keys the page has. */
    uint32_t fetched_records_count;
    /** Where the next page begins; empty after the last one. */
    fabric_bytes bookmark;
} fabric_page;

/**
 * Keys in ascending byte order with their values.
 *
 *     fabric_key_value entry;
 *     while (fabric_state_next(&found, &entry)) ...
 *     if (!fabric_state_close(&found)) return false;
 */
typedef struct fabric_state_iterator {
    int32_t handle;
    bool is_open;
    fabric_key_value current;
    fabric_bytes error;
} fabric_state_iterator;

/** One committed modification of a key. */
typedef struct fabric_key_modification {
    fabric_bytes tx_id;
    fabric_bytes value;
    fabric_timestamp timestamp;
    bool is_delete;
} fabric_key_modification;

/** Committed modifications of one key, newest first; used like fabric_state_iterator. */
typedef struct fabric_history_iterator {
    int32_t handle;
    bool is_open;
    fabric_key_modification current;
    fabric_bytes error;
} fabric_history_iterator;

/** The next entry, valid until the next step; false after the last one and on failure. Either closes the iterator. */
bool fabric_state_next(fabric_state_iterator *iterator, fabric_key_value *entry);

/** Closes the iterator, unless it is closed already. False if a step has failed. */
bool fabric_state_close(fabric_state_iterator *iterator);

/** The next modification, valid until the next step; false after the last one and on failure. Either closes the iterator. */
bool fabric_history_next(fabric_history_iterator *iterator, fabric_key_modification *modification);

/** Closes the iterator, unless it is closed already. False if a step has failed. */
bool fabric_history_close(fabric_history_iterator *iterator);

/** The value of a key. It does not fabric_exists() when the key does not. */
bool fabric_get_state(fabric_bytes key, fabric_bytes *value);

/** The values of several keys, in their order. */
bool fabric_get_states(fabric_list keys, fabric_list *values);

/** Sets a key, which must not be empty. */
bool fabric_put_state(fabric_bytes key, fabric_bytes value);

/** Sets several keys, in their order, up to the first that is refused. */
bool fabric_put_states(fabric_key_values entries);

/** Removes a key. */
bool fabric_delete_state(fabric_bytes key);

/** Removes several keys, in their order, up to the first that is refused. */
bool fabric_delete_states(fabric_list keys);

/** What is committed about a key beside its value, sorted by name. */
bool fabric_get_state_metadata(fabric_bytes key, fabric_key_values *metadata);

/** The key's own endorsement policy, a marshalled common.SignaturePolicyEnvelope, if it has one. */
bool fabric_get_state_validation_parameter(fabric_bytes key, fabric_bytes *policy);

/** From its commit on, changes of the key need endorsements that meet this policy. An empty one removes it. */
bool fabric_set_state_validation_parameter(fabric_bytes key, fabric_bytes policy);

/** Simple keys from `start` to before `end`; empty ones mean the first and the end. Composite keys are never among them. */
bool fabric_get_state_by_range(fabric_bytes start, fabric_bytes end, fabric_state_iterator *found);

/**
 * At most `page_size` keys of such a range, from the bookmark on unless it is empty. A transaction that asks for pages may
 * write nothing.
 */
bool fabric_get_state_by_range_with_pagination(fabric_bytes start, fabric_bytes end, uint32_t page_size,
                                               fabric_bytes bookmark, fabric_state_iterator *found,
                                               fabric_page *page);

/** All composite keys that begin with these parts. */
bool fabric_get_state_by_partial_composite_key(fabric_bytes object_type, fabric_list attributes,
                                               fabric_state_iterator *found);

/** A page of these. */
bool fabric_get_state_by_partial_composite_key_with_pagination(fabric_bytes object_type, fabric_list attributes,
                                                               uint32_t page_size, fabric_bytes bookmark,
                                                               fabric_state_iterator *found, fabric_page *page);

/** A page of all composite keys of the chaincode. */
bool fabric_get_all_states_composite_key_with_pagination(uint32_t page_size, fabric_bytes bookmark,
                                                         fabric_state_iterator *found, fabric_page *page);

/** Joins parts to a composite key. Neither may contain U+0000 or U+10FFFF. */
bool fabric_create_composite_key(fabric_bytes object_type, fabric_list attributes, fabric_bytes *key);

/** The parts of a composite key. */
bool fabric_split_composite_key(fabric_bytes key, fabric_bytes *object_type, fabric_list *attributes);

/** A query in the language of the state database; an error where the database has none. */
bool fabric_get_query_result(fabric_bytes query, fabric_state_iterator *found);

/** A page of it. */
bool fabric_get_query_result_with_pagination(fabric_bytes query, uint32_t page_size, fabric_bytes bookmark,
                                             fabric_state_iterator *found, fabric_page *page);

/** Committed modifications of a key. */
bool fabric_get_history_for_key(fabric_bytes key, fabric_history_iterator *found);

#endif
