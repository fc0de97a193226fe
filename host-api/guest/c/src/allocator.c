/*
 * malloc and its family for instances that live for one call.
 *
 * Blocks are cut one after the other from the memory that the instance starts with, and only then from memory that it grows:
 * not growing saves the peer two changes of page protection per call. Freed blocks are kept by size for the next that asks.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGNMENT = 16,
    WASM_PAGE = 65536,
    /* What memory grows by at least. */
    GROWTH = 4 * WASM_PAGE,
    /* Far above what a peer grants, far below where sizes could overflow. */
    SIZE_MAX_ALLOWED = 1 << 30,
    /* Up to this size, capacities are multiples of the alignment; above, there are four in each doubling. */
    SMALL = 256,
    SMALL_BITS = 8,
    SMALL_BINS = SMALL / ALIGNMENT + 1,
    BINS = SMALL_BINS + 4 * (31 - SMALL_BITS),
};

/* What stands before the bytes of a block. */
typedef struct header {
    alignas(ALIGNMENT) size_t capacity;
    struct header *next;
} header;

extern unsigned char __heap_base;

static uintptr_t top;
static uintptr_t limit;
static header *bins[BINS];

static uintptr_t align(uintptr_t address, size_t alignment) {
    return (address + alignment - 1) & ~(alignment - 1);
}

/* The bin for a size, and the capacity of its blocks. */
static size_t bin_of(size_t size, size_t *capacity) {
    if (size <= SMALL) {
        *capacity = size == 0 ? ALIGNMENT : align(size, ALIGNMENT);
        return *capacity / ALIGNMENT;
    }
    size_t bits = 31 - (size_t)__builtin_clz((unsigned)size - 1);
    size_t step = (size_t)1 << (bits - 2);
    *capacity = align(size, step);
    return SMALL_BINS + 4 * (bits - SMALL_BITS) + (*capacity - ((size_t)1 << bits)) / step - 1;
}

/* Makes sure that some bytes are free at the top, which moves where the memory in between is not ours. */
static bool reserve(size_t size) {
    if (limit == 0) {
        top = align((uintptr_t)&__heap_base, ALIGNMENT);
        limit = __builtin_wasm_memory_size(0) * WASM_PAGE;
    }
    if (limit >= top && size <= limit - top) return true;
    size_t pages = align(size < GROWTH ? GROWTH : size, WASM_PAGE) / WASM_PAGE;
    size_t before = __builtin_wasm_memory_grow(0, pages);
    if (before == SIZE_MAX) return false;
    if (before * WASM_PAGE != limit) top = before * WASM_PAGE;
    limit = (before + pages) * WASM_PAGE;
    return true;
}

static header *header_of(void *block) {
    return (header *)block - 1;
}

static bool is_last(const header *found) {
    return (uintptr_t)(found + 1) + found->capacity == top;
}

static void *cut(size_t capacity, size_t alignment) {
    if (!reserve(capacity + sizeof(header) + alignment)) return NULL;
    header *fresh = (header *)align(top + sizeof(header), alignment) - 1;
    fresh->capacity = capacity;
    top = (uintptr_t)(fresh + 1) + capacity;
    return fresh + 1;
}

void *malloc(size_t size) {
    size_t capacity;
    if (size > SIZE_MAX_ALLOWED) return NULL;
    size_t bin = bin_of(size, &capacity);
    header *kept = bins[bin];
    if (!kept) return cut(capacity, ALIGNMENT);
    bins[bin] = kept->next;
    return kept + 1;
}

void free(void *block) {
    if (!block) return;
    header *freed = header_of(block);
    if (is_last(freed)) {
        top = (uintptr_t)freed;
        return;
    }
    size_t bin = bin_of(freed->capacity, &freed->capacity);
    freed->next = bins[bin];
    bins[bin] = freed;
}

void *realloc(void *block, size_t size) {
    if (!block) return malloc(size);
    header *old = header_of(block);
    if (size <= old->capacity) return block;
    if (size > SIZE_MAX_ALLOWED) return NULL;
    size_t capacity;
    bin_of(size, &capacity);
    if (is_last(old) && reserve(capacity - old->capacity) && is_last(old)) {
        old->capacity = capacity;
        top = (uintptr_t)block + capacity;
        return block;
    }
    void *fresh = malloc(size);
    if (!fresh) return NULL;
    memcpy(fresh, block, old->capacity);
    free(block);
    return fresh;
}

/* Without the attribute, the compiler makes a call of calloc of it. */
__attribute__((no_builtin("malloc"))) void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *block = malloc(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

void *aligned_alloc(size_t alignment, size_t size) {
    if (alignment <= ALIGNMENT) return malloc(size);
    if (size > SIZE_MAX_ALLOWED || alignment > SIZE_MAX_ALLOWED) return NULL;
    size_t capacity;
    bin_of(size, &capacity);
    return cut(capacity, alignment);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = aligned_alloc(alignment, size);
    return *block ? 0 : ENOMEM;
}
