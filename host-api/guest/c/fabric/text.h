/** Bytes and text: what keys, values, arguments and responses are made of. */
#ifndef FABRIC_TEXT_H
#define FABRIC_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** Bytes, which may be text in UTF-8. There need not be a zero behind them, and there may be zeros among them. */
typedef struct fabric_bytes {
    /** NULL only where a function says that something does not exist. */
    const char *data;
    size_t size;
} fabric_bytes;

/** Several of them. */
typedef struct fabric_list {
    const fabric_bytes *items;
    size_t count;
} fabric_list;

/** A key, or a name, with its value. */
typedef struct fabric_key_value {
    fabric_bytes key;
    fabric_bytes value;
} fabric_key_value;

/** Several of them. */
typedef struct fabric_key_values {
    const fabric_key_value *items;
    size_t count;
} fabric_key_values;

/** A list of the given fabric_bytes, as an argument: FABRIC_LIST(fabric_str("a"), key). */
#define FABRIC_LIST(...)                                      \
    ((fabric_list){(const fabric_bytes[]){__VA_ARGS__},       \
                   sizeof((const fabric_bytes[]){__VA_ARGS__}) / sizeof(fabric_bytes)})

/** The two arguments that `%.*s` takes in the format functions: fabric_fail("no %.*s", FABRIC_ARG(key)). */
#define FABRIC_ARG(bytes) (int)(bytes).size, (bytes).data

/** The bytes of a string that ends with a zero, without the zero. */
static inline fabric_bytes fabric_str(const char *text) {
    return (fabric_bytes){text, strlen(text)};
}

/** Whether something was found. */
static inline bool fabric_exists(fabric_bytes found) {
    return found.data != NULL;
}

/** Whether both have the same bytes. */
static inline bool fabric_equal(fabric_bytes left, fabric_bytes right) {
    return left.size == right.size && (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

/** Whether the bytes are text in UTF-8. */
bool fabric_is_utf8(fabric_bytes bytes);

/** The same bytes if they are text, else a copy in which U+FFFD replaces whatever is not. */
fabric_bytes fabric_lossy(fabric_bytes bytes);

/** Memory for the rest of the call. Never NULL: a call that asks for more than it may have ends. */
void *fabric_allocate(size_t size);

/** A copy that ends with a zero, for functions that need one. */
char *fabric_copy(fabric_bytes bytes);

/** Gives back the memory of a value which a function of the kit returned. */
static inline void fabric_free(fabric_bytes bytes) {
    if (bytes.size > 0) free((void *)bytes.data);
}

/** Bytes that grow. Begins as `fabric_buffer buffer = {0};` */
typedef struct fabric_buffer {
    char *data;
    size_t size;
    size_t capacity;
} fabric_buffer;

/** What the buffer has so far; valid until it grows. */
static inline fabric_bytes fabric_contents(const fabric_buffer *buffer) {
    return (fabric_bytes){buffer->data ? buffer->data : "", buffer->size};
}

/** Adds bytes at the end. */
void fabric_append(fabric_buffer *buffer, fabric_bytes bytes);

/** Adds what printf would print, but for one thing: `%.*s` takes exactly that many bytes, zeros among them. */
__attribute__((format(printf, 2, 3))) void fabric_append_format(fabric_buffer *buffer, const char *format, ...);

/** The same with the arguments in a list. */
__attribute__((format(printf, 2, 0))) void fabric_append_arguments(fabric_buffer *buffer, const char *format,
                                                                   va_list arguments);

/** A new text, as fabric_append_format() makes it. */
__attribute__((format(printf, 1, 2))) fabric_bytes fabric_format(const char *format, ...);

#endif
