#include "../fabric/json.h"

#include "../fabric/parameters.h"

const fabric_json *fabric_json_member(const fabric_json *value, const char *name) {
    if (!value || value->kind != FABRIC_JSON_OBJECT) return NULL;
    const fabric_json *member = value->first;
    while (member && !fabric_equal(member->name, fabric_str(name))) member = member->next;
    return member;
}

static bool is(const fabric_json *value, fabric_json_kind kind) {
    return value && value->kind == kind;
}

bool fabric_json_string(const fabric_json *value, fabric_bytes *result) {
    if (!is(value, FABRIC_JSON_STRING)) return false;
    *result = value->text;
    return true;
}

bool fabric_json_i64(const fabric_json *value, int64_t *result) {
    return is(value, FABRIC_JSON_NUMBER) && fabric_parse_i64(value->text, result);
}

bool fabric_json_u64(const fabric_json *value, uint64_t *result) {
    return is(value, FABRIC_JSON_NUMBER) && fabric_parse_u64(value->text, result);
}

bool fabric_json_f64(const fabric_json *value, double *result) {
    return is(value, FABRIC_JSON_NUMBER) && fabric_parse_f64(value->text, result);
}

bool fabric_json_boolean(const fabric_json *value, bool *result) {
    return is(value, FABRIC_JSON_BOOLEAN) && fabric_parse_boolean(value->text, result);
}

/* The letter of a character's short escape, 0 if it has none. */
static char short_escape(char character) {
    switch (character) {
        case '"': return '"';
        case '\\': return '\\';
        case '\b': return 'b';
        case '\f': return 'f';
        case '\n': return 'n';
        case '\r': return 'r';
        case '\t': return 't';
        default: return '\0';
    }
}

void fabric_append_json_string(fabric_buffer *buffer, fabric_bytes text) {
    fabric_append(buffer, fabric_str("\""));
    size_t written = 0;
    for (size_t at = 0; at < text.size; at++) {
        char character = text.data[at];
        if ((unsigned char)character >= 0x20 && character != '"' && character != '\\') continue;
        fabric_append(buffer, (fabric_bytes){text.data + written, at - written});
        written = at + 1;
        char letter = short_escape(character);
        if (letter) {
            fabric_append(buffer, (fabric_bytes){(const char[]){'\\', letter}, 2});
        } else {
            fabric_append_format(buffer, "\\u%04x", (unsigned)(unsigned char)character);
        }
    }
    fabric_append(buffer, (fabric_bytes){text.data + written, text.size - written});
    fabric_append(buffer, fabric_str("\""));
}
