#include "../fabric/private_data.h"

#include "convert.h"

bool fabric_get_private_data(fabric_bytes collection, fabric_bytes key, fabric_bytes *value) {
    chaincode_string_t raw_collection = to_string(collection), raw_key = to_string(key), error;
    chaincode_option_list_u8_t found;
    bool is_ok = fabric_chaincode_private_data_get_private_data(&raw_collection, &raw_key, &found, &error);
    if (!succeeded(is_ok, &error)) return false;
    *value = from_option(found);
    return true;
}

bool fabric_get_private_data_multiple(fabric_bytes collection, fabric_list keys, fabric_list *values) {
    chaincode_string_t raw_collection = to_string(collection), error;
    chaincode_list_string_t raw_keys = to_strings(keys);
    chaincode_list_option_list_u8_t found;
    bool is_ok = fabric_chaincode_private_data_get_private_data_multiple(&raw_collection, &raw_keys, &found, &error);
    if (!succeeded(is_ok, &error)) return false;
    *values = from_options(found);
    return true;
}

bool fabric_get_private_data_hash(fabric_bytes collection, fabric_bytes key, fabric_bytes *hash) {
    chaincode_string_t raw_collection = to_string(collection), raw_key = to_string(key), error;
    chaincode_option_list_u8_t found;
    bool is_ok = fabric_chaincode_private_data_get_private_data_hash(&raw_collection, &raw_key, &found, &error);
    if (!succeeded(is_ok, &error)) return false;
    *hash = from_option(found);
    return true;
}

bool fabric_put_private_data(fabric_bytes collection, fabric_bytes key, fabric_bytes value) {
    chaincode_string_t raw_collection = to_string(collection), raw_key = to_string(key), error;
    chaincode_list_u8_t raw_value = to_bytes(value);
    bool is_ok = fabric_chaincode_private_data_put_private_data(&raw_collection, &raw_key, &raw_value, &error);
    return succeeded(is_ok, &error);
}

bool fabric_put_private_data_multiple(fabric_bytes collection, fabric_key_values entries) {
    chaincode_string_t raw_collection = to_string(collection), error;
    fabric_chaincode_state_list_key_value_t list = to_entries(entries);
    fabric_chaincode_private_data_list_key_value_t raw_entries = {list.ptr, list.len};
    bool is_ok = fabric_chaincode_private_data_put_private_data_multiple(&raw_collection, &raw_entries, &error);
    return succeeded(is_ok, &error);
}

bool fabric_delete_private_data(fabric_bytes collection, fabric_bytes key) {
    chaincode_string_t raw_collection = to_string(collection), raw_key = to_string(key), error;
    bool is_ok = fabric_chaincode_private_data_delete_private_data(&raw_collection, &raw_key, &error);
    return succeeded(is_ok, &error);
}

bool fabric_purge_private_data(fabric_bytes collection, fabric_bytes key) {
    chaincode_string_t raw_collection = to_string(collection), raw_key = to_string(key), error;
    bool is_ok = fabric_chaincode_private_data_purge_private_data(&raw_collection, &raw_key, &error);
    return succeeded(is_ok, &error);
}

bool fabric_get_private_data_metadata(fabric_bytes collection, fabric_bytes key, fabric_key_values *metadata) {
    chaincode_string_t raw_collection = to_string(collection), raw_key = to_string(key), error;
    fabric_chaincode_private_data_list_metadata_entry_t found;
    bool is_ok = fabric_chaincode_private_data_get_private_data_metadata(&raw_collection, &raw_key, &found, &error);
    if (!succeeded(is_ok, &error)) return false;
    *metadata = from_metadata((fabric_chaincode_state_list_metadata_entry_t){found.ptr, found.len});
    return true;
}

bool fabric_get_private_data_validation_parameter(fabric_bytes collection, fabric_bytes key, fabric_bytes *policy) {
    chaincode_string_t raw_collection = to_string(collection), raw_key = to_string(key), error;
    chaincode_option_list_u8_t found;
    bool is_ok = fabric_chaincode_private_data_get_private_data_validation_parameter(&raw_collection, &raw_key,
                                                                                     &found, &error);
    if (!succeeded(is_ok, &error)) return false;
    *policy = from_option(found);
    return true;
}

bool fabric_set_private_data_validation_parameter(fabric_bytes collection, fabric_bytes key, fabric_bytes policy) {
    chaincode_string_t raw_collection = to_string(collection), raw_key = to_string(key), error;
    chaincode_list_u8_t raw_policy = to_bytes(policy);
    bool is_ok = fabric_chaincode_private_data_set_private_data_validation_parameter(&raw_collection, &raw_key,
                                                                                     &raw_policy, &error);
    return succeeded(is_ok, &error);
}

static bool opened(bool is_ok, fabric_chaincode_private_data_own_state_iterator_t handle,
                   const chaincode_string_t *error, fabric_state_iterator *found) {
    *found = (fabric_state_iterator){.handle = handle.__handle, .is_open = is_ok};
    return succeeded(is_ok, error);
}

bool fabric_get_private_data_by_range(fabric_bytes collection, fabric_bytes start, fabric_bytes end,
                                      fabric_state_iterator *found) {
    chaincode_string_t raw_collection = to_string(collection), error;
    chaincode_string_t raw_start = to_string(start), raw_end = to_string(end);
    fabric_chaincode_private_data_own_state_iterator_t handle = {0};
    bool is_ok = fabric_chaincode_private_data_get_private_data_by_range(&raw_collection, &raw_start, &raw_end,
                                                                         &handle, &error);
    return opened(is_ok, handle, &error, found);
}

bool fabric_get_private_data_by_partial_composite_key(fabric_bytes collection, fabric_bytes object_type,
                                                      fabric_list attributes, fabric_state_iterator *found) {
    chaincode_string_t raw_collection = to_string(collection), raw_type = to_string(object_type), error;
    chaincode_list_string_t raw_attributes = to_strings(attributes);
    fabric_chaincode_private_data_own_state_iterator_t handle = {0};
    bool is_ok = fabric_chaincode_private_data_get_private_data_by_partial_composite_key(
        &raw_collection, &raw_type, &raw_attributes, &handle, &error);
    return opened(is_ok, handle, &error, found);
}

bool fabric_get_private_data_query_result(fabric_bytes collection, fabric_bytes query, fabric_state_iterator *found) {
    chaincode_string_t raw_collection = to_string(collection), raw_query = to_string(query), error;
    fabric_chaincode_private_data_own_state_iterator_t handle = {0};
    bool is_ok =
        fabric_chaincode_private_data_get_private_data_query_result(&raw_collection, &raw_query, &handle, &error);
    return opened(is_ok, handle, &error, found);
}
