#include "text.h"

bool fabric_parse_list(fabric_bytes argument, fabric_list *result) {
    fabric_bytes *items = fabric_allocate((argument.size + 1) * sizeof *items);
    size_t count = 0;
    for (size_t begin = 0, at = 0; at <= argument.size; at++) {
        if (at < argument.size && argument.data[at] != ',') continue;
        if (at > begin) items[count++] = (fabric_bytes){argument.data + begin, at - begin};
        begin = at + 1;
    }
    *result = (fabric_list){items, count};
    return fabric_is_utf8(argument);
}

fabric_key_values entries_of(fabric_list texts) {
    fabric_key_value *entries = fabric_allocate(texts.count * sizeof *entries);
    for (size_t i = 0; i < texts.count; i++) {
        fabric_bytes text = texts.items[i];
        const char *sign = memchr(text.data, '=', text.size);
        size_t length = sign ? (size_t)(sign - text.data) : text.size;
        entries[i].key = (fabric_bytes){text.data, length};
        entries[i].value = sign ? (fabric_bytes){sign + 1, text.size - length - 1} : fabric_str("");
    }
    return (fabric_key_values){entries, texts.count};
}

fabric_bytes optional(fabric_bytes value) {
    return fabric_exists(value) ? fabric_lossy(value) : fabric_str("<none>");
}

fabric_bytes hexadecimal(fabric_bytes bytes) {
    fabric_buffer text = {0};
    for (size_t i = 0; i < bytes.size; i++) fabric_append_format(&text, "%02x", (unsigned char)bytes.data[i]);
    return fabric_contents(&text);
}

fabric_bytes joined(fabric_list items) {
    fabric_buffer text = {0};
    for (size_t i = 0; i < items.count; i++) {
        if (i > 0) fabric_append(&text, fabric_str(","));
        fabric_append(&text, optional(items.items[i]));
    }
    return fabric_contents(&text);
}

static void append_pair(fabric_buffer *text, const fabric_key_value *pair) {
    const char *comma = text->size > 0 ? "," : "";
    fabric_append_format(text, "%s%.*s=%.*s", comma, FABRIC_ARG(pair->key), FABRIC_ARG(fabric_lossy(pair->value)));
}

fabric_bytes pairs(fabric_key_values pairs) {
    fabric_buffer text = {0};
    for (size_t i = 0; i < pairs.count; i++) append_pair(&text, &pairs.items[i]);
    return fabric_contents(&text);
}

fabric_bytes replaced(fabric_bytes text, char from, char to) {
    char *copy = fabric_copy(text);
    for (size_t i = 0; i < text.size; i++) {
        if (copy[i] == from) copy[i] = to;
    }
    return (fabric_bytes){copy, text.size};
}

static bool read_entries(fabric_state_iterator *found, fabric_bytes *text) {
    fabric_buffer buffer = {0};
    fabric_key_value entry;
    while (fabric_state_next(found, &entry)) append_pair(&buffer, &entry);
    *text = replaced(fabric_contents(&buffer), '\0', '/');
    return fabric_state_close(found);
}

bool respond_entries(bool is_ok, fabric_state_iterator *found) {
    fabric_bytes text;
    return is_ok && read_entries(found, &text) && fabric_respond(text);
}

bool respond_page(bool is_ok, fabric_state_iterator *found, const fabric_page *page) {
    fabric_bytes text;
    if (!is_ok || !read_entries(found, &text)) return false;
    fabric_bytes bookmark = replaced(page->bookmark, '\0', '/');
    return fabric_respond(fabric_format("%.*s|%u|%.*s", FABRIC_ARG(text), (unsigned)page->fetched_records_count,
                                        FABRIC_ARG(bookmark)));
}
