/** JSON, read into a tree and written into a buffer. */
#ifndef FABRIC_JSON_H
#define FABRIC_JSON_H

#include "text.h"

/** What a JSON value is. */
typedef enum fabric_json_kind {
    FABRIC_JSON_NULL,
    FABRIC_JSON_BOOLEAN,
    FABRIC_JSON_NUMBER,
    FABRIC_JSON_STRING,
    FABRIC_JSON_ARRAY,
    FABRIC_JSON_OBJECT,
} fabric_json_kind;

/** A JSON value. */
typedef struct fabric_json {
    fabric_json_kind kind;
    /** A string's text; a number as it is written, "true" or "false". */
    fabric_bytes text;
    /** The member's name, inside an object. */
    fabric_bytes name;
    /** First item or member of an array or an object, NULL when there is none. */
    struct fabric_json *first;
    /** The one after this in the same array or object. */
    struct fabric_json *next;
} fabric_json;

/** The value that a text is, NULL when the text is not JSON. Values may be nested 128 deep. */
const fabric_json *fabric_json_parse(fabric_bytes text);

/** A member of an object, NULL when it is not there or `value` is no object or NULL. */
const fabric_json *fabric_json_member(const fabric_json *value, const char *name);

/** The text of a string. These functions return false when the value is NULL or of another kind, or does not fit. */
bool fabric_json_string(const fabric_json *value, fabric_bytes *result);

/** An integer. */
bool fabric_json_i64(const fabric_json *value, int64_t *result);

/** An integer of 0 or more. */
bool fabric_json_u64(const fabric_json *value, uint64_t *result);

/** Any number. */
bool fabric_json_f64(const fabric_json *value, double *result);

/** True or false. */
bool fabric_json_boolean(const fabric_json *value, bool *result);

/** Adds a text as a JSON string, in quotation marks. */
void fabric_append_json_string(fabric_buffer *buffer, fabric_bytes text);

#endif
