#include <inttypes.h>

#include "text.h"

/* A parameter: a JSON array of integers. */
typedef struct fabric_param_numbers {
    const fabric_json *first;
} fabric_param_numbers;
#define FABRIC_KIND_numbers "JSON"

static bool fabric_parse_numbers(fabric_bytes argument, fabric_param_numbers *result) {
    const fabric_json *array = fabric_json_parse(argument);
    if (!array || array->kind != FABRIC_JSON_ARRAY) return false;
    result->first = array->first;
    uint64_t number;
    for (const fabric_json *item = array->first; item; item = item->next) {
        if (!fabric_json_u64(item, &number)) return false;
    }
    return true;
}

static bool echo(fabric_param_numbers value) {
    fabric_buffer text = {0};
    fabric_append(&text, fabric_str("["));
    for (const fabric_json *item = value.first; item; item = item->next) {
        if (item != value.first) fabric_append(&text, fabric_str(","));
        fabric_append(&text, item->text);
    }
    fabric_append(&text, fabric_str("]"));
    return fabric_respond(fabric_contents(&text));
}
FABRIC_EVALUATE(Echo, echo, (numbers, value))

static bool panic(fabric_bytes message) {
    fabric_abort("%.*s", FABRIC_ARG(message));
}
FABRIC_SUBMIT(Panic, panic, (string, message))

static bool endless(void) {
    for (;;) __asm__ volatile("");
}
FABRIC_SUBMIT(Loop, endless)

static bool eat_memory(void) {
    for (;;) {
        char *eaten = fabric_allocate(1 << 20);
        __asm__ volatile("" : : "r"(memset(eaten, 1, 1 << 20)));
    }
}
FABRIC_SUBMIT(EatMemory, eat_memory)

/* The assembler text keeps the compiler from making a loop of it. */
static uint64_t recurse(uint64_t depth) {
    uint64_t next = depth + 1;
    __asm__ volatile("" : "+r"(next));
    uint64_t deeper = next == 0 ? 0 : recurse(next);
    __asm__ volatile("" : "+r"(deeper));
    return deeper ^ next;
}

static bool recurse_from(uint64_t depth) {
    return fabric_respond_u64(recurse(depth));
}
FABRIC_SUBMIT(Recurse, recurse_from, (u64, depth))

static bool large(uint64_t bytes) {
    char *data = fabric_allocate((size_t)bytes);
    return fabric_respond((fabric_bytes){memset(data, 'x', (size_t)bytes), (size_t)bytes});
}
FABRIC_EVALUATE(Large, large, (u64, bytes))

static bool hold_iterators(uint64_t count) {
    fabric_state_iterator *held = fabric_allocate((size_t)count * sizeof *held);
    uint64_t opened = 0;
    bool is_ok = true;
    while (opened < count && is_ok) {
        is_ok = fabric_get_state_by_range(fabric_str(""), fabric_str(""), &held[opened++]);
    }
    while (opened > 0) fabric_state_close(&held[--opened]);
    return is_ok;
}
FABRIC_SUBMIT(HoldIterators, hold_iterators, (u64, count))
