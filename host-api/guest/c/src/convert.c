#include "convert.h"

static fabric_bytes last_error = {"", 0};

void set_error(fabric_bytes error) {
    last_error = error;
}

fabric_bytes fabric_error(void) {
    return last_error;
}

bool succeeded(bool is_ok, const chaincode_string_t *error) {
    if (!is_ok) set_error(from_string(*error));
    return is_ok;
}

chaincode_list_string_t to_strings(fabric_list texts) {
    chaincode_string_t *strings = fabric_allocate(texts.count * sizeof *strings);
    for (size_t i = 0; i < texts.count; i++) strings[i] = to_string(texts.items[i]);
    return (chaincode_list_string_t){strings, texts.count};
}

chaincode_list_list_u8_t to_list(fabric_list items) {
    chaincode_list_u8_t *lists = fabric_allocate(items.count * sizeof *lists);
    for (size_t i = 0; i < items.count; i++) lists[i] = to_bytes(items.items[i]);
    return (chaincode_list_list_u8_t){lists, items.count};
}

fabric_chaincode_state_list_key_value_t to_entries(fabric_key_values entries) {
    fabric_chaincode_state_key_value_t *list = fabric_allocate(entries.count * sizeof *list);
    for (size_t i = 0; i < entries.count; i++) {
        list[i].key = to_string(entries.items[i].key);
        list[i].value = to_bytes(entries.items[i].value);
    }
    return (fabric_chaincode_state_list_key_value_t){list, entries.count};
}

fabric_list from_strings(chaincode_list_string_t texts) {
    fabric_bytes *items = fabric_allocate(texts.len * sizeof *items);
    for (size_t i = 0; i < texts.len; i++) items[i] = from_string(texts.ptr[i]);
    return (fabric_list){items, texts.len};
}

fabric_list from_list(chaincode_list_list_u8_t list) {
    fabric_bytes *items = fabric_allocate(list.len * sizeof *items);
    for (size_t i = 0; i < list.len; i++) items[i] = from_bytes(list.ptr[i]);
    return (fabric_list){items, list.len};
}

fabric_list from_options(chaincode_list_option_list_u8_t found) {
    fabric_bytes *items = fabric_allocate(found.len * sizeof *items);
    for (size_t i = 0; i < found.len; i++) items[i] = from_option(found.ptr[i]);
    return (fabric_list){items, found.len};
}

fabric_key_values from_metadata(fabric_chaincode_state_list_metadata_entry_t entries) {
    fabric_key_value *items = fabric_allocate(entries.len * sizeof *items);
    for (size_t i = 0; i < entries.len; i++) {
        items[i] = (fabric_key_value){from_string(entries.ptr[i].name), from_bytes(entries.ptr[i].value)};
    }
    return (fabric_key_values){items, entries.len};
}

fabric_key_values from_fields(chaincode_list_tuple2_string_list_u8_t fields) {
    fabric_key_value *items = fabric_allocate(fields.len * sizeof *items);
    for (size_t i = 0; i < fields.len; i++) {
        items[i] = (fabric_key_value){from_string(fields.ptr[i].f0), from_bytes(fields.ptr[i].f1)};
    }
    return (fabric_key_values){items, fields.len};
}

fabric_key_values from_pairs(chaincode_list_tuple2_string_string_t pairs) {
    fabric_key_value *items = fabric_allocate(pairs.len * sizeof *items);
    for (size_t i = 0; i < pairs.len; i++) {
        items[i] = (fabric_key_value){from_string(pairs.ptr[i].f0), from_string(pairs.ptr[i].f1)};
    }
    return (fabric_key_values){items, pairs.len};
}
