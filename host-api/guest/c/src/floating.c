#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "../fabric/contract.h"

static size_t digits_at(const char *text) {
    return strspn(text, "0123456789");
}

/* strtod() alone also takes hexadecimal digits, white space and names with brackets. */
static bool is_number(const char *text) {
    if (*text == '+' || *text == '-') text++;
    if (!strcasecmp(text, "inf") || !strcasecmp(text, "infinity") || !strcasecmp(text, "nan")) return true;
    size_t whole = digits_at(text), fraction = 0;
    text += whole;
    if (*text == '.') {
        fraction = digits_at(text + 1);
        text += 1 + fraction;
    }
    if (whole + fraction == 0) return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        if (*text == '+' || *text == '-') text++;
        if (digits_at(text) == 0) return false;
        text += digits_at(text);
    }
    return *text == '\0';
}

bool fabric_parse_f64(fabric_bytes argument, double *result) {
    char *text = fabric_copy(argument);
    bool is_one = strlen(text) == argument.size && is_number(text);
    if (is_one) *result = strtod(text, NULL);
    free(text);
    return is_one;
}

/* Writes digits of the form "d.ddde+x" without an exponent. */
static void append_plain(fabric_buffer *buffer, const char *scientific) {
    char digits[32];
    int count = 0;
    if (*scientific == '-') fabric_append(buffer, (fabric_bytes){scientific++, 1});
    for (; *scientific != 'e'; scientific++) {
        if (*scientific != '.') digits[count++] = *scientific;
    }
    int point = atoi(scientific + 1) + 1;
    while (count > 1 && digits[count - 1] == '0') count--;
    if (point <= 0) fabric_append(buffer, fabric_str("0."));
    for (int i = point; i < 0; i++) fabric_append(buffer, fabric_str("0"));
    for (int i = 0; i < count || i < point; i++) {
        if (i == point && i > 0) fabric_append(buffer, fabric_str("."));
        fabric_append(buffer, (fabric_bytes){i < count ? &digits[i] : "0", 1});
    }
}

bool fabric_respond_f64(double number) {
    if (isnan(number)) return fabric_respond(fabric_str("NaN"));
    if (isinf(number)) return fabric_respond(fabric_str(number < 0 ? "-inf" : "inf"));
    char scientific[40];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(scientific, sizeof scientific, "%.*e", precision, number);
        if (strtod(scientific, NULL) == number) break;
    }
    fabric_buffer plain = {0};
    append_plain(&plain, scientific);
    return fabric_respond(fabric_contents(&plain));
}
