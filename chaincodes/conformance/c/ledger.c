#include <inttypes.h>

#include "text.h"

static bool get(fabric_bytes key) {
    fabric_bytes value;
    return fabric_get_state(key, &value) && fabric_respond(optional(value));
}
FABRIC_EVALUATE(Get, get, (string, key))

static bool get_many(fabric_list keys) {
    fabric_list values;
    return fabric_get_states(keys, &values) && fabric_respond(joined(values));
}
FABRIC_EVALUATE(GetMany, get_many, (list, keys))

static bool put(fabric_bytes key, fabric_bytes value) {
    return fabric_put_state(key, value);
}
FABRIC_SUBMIT(Put, put, (string, key), (bytes, value))

static bool put_many(fabric_list entries) {
    return fabric_put_states(entries_of(entries));
}
FABRIC_SUBMIT(PutMany, put_many, (list, entries))

static bool put_and_get(fabric_bytes key, fabric_bytes value) {
    return fabric_put_state(key, value) && get(key);
}
FABRIC_SUBMIT(PutAndGet, put_and_get, (string, key), (bytes, value))

static bool delete(fabric_bytes key) {
    return fabric_delete_state(key);
}
FABRIC_SUBMIT(Delete, delete, (string, key))

static bool delete_many(fabric_list keys) {
    return fabric_delete_states(keys);
}
FABRIC_SUBMIT(DeleteMany, delete_many, (list, keys))

static bool metadata(fabric_bytes key) {
    fabric_key_values found;
    return fabric_get_state_metadata(key, &found) && fabric_respond(pairs(found));
}
FABRIC_EVALUATE(Metadata, metadata, (string, key))

static bool get_policy(fabric_bytes key) {
    fabric_bytes policy;
    return fabric_get_state_validation_parameter(key, &policy) && fabric_respond(optional(policy));
}
FABRIC_EVALUATE(GetPolicy, get_policy, (string, key))

static bool set_policy(fabric_bytes key, fabric_bytes policy) {
    return fabric_set_state_validation_parameter(key, policy);
}
FABRIC_SUBMIT(SetPolicy, set_policy, (string, key), (bytes, policy))

static bool range(fabric_bytes start, fabric_bytes end) {
    fabric_state_iterator found;
    return respond_entries(fabric_get_state_by_range(start, end, &found), &found);
}
FABRIC_EVALUATE(Range, range, (string, start), (string, end))

static bool range_page(fabric_bytes start, fabric_bytes end, uint32_t size, fabric_bytes bookmark) {
    fabric_state_iterator found;
    fabric_page page;
    bool is_ok = fabric_get_state_by_range_with_pagination(start, end, size, bookmark, &found, &page);
    return respond_page(is_ok, &found, &page);
}
FABRIC_EVALUATE(RangePage, range_page, (string, start), (string, end), (u32, size), (string, bookmark))

static bool composite(fabric_bytes object_type, fabric_list attributes) {
    fabric_bytes key;
    return fabric_create_composite_key(object_type, attributes, &key) && fabric_respond(replaced(key, '\0', '/'));
}
FABRIC_EVALUATE(Composite, composite, (string, object_type), (list, attributes))

static bool put_composite(fabric_bytes object_type, fabric_list attributes, fabric_bytes value) {
    fabric_bytes key;
    return fabric_create_composite_key(object_type, attributes, &key) && fabric_put_state(key, value);
}
FABRIC_SUBMIT(PutComposite, put_composite, (string, object_type), (list, attributes), (bytes, value))

static bool split(fabric_bytes key) {
    fabric_bytes object_type;
    fabric_list attributes;
    if (!fabric_split_composite_key(key, &object_type, &attributes)) return false;
    return fabric_respond(fabric_format("%.*s:%.*s", FABRIC_ARG(object_type), FABRIC_ARG(joined(attributes))));
}
FABRIC_EVALUATE(Split, split, (string, key))

static bool partial_range(fabric_bytes object_type, fabric_list attributes) {
    fabric_state_iterator found;
    return respond_entries(fabric_get_state_by_partial_composite_key(object_type, attributes, &found), &found);
}
FABRIC_EVALUATE(PartialRange, partial_range, (string, object_type), (list, attributes))

static bool partial_page(fabric_bytes object_type, fabric_list attributes, uint32_t size, fabric_bytes bookmark) {
    fabric_state_iterator found;
    fabric_page page;
    bool is_ok = fabric_get_state_by_partial_composite_key_with_pagination(
        object_type, attributes, size, replaced(bookmark, '/', '\0'), &found, &page);
    return respond_page(is_ok, &found, &page);
}
FABRIC_EVALUATE(PartialPage, partial_page,
                (string, object_type), (list, attributes), (u32, size), (string, bookmark))

static bool composite_page(uint32_t size, fabric_bytes bookmark) {
    fabric_state_iterator found;
    fabric_page page;
    bookmark = replaced(bookmark, '/', '\0');
    return respond_page(fabric_get_all_states_composite_key_with_pagination(size, bookmark, &found, &page), &found,
                        &page);
}
FABRIC_EVALUATE(CompositePage, composite_page, (u32, size), (string, bookmark))

static bool rich_query(fabric_bytes query) {
    fabric_state_iterator found;
    return respond_entries(fabric_get_query_result(query, &found), &found);
}
FABRIC_EVALUATE(Query, rich_query, (string, query))

static bool query_page(fabric_bytes query, uint32_t size, fabric_bytes bookmark) {
    fabric_state_iterator found;
    fabric_page page;
    return respond_page(fabric_get_query_result_with_pagination(query, size, bookmark, &found, &page), &found, &page);
}
FABRIC_EVALUATE(QueryPage, query_page, (string, query), (u32, size), (string, bookmark))

static bool history(fabric_bytes key) {
    fabric_history_iterator found;
    if (!fabric_get_history_for_key(key, &found)) return false;
    fabric_buffer text = {0};
    fabric_key_modification entry;
    while (fabric_history_next(&found, &entry)) {
        fabric_bytes value = entry.is_delete ? fabric_str("deleted") : fabric_lossy(entry.value);
        fabric_append_format(&text, "%s%.*s@%" PRId64 "=%.*s", text.size > 0 ? "," : "", FABRIC_ARG(entry.tx_id),
                             entry.timestamp.seconds, FABRIC_ARG(value));
    }
    return fabric_history_close(&found) && fabric_respond(fabric_contents(&text));
}
FABRIC_EVALUATE(History, history, (string, key))
