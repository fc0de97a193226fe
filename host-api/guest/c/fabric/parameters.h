/**
 * Parameters of transaction functions, and the macros that take them from a call.
 *
 * | kind      | type in C           |
 * |-----------|---------------------|
 * | `string`  | fabric_bytes        | text in UTF-8
 * | `bytes`   | fabric_bytes        |
 * | `i32`     | int32_t             |
 * | `i64`     | int64_t             |
 * | `u32`     | uint32_t            |
 * | `u64`     | uint64_t            |
 * | `f64`     | double              |
 * | `boolean` | bool                | "true" or "false"
 * | `json`    | const fabric_json * |
 *
 * A contract adds a kind of its own, say `color`, by a type `fabric_param_color`, a function
 * `bool fabric_parse_color(fabric_bytes argument, fabric_param_color *result)` and a macro `FABRIC_KIND_color`, the word for
 * it in the error "Cannot convert passed value ... to color".
 */
#ifndef FABRIC_PARAMETERS_H
#define FABRIC_PARAMETERS_H

#include "json.h"
#include "text.h"

typedef fabric_bytes fabric_param_string;
typedef fabric_bytes fabric_param_bytes;
typedef int32_t fabric_param_i32;
typedef int64_t fabric_param_i64;
typedef uint32_t fabric_param_u32;
typedef uint64_t fabric_param_u64;
typedef double fabric_param_f64;
typedef bool fabric_param_boolean;
typedef const fabric_json *fabric_param_json;

#define FABRIC_KIND_string "text"
#define FABRIC_KIND_bytes "bytes"
#define FABRIC_KIND_i32 "integer"
#define FABRIC_KIND_i64 "integer"
#define FABRIC_KIND_u32 "integer"
#define FABRIC_KIND_u64 "integer"
#define FABRIC_KIND_f64 "number"
#define FABRIC_KIND_boolean "boolean"
#define FABRIC_KIND_json "JSON"

/** Text is taken as it is. These functions return false when the argument is no such value. */
bool fabric_parse_string(fabric_bytes argument, fabric_bytes *result);

/** Bytes are taken as they are. */
bool fabric_parse_bytes(fabric_bytes argument, fabric_bytes *result);

/** Decimal digits, with a sign or without. */
bool fabric_parse_i32(fabric_bytes argument, int32_t *result);

/** Decimal digits, with a sign or without. */
bool fabric_parse_i64(fabric_bytes argument, int64_t *result);

/** Decimal digits, with a plus sign or without. */
bool fabric_parse_u32(fabric_bytes argument, uint32_t *result);

/** Decimal digits, with a plus sign or without. */
bool fabric_parse_u64(fabric_bytes argument, uint64_t *result);

/** A number, with a fraction and an exponent or without; or inf, infinity, nan. */
bool fabric_parse_f64(fabric_bytes argument, double *result);

/** "true" or "false". */
bool fabric_parse_boolean(fabric_bytes argument, bool *result);

/** A JSON value. */
bool fabric_parse_json(fabric_bytes argument, const fabric_json **result);

/*
 * What follows is for FABRIC_SUBMIT and FABRIC_EVALUATE only.
 */

typedef struct fabric_arguments_ {
    fabric_list values;
    size_t used;
} fabric_arguments_;

typedef struct fabric_function_ {
    fabric_bytes name;
    bool (*call)(fabric_arguments_ *arguments);
} fabric_function_;

bool fabric_expect_(const fabric_arguments_ *arguments, size_t count);
fabric_bytes fabric_take_(fabric_arguments_ *arguments);
bool fabric_refuse_(const fabric_arguments_ *arguments, const char *name, const char *kind);

/* Applies a macro to each pair, with `separator()` between them. Expanded often enough for 60 pairs. */
#define FABRIC_PARENTHESES_ ()
#define FABRIC_EXPAND_(...) FABRIC_EXPAND1_(FABRIC_EXPAND1_(FABRIC_EXPAND1_(FABRIC_EXPAND1_(__VA_ARGS__))))
#define FABRIC_EXPAND1_(...) FABRIC_EXPAND2_(FABRIC_EXPAND2_(FABRIC_EXPAND2_(FABRIC_EXPAND2_(__VA_ARGS__))))
#define FABRIC_EXPAND2_(...) FABRIC_EXPAND3_(FABRIC_EXPAND3_(FABRIC_EXPAND3_(FABRIC_EXPAND3_(__VA_ARGS__))))
#define FABRIC_EXPAND3_(...) __VA_ARGS__
#define FABRIC_EACH_(macro, separator, ...) \
    __VA_OPT__(FABRIC_EXPAND_(FABRIC_EACH_NEXT_(macro, separator, __VA_ARGS__)))
#define FABRIC_EACH_NEXT_(macro, separator, first, ...) \
    macro first __VA_OPT__(separator() FABRIC_EACH_AGAIN_ FABRIC_PARENTHESES_(macro, separator, __VA_ARGS__))
#define FABRIC_EACH_AGAIN_() FABRIC_EACH_NEXT_

#define FABRIC_NOTHING_()
#define FABRIC_COMMA_() ,
#define FABRIC_TEXT_COMMA_() ", "

#define FABRIC_DECLARE_(kind, name) fabric_param_##kind name = {0};
#define FABRIC_CONVERT_(kind, name)                                  \
    &&(fabric_parse_##kind(fabric_take_(fabric_arguments), &name) || \
       fabric_refuse_(fabric_arguments, #name, FABRIC_KIND_##kind))
#define FABRIC_NAME_(kind, name) name
#define FABRIC_ONE_(kind, name) +1
#define FABRIC_DESCRIBE_(kind, name) #name ": " #kind

#define FABRIC_LISTED_(submit_or_evaluate, function, handler, ...)                                                     \
    static bool fabric_call_##function(fabric_arguments_ *fabric_arguments) {                                          \
        FABRIC_EACH_(FABRIC_DECLARE_, FABRIC_NOTHING_, __VA_ARGS__)                                                    \
        return fabric_expect_(fabric_arguments, 0 FABRIC_EACH_(FABRIC_ONE_, FABRIC_NOTHING_, __VA_ARGS__))             \
            FABRIC_EACH_(FABRIC_CONVERT_, FABRIC_NOTHING_, __VA_ARGS__) &&                                             \
            handler(FABRIC_EACH_(FABRIC_NAME_, FABRIC_COMMA_, __VA_ARGS__));                                           \
    }                                                                                                                  \
    __attribute__((section("fabric_functions"), used, retain)) static const fabric_function_                           \
        fabric_function_##function = {{#function, sizeof(#function) - 1}, fabric_call_##function};                     \
    __asm__(".section \".custom_section.fabric:chaincode/functions\",\"\",@\n"                                         \
            ".ascii \"" submit_or_evaluate " " #function "("                                                         \
            FABRIC_EACH_(FABRIC_DESCRIBE_, FABRIC_TEXT_COMMA_, __VA_ARGS__) ")\\n\"\n");

#endif
