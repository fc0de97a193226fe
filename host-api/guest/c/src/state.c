#include "../fabric/state.h"

#include "convert.h"

bool fabric_get_state(fabric_bytes key, fabric_bytes *value) {
    chaincode_string_t raw_key = to_string(key), error;
    chaincode_option_list_u8_t found;
    if (!succeeded(fabric_chaincode_state_get_state(&raw_key, &found, &error), &error)) return false;
    *value = from_option(found);
    return true;
}

bool fabric_get_states(fabric_list keys, fabric_list *values) {
    chaincode_list_string_t raw_keys = to_strings(keys);
    chaincode_list_option_list_u8_t found;
    chaincode_string_t error;
    if (!succeeded(fabric_chaincode_state_get_states(&raw_keys, &found, &error), &error)) return false;
    *values = from_options(found);
    return true;
}

bool fabric_put_state(fabric_bytes key, fabric_bytes value) {
    chaincode_string_t raw_key = to_string(key), error;
    chaincode_list_u8_t raw_value = to_bytes(value);
    return succeeded(fabric_chaincode_state_put_state(&raw_key, &raw_value, &error), &error);
}

bool fabric_put_states(fabric_key_values entries) {
    fabric_chaincode_state_list_key_value_t raw_entries = to_entries(entries);
    chaincode_string_t error;
    return succeeded(fabric_chaincode_state_put_states(&raw_entries, &error), &error);
}

bool fabric_delete_state(fabric_bytes key) {
    chaincode_string_t raw_key = to_string(key), error;
    return succeeded(fabric_chaincode_state_delete_state(&raw_key, &error), &error);
}

bool fabric_delete_states(fabric_list keys) {
    chaincode_list_string_t raw_keys = to_strings(keys);
    chaincode_string_t error;
    return succeeded(fabric_chaincode_state_delete_states(&raw_keys, &error), &error);
}

bool fabric_get_state_metadata(fabric_bytes key, fabric_key_values *metadata) {
    chaincode_string_t raw_key = to_string(key), error;
    fabric_chaincode_state_list_metadata_entry_t found;
    if (!succeeded(fabric_chaincode_state_get_state_metadata(&raw_key, &found, &error), &error)) return false;
    *metadata = from_metadata(found);
    return true;
}

bool fabric_get_state_validation_parameter(fabric_bytes key, fabric_bytes *policy) {
    chaincode_string_t raw_key = to_string(key), error;
    chaincode_option_list_u8_t found;
    bool is_ok = fabric_chaincode_state_get_state_validation_parameter(&raw_key, &found, &error);
    if (!succeeded(is_ok, &error)) return false;
    *policy = from_option(found);
    return true;
}

bool fabric_set_state_validation_parameter(fabric_bytes key, fabric_bytes policy) {
    chaincode_string_t raw_key = to_string(key), error;
    chaincode_list_u8_t raw_policy = to_bytes(policy);
    return succeeded(fabric_chaincode_state_set_state_validation_parameter(&raw_key, &raw_policy, &error), &error);
}

bool fabric_create_composite_key(fabric_bytes object_type, fabric_list attributes, fabric_bytes *key) {
    chaincode_string_t raw_type = to_string(object_type), joined, error;
    chaincode_list_string_t raw_attributes = to_strings(attributes);
    bool is_ok = fabric_chaincode_state_create_composite_key(&raw_type, &raw_attributes, &joined, &error);
    if (!succeeded(is_ok, &error)) return false;
    *key = from_string(joined);
    return true;
}

bool fabric_split_composite_key(fabric_bytes key, fabric_bytes *object_type, fabric_list *attributes) {
    chaincode_string_t raw_key = to_string(key), error;
    fabric_chaincode_state_composite_key_t parts;
    if (!succeeded(fabric_chaincode_state_split_composite_key(&raw_key, &parts, &error), &error)) return false;
    *object_type = from_string(parts.object_type);
    *attributes = from_strings(parts.attributes);
    return true;
}
