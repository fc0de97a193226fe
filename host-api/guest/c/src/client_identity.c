#include "../fabric/client_identity.h"

#include "../fabric/contract.h"
#include "convert.h"

typedef bool text_function(chaincode_string_t *text, chaincode_string_t *error);

static bool text_of(text_function *function, fabric_bytes *result) {
    chaincode_string_t text, error;
    if (!succeeded(function(&text, &error), &error)) return false;
    *result = from_string(text);
    return true;
}

bool fabric_client_id(fabric_bytes *id) {
    return text_of(fabric_chaincode_client_identity_id, id);
}

fabric_bytes fabric_client_msp_id(void) {
    chaincode_string_t text;
    fabric_chaincode_client_identity_msp_id(&text);
    return from_string(text);
}

bool fabric_client_subject(fabric_bytes *subject) {
    return text_of(fabric_chaincode_client_identity_subject, subject);
}

bool fabric_client_issuer(fabric_bytes *issuer) {
    return text_of(fabric_chaincode_client_identity_issuer, issuer);
}

bool fabric_client_organizational_units(fabric_list *units) {
    chaincode_list_string_t found;
    chaincode_string_t error;
    if (!succeeded(fabric_chaincode_client_identity_organizational_units(&found, &error), &error)) return false;
    *units = from_strings(found);
    return true;
}

bool fabric_client_has_organizational_unit(fabric_bytes unit, bool *is_there) {
    fabric_list units;
    if (!fabric_client_organizational_units(&units)) return false;
    *is_there = false;
    for (size_t i = 0; i < units.count; i++) *is_there |= fabric_equal(units.items[i], unit);
    return true;
}

bool fabric_client_attribute(fabric_bytes name, fabric_bytes *value) {
    chaincode_string_t raw_name = to_string(name), error;
    chaincode_option_string_t found;
    if (!succeeded(fabric_chaincode_client_identity_attribute(&raw_name, &found, &error), &error)) return false;
    *value = found.is_some ? from_string(found.val) : (fabric_bytes){NULL, 0};
    return true;
}

bool fabric_client_attributes(fabric_key_values *attributes) {
    chaincode_list_tuple2_string_string_t found;
    chaincode_string_t error;
    if (!succeeded(fabric_chaincode_client_identity_attributes(&found, &error), &error)) return false;
    *attributes = from_pairs(found);
    return true;
}

bool fabric_client_assert_attribute(fabric_bytes name, fabric_bytes value) {
    fabric_bytes found;
    if (!fabric_client_attribute(name, &found)) return false;
    if (!fabric_exists(found)) return fabric_fail("attribute '%.*s' was not found", FABRIC_ARG(name));
    return fabric_equal(found, value) || fabric_fail("attribute '%.*s' equals '%.*s', not '%.*s'", FABRIC_ARG(name),
                                                     FABRIC_ARG(found), FABRIC_ARG(value));
}
