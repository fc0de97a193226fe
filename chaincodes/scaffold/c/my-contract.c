#include <fabric.h>

/* Sets a key. */
static bool put(fabric_bytes key, fabric_bytes value) {
    return fabric_put_state(key, value);
}
FABRIC_SUBMIT(Put, put, (string, key), (string, value))

/* Returns the value of a key. */
static bool get(fabric_bytes key) {
    fabric_bytes value;
    if (!fabric_get_state(key, &value)) return false;
    if (!fabric_exists(value)) return fabric_fail("%.*s does not exist", FABRIC_ARG(key));
    return fabric_respond(value);
}
FABRIC_EVALUATE(Get, get, (string, key))
