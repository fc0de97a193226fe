## The allocator, in place of the C library's.
##
## An instance lives for one call, so memory is given out in a row and taken back only at the end of the row. Its first part is
## there from the start: not growing the instance's memory saves the peer two changes of page protection per call.

{.used.}

{.emit: """/*INCLUDESECTION*/
#include <stddef.h>
#include <string.h>
""".}

{.emit: """
/* Before each block stands its size. */
#define FABRIC_HEADER 16

extern unsigned char __heap_base, __heap_end;
static size_t fabric_begin, fabric_end;

static size_t fabric_rounded(size_t size) { return (size + FABRIC_HEADER - 1) & ~(size_t)(FABRIC_HEADER - 1); }

static size_t *fabric_size(void *block) { return (size_t *)((char *)block - FABRIC_HEADER); }

void *malloc(size_t size) {
  if (size > 0x7fffff00) return NULL;
  size = fabric_rounded(size);
  if (fabric_begin == 0) {
    fabric_begin = fabric_rounded((size_t)&__heap_base);
    fabric_end = (size_t)&__heap_end;
  }
  if (size + FABRIC_HEADER > fabric_end - fabric_begin) {
    size_t pages = (size + FABRIC_HEADER) / 65536 + 1;
    size_t start = __builtin_wasm_memory_grow(0, pages);
    /* The peer says that the memory limit is the reason. */
    if (start == (size_t)-1) __builtin_trap();
    /* The peer grows the memory, too, so the new pages need not follow the old ones. */
    if (start * 65536 != fabric_end) fabric_begin = start * 65536;
    fabric_end = (start + pages) * 65536;
  }
  void *block = (void *)(fabric_begin + FABRIC_HEADER);
  *fabric_size(block) = size;
  fabric_begin += size + FABRIC_HEADER;
  return block;
}

void free(void *block) {
  if (block && (size_t)block + *fabric_size(block) == fabric_begin) fabric_begin = (size_t)block - FABRIC_HEADER;
}

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  void *block = malloc(bytes);
  return block ? memset(block, 0, bytes) : NULL;
}

void *realloc(void *block, size_t size) {
  if (!block) return malloc(size);
  size_t old = *fabric_size(block);
  if (size <= old) return block;
  free(block);
  /* The last block of the row grows where it is; any other is copied to the end. */
  void *larger = malloc(size);
  if (larger && larger != block) memmove(larger, block, old);
  return larger;
}
""".}
