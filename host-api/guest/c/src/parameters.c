#include "../fabric/parameters.h"

#include "../fabric/contract.h"

bool fabric_expect_(const fabric_arguments_ *arguments, size_t count) {
    return arguments->values.count == count || fabric_fail("Incorrect number of params. Expected %zu, received %zu",
                                                           count, arguments->values.count);
}

fabric_bytes fabric_take_(fabric_arguments_ *arguments) {
    return arguments->values.items[arguments->used++];
}

bool fabric_refuse_(const fabric_arguments_ *arguments, const char *name, const char *kind) {
    fabric_bytes value = arguments->values.items[arguments->used - 1];
    if (!fabric_is_utf8(value)) {
        return fabric_fail("Error managing parameter %s. Passed value is not valid UTF-8", name);
    }
    return fabric_fail("Error managing parameter %s. Cannot convert passed value %.*s to %s", name, FABRIC_ARG(value),
                       kind);
}

bool fabric_parse_string(fabric_bytes argument, fabric_bytes *result) {
    *result = argument;
    return fabric_is_utf8(argument);
}

bool fabric_parse_bytes(fabric_bytes argument, fabric_bytes *result) {
    *result = argument;
    return true;
}

/* Digits with the sign that stood before them. */
static bool parse_digits(fabric_bytes argument, bool *is_negative, uint64_t *magnitude) {
    size_t at = 0;
    *is_negative = argument.size > 0 && argument.data[0] == '-';
    if (argument.size > 0 && (argument.data[0] == '-' || argument.data[0] == '+')) at = 1;
    if (at == argument.size) return false;
    *magnitude = 0;
    for (; at < argument.size; at++) {
        unsigned digit = (unsigned char)argument.data[at] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(*magnitude, 10, magnitude) ||
            __builtin_add_overflow(*magnitude, digit, magnitude)) {
            return false;
        }
    }
    return true;
}

bool fabric_parse_i64(fabric_bytes argument, int64_t *result) {
    bool is_negative;
    uint64_t magnitude;
    if (!parse_digits(argument, &is_negative, &magnitude)) return false;
    if (magnitude > (uint64_t)INT64_MAX + is_negative) return false;
    *result = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    return true;
}

bool fabric_parse_u64(fabric_bytes argument, uint64_t *result) {
    bool is_negative;
    return parse_digits(argument, &is_negative, result) && !is_negative;
}

bool fabric_parse_i32(fabric_bytes argument, int32_t *result) {
    int64_t wide;
    if (!fabric_parse_i64(argument, &wide) || wide < INT32_MIN || wide > INT32_MAX) return false;
    *result = (int32_t)wide;
    return true;
}

bool fabric_parse_u32(fabric_bytes argument, uint32_t *result) {
    uint64_t wide;
    if (!fabric_parse_u64(argument, &wide) || wide > UINT32_MAX) return false;
    *result = (uint32_t)wide;
    return true;
}

bool fabric_parse_boolean(fabric_bytes argument, bool *result) {
    *result = fabric_equal(argument, fabric_str("true"));
    return *result || fabric_equal(argument, fabric_str("false"));
}

bool fabric_parse_json(fabric_bytes argument, const fabric_json **result) {
    *result = fabric_json_parse(argument);
    return *result != NULL;
}
