#include "text.h"

static bool private_get(fabric_bytes collection, fabric_bytes key) {
    fabric_bytes value;
    return fabric_get_private_data(collection, key, &value) && fabric_respond(optional(value));
}
FABRIC_EVALUATE(PrivateGet, private_get, (string, collection), (string, key))

static bool private_get_many(fabric_bytes collection, fabric_list keys) {
    fabric_list values;
    return fabric_get_private_data_multiple(collection, keys, &values) && fabric_respond(joined(values));
}
FABRIC_EVALUATE(PrivateGetMany, private_get_many, (string, collection), (list, keys))

static bool private_hash(fabric_bytes collection, fabric_bytes key) {
    fabric_bytes hash;
    if (!fabric_get_private_data_hash(collection, key, &hash)) return false;
    return fabric_respond(optional(fabric_exists(hash) ? hexadecimal(hash) : hash));
}
FABRIC_EVALUATE(PrivateHash, private_hash, (string, collection), (string, key))

static bool private_put(fabric_bytes collection, fabric_bytes key, fabric_bytes value) {
    return fabric_put_private_data(collection, key, value);
}
FABRIC_SUBMIT(PrivatePut, private_put, (string, collection), (string, key), (bytes, value))

static bool private_put_many(fabric_bytes collection, fabric_list entries) {
    return fabric_put_private_data_multiple(collection, entries_of(entries));
}
FABRIC_SUBMIT(PrivatePutMany, private_put_many, (string, collection), (list, entries))

static bool private_delete(fabric_bytes collection, fabric_bytes key) {
    return fabric_delete_private_data(collection, key);
}
FABRIC_SUBMIT(PrivateDelete, private_delete, (string, collection), (string, key))

static bool private_purge(fabric_bytes collection, fabric_bytes key) {
    return fabric_purge_private_data(collection, key);
}
FABRIC_SUBMIT(PrivatePurge, private_purge, (string, collection), (string, key))

static bool private_metadata(fabric_bytes collection, fabric_bytes key) {
    fabric_key_values found;
    return fabric_get_private_data_metadata(collection, key, &found) && fabric_respond(pairs(found));
}
FABRIC_EVALUATE(PrivateMetadata, private_metadata, (string, collection), (string, key))

static bool private_get_policy(fabric_bytes collection, fabric_bytes key) {
    fabric_bytes policy;
    return fabric_get_private_data_validation_parameter(collection, key, &policy) && fabric_respond(optional(policy));
}
FABRIC_EVALUATE(PrivateGetPolicy, private_get_policy, (string, collection), (string, key))

static bool private_set_policy(fabric_bytes collection, fabric_bytes key, fabric_bytes policy) {
    return fabric_set_private_data_validation_parameter(collection, key, policy);
}
FABRIC_SUBMIT(PrivateSetPolicy, private_set_policy, (string, collection), (string, key), (bytes, policy))

static bool private_range(fabric_bytes collection, fabric_bytes start, fabric_bytes end) {
    fabric_state_iterator found;
    return respond_entries(fabric_get_private_data_by_range(collection, start, end, &found), &found);
}
FABRIC_EVALUATE(PrivateRange, private_range, (string, collection), (string, start), (string, end))

static bool private_partial_range(fabric_bytes collection, fabric_bytes object_type, fabric_list attributes) {
    fabric_state_iterator found;
    bool is_ok = fabric_get_private_data_by_partial_composite_key(collection, object_type, attributes, &found);
    return respond_entries(is_ok, &found);
}
FABRIC_EVALUATE(PrivatePartialRange, private_partial_range,
                (string, collection), (string, object_type), (list, attributes))

static bool private_query(fabric_bytes collection, fabric_bytes query) {
    fabric_state_iterator found;
    return respond_entries(fabric_get_private_data_query_result(collection, query, &found), &found);
}
FABRIC_EVALUATE(PrivateQuery, private_query, (string, collection), (string, query))
