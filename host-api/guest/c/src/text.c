#include "../fabric/text.h"

void *fabric_allocate(size_t size) {
    void *block = malloc(size);
    /* The peer knows that it refused memory, and says so. */
    if (!block) __builtin_trap();
    return block;
}

char *fabric_copy(fabric_bytes bytes) {
    char *copy = fabric_allocate(bytes.size + 1);
    if (bytes.size > 0) memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = '\0';
    return copy;
}

void fabric_append(fabric_buffer *buffer, fabric_bytes bytes) {
    if (bytes.size == 0) return;
    if (bytes.size > buffer->capacity - buffer->size) {
        size_t wanted = buffer->size + bytes.size;
        size_t capacity = wanted < 2 * buffer->capacity ? 2 * buffer->capacity : wanted;
        char *grown = realloc(buffer->data, capacity);
        if (!grown) __builtin_trap();
        buffer->data = grown;
        buffer->capacity = capacity;
    }
    memcpy(buffer->data + buffer->size, bytes.data, bytes.size);
    buffer->size += bytes.size;
}

/* The length of the character at `at`, 0 if there is none that UTF-8 allows. */
static size_t character_length(fabric_bytes bytes, size_t at) {
    const unsigned char *text = (const unsigned char *)bytes.data + at;
    size_t rest = bytes.size - at;
    if (text[0] < 0x80) return 1;
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4 || rest < length) return 0;
    /* The first two bytes tell overlong forms, surrogates and what lies above U+10FFFF. */
    unsigned char lowest = text[0] == 0xe0 ? 0xa0 : text[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char highest = text[0] == 0xed ? 0x9f : text[0] == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < lowest || text[1] > highest) return 0;
    for (size_t i = 2; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
    }
    return length;
}

bool fabric_is_utf8(fabric_bytes bytes) {
    for (size_t at = 0; at < bytes.size;) {
        size_t length = character_length(bytes, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

fabric_bytes fabric_lossy(fabric_bytes bytes) {
    if (fabric_is_utf8(bytes)) return bytes;
    fabric_buffer text = {0};
    for (size_t at = 0; at < bytes.size;) {
        size_t length = character_length(bytes, at);
        fabric_append(&text, length > 0 ? (fabric_bytes){bytes.data + at, length} : fabric_str("\xef\xbf\xbd"));
        at += length > 0 ? length : 1;
    }
    return fabric_contents(&text);
}
