/** A contract's functions: how they are listed, what they are given, and how they answer. */
#ifndef FABRIC_CONTRACT_H
#define FABRIC_CONTRACT_H

#include "json.h"
#include "parameters.h"
#include "text.h"

/**
 * Lists a function that writes, behind its definition and outside of any function:
 *
 *     static bool create_asset(fabric_bytes id, int64_t size) { ... }
 *     FABRIC_SUBMIT(CreateAsset, create_asset, (string, id), (i64, size))
 *
 * First the name for clients, then the C function, then a kind and a name for each of its parameters, see parameters.h. The
 * C function returns whether it succeeded. The list also goes into the file, so that it can be shown without running it.
 */
#define FABRIC_SUBMIT(function, handler, ...) FABRIC_LISTED_("submit", function, handler, __VA_ARGS__)

/** Lists a function that only reads. */
#define FABRIC_EVALUATE(function, handler, ...) FABRIC_LISTED_("evaluate", function, handler, __VA_ARGS__)

/** Sets the response's payload, which is copied, and returns true. Without it, the payload is empty. */
bool fabric_respond(fabric_bytes payload);

/** Answers with an integer in decimal. */
bool fabric_respond_i64(int64_t number);

/** Answers with an integer in decimal. */
bool fabric_respond_u64(uint64_t number);

/** Answers with a number in decimal, with as many digits as it takes to tell it from its neighbours. */
bool fabric_respond_f64(double number);

/** Answers with "true" or "false". */
bool fabric_respond_boolean(bool boolean);

/**
 * Sets the error, formatted as fabric_append_format() does, and returns false:
 * `return fabric_fail("the asset %.*s does not exist", FABRIC_ARG(id));`
 */
__attribute__((format(printf, 1, 2))) bool fabric_fail(const char *format, ...);

/** Why the last function failed that did. */
fabric_bytes fabric_error(void);

/** How important a line of the log is. */
typedef enum fabric_level {
    FABRIC_DEBUG,
    FABRIC_INFO,
    FABRIC_WARNING,
    FABRIC_ERROR,
} fabric_level;

/** A line for the chaincode's log at the peer. Nothing of it reaches the ledger. Long lines are cut. */
__attribute__((format(printf, 2, 3))) void fabric_log(fabric_level level, const char *format, ...);

/** Ends the call at once, as a failed assert() does; the message reaches the client. */
__attribute__((format(printf, 1, 2), noreturn)) void fabric_abort(const char *format, ...);

#endif
