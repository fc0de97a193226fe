/* Between the kit's types and those of the generated bindings. */
#ifndef FABRIC_CONVERT_H
#define FABRIC_CONVERT_H

#include "../fabric/text.h"
#include "../generated/chaincode.h"

/* What the peer hands over is never NULL, even where it is empty. */
static inline fabric_bytes from_raw(const uint8_t *data, size_t size) {
    return (fabric_bytes){size > 0 ? (const char *)data : "", size};
}

static inline fabric_bytes from_string(chaincode_string_t text) {
    return from_raw(text.ptr, text.len);
}

static inline fabric_bytes from_bytes(chaincode_list_u8_t bytes) {
    return from_raw(bytes.ptr, bytes.len);
}

static inline fabric_bytes from_option(chaincode_option_list_u8_t found) {
    return found.is_some ? from_bytes(found.val) : (fabric_bytes){NULL, 0};
}

static inline chaincode_string_t to_string(fabric_bytes text) {
    return (chaincode_string_t){(uint8_t *)text.data, text.size};
}

static inline chaincode_list_u8_t to_bytes(fabric_bytes bytes) {
    return (chaincode_list_u8_t){(uint8_t *)bytes.data, bytes.size};
}

chaincode_list_string_t to_strings(fabric_list texts);
chaincode_list_list_u8_t to_list(fabric_list items);
fabric_chaincode_state_list_key_value_t to_entries(fabric_key_values entries);

fabric_list from_strings(chaincode_list_string_t texts);
fabric_list from_list(chaincode_list_list_u8_t items);
fabric_list from_options(chaincode_list_option_list_u8_t found);
fabric_key_values from_metadata(fabric_chaincode_state_list_metadata_entry_t entries);
fabric_key_values from_fields(chaincode_list_tuple2_string_list_u8_t fields);
fabric_key_values from_pairs(chaincode_list_tuple2_string_string_t pairs);

/* Keeps the error unless the call has succeeded, and returns whether it has. */
bool succeeded(bool is_ok, const chaincode_string_t *error);

/* Makes a text the current error. */
void set_error(fabric_bytes error);

#endif
