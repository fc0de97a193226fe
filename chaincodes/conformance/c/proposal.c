#include <inttypes.h>

#include "text.h"

static bool tx_id(void) {
    return fabric_respond(fabric_tx_id());
}
FABRIC_EVALUATE(TxId, tx_id)

static bool channel_id(void) {
    return fabric_respond(fabric_channel_id());
}
FABRIC_EVALUATE(ChannelId, channel_id)

static bool timestamp(void) {
    fabric_timestamp time = fabric_tx_timestamp();
    return fabric_respond(fabric_format("%" PRId64 ".%09" PRIu32, time.seconds, time.nanoseconds));
}
FABRIC_EVALUATE(Timestamp, timestamp)

/* What the peer says, not what this function was given. */
static bool args(fabric_bytes first, fabric_bytes second) {
    (void)first, (void)second;
    return fabric_respond(joined(fabric_args()));
}
FABRIC_EVALUATE(Args, args, (string, first), (string, second))

static bool transient(void) {
    return fabric_respond(pairs(fabric_transient()));
}
FABRIC_EVALUATE(Transient, transient)

static bool creator(void) {
    return fabric_respond(fabric_creator());
}
FABRIC_EVALUATE(Creator, creator)

static bool creator_msp_id(void) {
    return fabric_respond(fabric_creator_msp_id());
}
FABRIC_EVALUATE(CreatorMspId, creator_msp_id)

static bool creator_certificate(void) {
    return fabric_respond(fabric_creator_certificate());
}
FABRIC_EVALUATE(CreatorCertificate, creator_certificate)

static bool signed_proposal(void) {
    return fabric_respond(fabric_signed_proposal());
}
FABRIC_EVALUATE(SignedProposal, signed_proposal)

static bool binding(void) {
    return fabric_respond(hexadecimal(fabric_binding()));
}
FABRIC_EVALUATE(Binding, binding)

static bool decorations(void) {
    return fabric_respond(pairs(fabric_decorations()));
}
FABRIC_EVALUATE(Decorations, decorations)

static bool client_id(void) {
    fabric_bytes id;
    return fabric_client_id(&id) && fabric_respond(id);
}
FABRIC_EVALUATE(ClientId, client_id)

static bool client_msp_id(void) {
    return fabric_respond(fabric_client_msp_id());
}
FABRIC_EVALUATE(ClientMspId, client_msp_id)

static bool client_subject(void) {
    fabric_bytes subject;
    return fabric_client_subject(&subject) && fabric_respond(subject);
}
FABRIC_EVALUATE(ClientSubject, client_subject)

static bool client_issuer(void) {
    fabric_bytes issuer;
    return fabric_client_issuer(&issuer) && fabric_respond(issuer);
}
FABRIC_EVALUATE(ClientIssuer, client_issuer)

static bool client_units(void) {
    fabric_list units;
    return fabric_client_organizational_units(&units) && fabric_respond(joined(units));
}
FABRIC_EVALUATE(ClientUnits, client_units)

static bool client_attribute(fabric_bytes name) {
    fabric_bytes value;
    return fabric_client_attribute(name, &value) && fabric_respond(optional(value));
}
FABRIC_EVALUATE(ClientAttribute, client_attribute, (string, name))

static bool client_attributes(void) {
    fabric_key_values attributes;
    return fabric_client_attributes(&attributes) && fabric_respond(pairs(attributes));
}
FABRIC_EVALUATE(ClientAttributes, client_attributes)

static bool event(fabric_bytes name, fabric_bytes payload) {
    return fabric_set_event(name, payload);
}
FABRIC_SUBMIT(Event, event, (string, name), (bytes, payload))

static bool invoke(fabric_bytes name, fabric_bytes channel, fabric_list args) {
    fabric_chaincode_response response;
    if (!fabric_invoke_chaincode(name, args, channel, &response)) return false;
    return fabric_respond(fabric_format("%" PRId32 "|%.*s|%.*s", response.status, FABRIC_ARG(response.message),
                                        FABRIC_ARG(fabric_lossy(response.payload))));
}
FABRIC_SUBMIT(Invoke, invoke, (string, name), (string, channel), (list, args))

/* The index of a name, or -1 and an error. */
static int index_of(const char *what, fabric_bytes name, const char *const *names, int count) {
    for (int i = 0; i < count; i++) {
        if (fabric_equal(name, fabric_str(names[i]))) return i;
    }
    fabric_fail("no %s %.*s", what, FABRIC_ARG(name));
    return -1;
}

static bool hash(fabric_bytes algorithm, fabric_bytes data) {
    static const char *const names[] = {"sha256", "sha384", "sha512", "sha3-256", "sha3-384"};
    int index = index_of("algorithm", algorithm, names, 5);
    return index >= 0 && fabric_respond(hexadecimal(fabric_hash((fabric_hash_algorithm)index, data)));
}
FABRIC_EVALUATE(Hash, hash, (string, algorithm), (bytes, data))

static int digit(char character) {
    static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
    const char *found = memchr(digits, character, sizeof digits - 1);
    return found ? (int)(found - digits) / 2 : -1;
}

static bool from_hexadecimal(fabric_bytes text, fabric_bytes *bytes) {
    char *decoded = fabric_allocate(text.size / 2);
    for (size_t i = 0; i < text.size / 2; i++) {
        int high = digit(text.data[2 * i]), low = digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0) return fabric_fail("the signature is not hexadecimal");
        decoded[i] = (char)(high << 4 | low);
    }
    *bytes = (fabric_bytes){decoded, text.size / 2};
    return text.size % 2 == 0 || fabric_fail("the signature is not hexadecimal");
}

/* The signature in hexadecimal. */
static bool verify(fabric_bytes algorithm, fabric_bytes public_key, fabric_bytes message, fabric_bytes signature) {
    static const char *const names[] = {"ecdsa-p256-sha256", "ecdsa-p384-sha384", "ed25519", "rsa-pkcs1-sha256",
                                        "rsa-pss-sha256"};
    int index = index_of("algorithm", algorithm, names, 5);
    bool is_right;
    return index >= 0 && from_hexadecimal(signature, &signature) &&
           fabric_verify((fabric_signature_algorithm)index, public_key, message, signature, &is_right) &&
           fabric_respond_boolean(is_right);
}
FABRIC_EVALUATE(Verify, verify, (string, algorithm), (bytes, public_key), (bytes, message), (string, signature))

static bool log_line(fabric_bytes level, fabric_bytes message) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    int index = index_of("level", level, names, 4);
    if (index < 0) return false;
    fabric_log((fabric_level)index, "%.*s", FABRIC_ARG(message));
    return true;
}
FABRIC_EVALUATE(Log, log_line, (string, level), (string, message))

static bool abort_with(fabric_bytes message) {
    fabric_abort("%.*s", FABRIC_ARG(message));
}
FABRIC_EVALUATE(Abort, abort_with, (string, message))
