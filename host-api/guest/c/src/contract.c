#include "../fabric/contract.h"

#include <inttypes.h>

#include "convert.h"

/* The linker puts what FABRIC_SUBMIT and FABRIC_EVALUATE list between these two. */
extern const fabric_function_ __start_fabric_functions[];
extern const fabric_function_ __stop_fabric_functions[];

static fabric_bytes response = {"", 0};

bool fabric_respond(fabric_bytes payload) {
    response = (fabric_bytes){fabric_copy(payload), payload.size};
    return true;
}

bool fabric_respond_i64(int64_t number) {
    return fabric_respond(fabric_format("%" PRId64, number));
}

bool fabric_respond_u64(uint64_t number) {
    return fabric_respond(fabric_format("%" PRIu64, number));
}

bool fabric_respond_boolean(bool boolean) {
    return fabric_respond(fabric_str(boolean ? "true" : "false"));
}

__attribute__((format(printf, 1, 0))) static fabric_bytes text_of(const char *format, va_list arguments) {
    fabric_buffer text = {0};
    fabric_append_arguments(&text, format, arguments);
    return fabric_lossy(fabric_contents(&text));
}

bool fabric_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_error(text_of(format, arguments));
    va_end(arguments);
    return false;
}

void fabric_log(fabric_level level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    chaincode_string_t line = to_string(text_of(format, arguments));
    va_end(arguments);
    fabric_chaincode_diagnostics_log((fabric_chaincode_diagnostics_level_t)level, &line);
}

void fabric_abort(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    chaincode_string_t message = to_string(text_of(format, arguments));
    va_end(arguments);
    fabric_chaincode_diagnostics_abort(&message);
    __builtin_trap();
}

static bool call(fabric_bytes function, fabric_list args) {
    fabric_arguments_ arguments = {args, 0};
    const fabric_function_ *listed = __start_fabric_functions;
    for (; listed < __stop_fabric_functions; listed++) {
        if (fabric_equal(function, listed->name)) return listed->call(&arguments);
    }
    return fabric_fail("Function %.*s not found in contract", FABRIC_ARG(function));
}

bool exports_fabric_chaincode_contract_invoke(chaincode_string_t *function, chaincode_list_list_u8_t *args,
                                              chaincode_list_u8_t *payload, chaincode_string_t *error) {
    if (call(from_string(*function), from_list(*args))) {
        *payload = to_bytes(response);
        return true;
    }
    fabric_bytes reason = fabric_lossy(fabric_error());
    *error = to_string((fabric_bytes){fabric_copy(reason), reason.size});
    return false;
}

bool exports_fabric_chaincode_contract_init(chaincode_string_t *function, chaincode_list_list_u8_t *args,
                                            chaincode_list_u8_t *payload, chaincode_string_t *error) {
    return exports_fabric_chaincode_contract_invoke(function, args, payload, error);
}
