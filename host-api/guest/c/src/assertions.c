/* What assert() calls. The C library's own would write to a standard error that nobody reads. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "generated/chaincode.h"

void __assert_fail(const char *expression, const char *file, int line, const char *function) {
    char message[512];
    snprintf(message, sizeof message, "assertion failed: %s, %s:%d: %s", expression, file, line, function);
    chaincode_string_t text = {(uint8_t *)message, strlen(message)};
    fabric_chaincode_diagnostics_abort(&text);
    __builtin_trap();
}
