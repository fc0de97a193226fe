#include <stdint.h>
#include <stdio.h>

#include "../fabric/text.h"

enum {
    /* Longest conversion that is understood, as in "%+020.10lld". */
    CONVERSION_MAX = 32,
};

/* One conversion of a format: where it ends, and its text with numbers in the place of stars. */
typedef struct conversion {
    const char *end;
    char text[CONVERSION_MAX + 12];
    size_t length;
    /* What stood for the precision's star; -1 without one. */
    int precision;
    bool is_long;
    bool is_long_long;
} conversion;

__attribute__((format(printf, 2, 0))) static void print(fabric_buffer *buffer, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    char small[128];
    int length = vsnprintf(small, sizeof small, format, arguments);
    if (length >= (int)sizeof small) {
        char *large = fabric_allocate((size_t)length + 1);
        vsnprintf(large, (size_t)length + 1, format, again);
        fabric_append(buffer, (fabric_bytes){large, (size_t)length});
        free(large);
    } else if (length > 0) {
        fabric_append(buffer, (fabric_bytes){small, (size_t)length});
    }
    va_end(again);
}

__attribute__((format(printf, 2, 3))) static void print_one(fabric_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print(buffer, format, arguments);
    va_end(arguments);
}

static bool is_letter(char character) {
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
}

/* Reads what follows a percent sign, up to the letter of the conversion. Takes the numbers for stars from the arguments. */
static conversion read_conversion(const char *begin, va_list *arguments) {
    conversion found;
    found.text[0] = '%';
    found.length = 1;
    found.precision = -1;
    found.is_long = found.is_long_long = false;
    const char *at = begin;
    for (; *at && *at != '%' && at - begin < CONVERSION_MAX; at++) {
        if (*at == '*') {
            int number = va_arg(*arguments, int);
            if (at > begin && at[-1] == '.') found.precision = number;
            found.length += (size_t)snprintf(found.text + found.length, 12, "%d", number);
            continue;
        }
        bool is_length = *at == 'l' || *at == 'h' || *at == 'L' || *at == 'j' || *at == 'z' || *at == 't';
        if (is_letter(*at) && !is_length) break;
        found.is_long_long |= *at == 'j' || (*at == 'l' && found.is_long);
        found.is_long |= *at == 'l' || *at == 'z' || *at == 't';
        found.text[found.length++] = *at;
    }
    found.text[found.length++] = *at;
    found.text[found.length] = '\0';
    found.end = *at ? at + 1 : at;
    return found;
}

static void append_decimal(fabric_buffer *buffer, bool is_negative, unsigned long long magnitude) {
    char digits[24];
    size_t begin = sizeof digits;
    do {
        digits[--begin] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (is_negative) digits[--begin] = '-';
    fabric_append(buffer, (fabric_bytes){digits + begin, sizeof digits - begin});
}

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"

/* Decimal without width and flags is the most frequent, and is faster without printf. */
static void append_integer(fabric_buffer *buffer, const conversion *found, va_list *arguments) {
    long long number = found->is_long_long ? va_arg(*arguments, long long)
                       : found->is_long    ? va_arg(*arguments, long)
                                           : va_arg(*arguments, int);
    char letter = found->text[found->length - 1];
    bool is_plain = found->length == 2u + found->is_long + found->is_long_long;
    if (is_plain && (letter == 'd' || letter == 'i')) {
        unsigned long long bits = (unsigned long long)number;
        append_decimal(buffer, number < 0, number < 0 ? 0 - bits : bits);
    } else if (is_plain && letter == 'u') {
        append_decimal(buffer, false, found->is_long_long ? (unsigned long long)number : (unsigned long)number);
    } else if (found->is_long_long) {
        print_one(buffer, found->text, number);
    } else {
        print_one(buffer, found->text, (int)number);
    }
}

static void append_string(fabric_buffer *buffer, const conversion *found, const char *text) {
    if (found->precision >= 0) {
        fabric_append(buffer, (fabric_bytes){text, (size_t)found->precision});
    } else if (found->length == 2) {
        fabric_append(buffer, fabric_str(text));
    } else {
        print_one(buffer, found->text, text);
    }
}

static void append_conversion(fabric_buffer *buffer, const conversion *found, va_list *arguments) {
    switch (found->text[found->length - 1]) {
        case 's':
            append_string(buffer, found, va_arg(*arguments, const char *));
            break;
        case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': case 'c':
            append_integer(buffer, found, arguments);
            break;
        case 'f': case 'F': case 'e': case 'E': case 'g': case 'G': case 'a': case 'A':
            print_one(buffer, found->text, va_arg(*arguments, double));
            break;
        case 'p':
            print_one(buffer, found->text, va_arg(*arguments, void *));
            break;
        default:
            fabric_append(buffer, fabric_str("%"));
    }
}

#pragma clang diagnostic pop

void fabric_append_arguments(fabric_buffer *buffer, const char *format, va_list arguments) {
    va_list rest;
    va_copy(rest, arguments);
    while (*format) {
        size_t literal = 0;
        while (format[literal] && format[literal] != '%') literal++;
        fabric_append(buffer, (fabric_bytes){format, literal});
        format += literal;
        if (!*format) break;
        conversion found = read_conversion(format + 1, &rest);
        append_conversion(buffer, &found, &rest);
        format = found.end;
    }
    va_end(rest);
}

void fabric_append_format(fabric_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fabric_append_arguments(buffer, format, arguments);
    va_end(arguments);
}

fabric_bytes fabric_format(const char *format, ...) {
    fabric_buffer buffer = {0};
    va_list arguments;
    va_start(arguments, format);
    fabric_append_arguments(&buffer, format, arguments);
    va_end(arguments);
    return fabric_contents(&buffer);
}
