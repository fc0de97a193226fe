#include "../fabric/json.h"

enum {
    DEPTH_MAX = 128,
};

/* What is left of the text. */
typedef struct reader {
    const char *at;
    const char *end;
    int depth;
} reader;

static fabric_json *read_value(reader *input);

static void skip_spaces(reader *input) {
    while (input->at < input->end && memchr(" \t\n\r", *input->at, 4)) input->at++;
}

/* Goes past a character if it is the next one. */
static bool skip(reader *input, char expected) {
    if (input->at == input->end || *input->at != expected) return false;
    input->at++;
    return true;
}

static bool skip_word(reader *input, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(input->end - input->at) < length || memcmp(input->at, word, length) != 0) return false;
    input->at += length;
    return true;
}

static size_t skip_digits(reader *input) {
    const char *begin = input->at;
    while (input->at < input->end && *input->at >= '0' && *input->at <= '9') input->at++;
    return (size_t)(input->at - begin);
}

static bool skip_number(reader *input) {
    skip(input, '-');
    if (!skip(input, '0') && skip_digits(input) == 0) return false;
    if (skip(input, '.') && skip_digits(input) == 0) return false;
    if (skip(input, 'e') || skip(input, 'E')) {
        if (!skip(input, '+')) skip(input, '-');
        return skip_digits(input) > 0;
    }
    return true;
}

/* Four hexadecimal digits, -1 if they are none. */
static int32_t read_unit(reader *input) {
    if (input->end - input->at < 4) return -1;
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
        const char *found = memchr(digits, *input->at++, sizeof digits - 1);
        if (!found) return -1;
        unit = 16 * unit + (int32_t)(found - digits) / 2;
    }
    return unit;
}

/* What follows `\u`: a character, or two halves of one. */
static bool read_escaped_character(reader *input, fabric_buffer *text) {
    int32_t character = read_unit(input);
    if (character >= 0xd800 && character < 0xdc00) {
        int32_t low = skip_word(input, "\\u") ? read_unit(input) : -1;
        if (low < 0xdc00 || low > 0xdfff) return false;
        character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    } else if (character < 0 || (character >= 0xdc00 && character < 0xe000)) {
        return false;
    }
    char bytes[4];
    int length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (int i = length - 1; i > 0; i--, character >>= 6) bytes[i] = (char)(0x80 | (character & 0x3f));
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    bytes[0] = (char)(marks[length] | character);
    fabric_append(text, (fabric_bytes){bytes, (size_t)length});
    return true;
}

static bool read_escape(reader *input, fabric_buffer *text) {
    static const char names[] = "\"\\/bfnrt", characters[] = "\"\\/\b\f\n\r\t";
    if (skip(input, 'u')) return read_escaped_character(input, text);
    const char *found = input->at < input->end ? memchr(names, *input->at, sizeof names - 1) : NULL;
    if (!found) return false;
    input->at++;
    fabric_append(text, (fabric_bytes){characters + (found - names), 1});
    return true;
}

static bool read_string(reader *input, fabric_bytes *result) {
    if (!skip(input, '"')) return false;
    fabric_buffer text = {0};
    while (!skip(input, '"')) {
        const char *begin = input->at;
        while (input->at < input->end && *input->at != '"' && *input->at != '\\') {
            if ((unsigned char)*input->at++ < 0x20) return false;
        }
        fabric_append(&text, (fabric_bytes){begin, (size_t)(input->at - begin)});
        if (input->at == input->end || (skip(input, '\\') && !read_escape(input, &text))) return false;
    }
    *result = fabric_contents(&text);
    return true;
}

/* Items up to the closing bracket, with names before them in an object. */
static bool read_items(reader *input, fabric_json *parent, char closing) {
    fabric_json **last = &parent->first;
    skip_spaces(input);
    if (skip(input, closing)) return true;
    do {
        fabric_bytes name = {0};
        skip_spaces(input);
        if (parent->kind == FABRIC_JSON_OBJECT) {
            if (!read_string(input, &name)) return false;
            skip_spaces(input);
            if (!skip(input, ':')) return false;
        }
        fabric_json *item = read_value(input);
        if (!item) return false;
        item->name = name;
        *last = item;
        last = &item->next;
        skip_spaces(input);
    } while (skip(input, ','));
    return skip(input, closing);
}

static bool read_nested(reader *input, fabric_json *value, fabric_json_kind kind, char closing) {
    value->kind = kind;
    if (++input->depth > DEPTH_MAX) return false;
    bool is_read = read_items(input, value, closing);
    input->depth--;
    return is_read;
}

static bool read_scalar(reader *input, fabric_json *value) {
    const char *begin = input->at;
    if (skip_word(input, "null")) {
        value->kind = FABRIC_JSON_NULL;
    } else if (skip_word(input, "true") || skip_word(input, "false")) {
        value->kind = FABRIC_JSON_BOOLEAN;
    } else if (skip_number(input)) {
        value->kind = FABRIC_JSON_NUMBER;
    } else {
        return false;
    }
    value->text = (fabric_bytes){begin, (size_t)(input->at - begin)};
    return true;
}

static fabric_json *read_value(reader *input) {
    fabric_json *value = fabric_allocate(sizeof *value);
    *value = (fabric_json){0};
    skip_spaces(input);
    bool is_read;
    if (skip(input, '{')) {
        is_read = read_nested(input, value, FABRIC_JSON_OBJECT, '}');
    } else if (skip(input, '[')) {
        is_read = read_nested(input, value, FABRIC_JSON_ARRAY, ']');
    } else if (input->at < input->end && *input->at == '"') {
        value->kind = FABRIC_JSON_STRING;
        is_read = read_string(input, &value->text);
    } else {
        is_read = read_scalar(input, value);
    }
    return is_read ? value : NULL;
}

const fabric_json *fabric_json_parse(fabric_bytes text) {
    if (!fabric_is_utf8(text)) return NULL;
    reader input = {text.data, text.data + text.size, 0};
    const fabric_json *value = read_value(&input);
    skip_spaces(&input);
    return input.at == input.end ? value : NULL;
}
