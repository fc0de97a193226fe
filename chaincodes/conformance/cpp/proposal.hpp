#pragma once

#include "text.hpp"

inline std::string tx_id(context& context) {
    return context.tx_id();
}

inline std::string channel_id(context& context) {
    return context.channel_id();
}

inline std::string timestamp(context& context) {
    const auto [seconds, nanoseconds] = context.tx_timestamp();
    const auto digits = fabric::concat(nanoseconds);
    return fabric::concat(seconds, '.', std::string(9 - digits.size(), '0'), digits);
}

/// What the peer says, not what this function was given.
inline std::string args(context& context, std::string_view, std::string_view) {
    return joined(context.args());
}

inline std::string transient(context& context) {
    return pairs(context.transient());
}

inline std::string creator(context& context) {
    return context.creator();
}

inline std::string creator_msp_id(context& context) {
    return context.creator_msp_id();
}

inline std::string creator_certificate(context& context) {
    return context.creator_certificate();
}

inline std::string signed_proposal(context& context) {
    return context.signed_proposal();
}

inline std::string binding(context& context) {
    return hexadecimal(context.binding());
}

inline std::string decorations(context& context) {
    return pairs(context.decorations());
}

inline result<std::string> client_id(context& context) {
    return context.client_identity().id();
}

inline std::string client_msp_id(context& context) {
    return context.client_identity().msp_id();
}

inline result<std::string> client_subject(context& context) {
    return context.client_identity().subject();
}

inline result<std::string> client_issuer(context& context) {
    return context.client_identity().issuer();
}

inline result<std::string> client_units(context& context) {
    return joined(FABRIC_TRY(context.client_identity().organizational_units()));
}

inline result<std::string> client_attribute(context& context, std::string_view name) {
    return optional(FABRIC_TRY(context.client_identity().attribute(name)));
}

inline result<std::string> client_attributes(context& context) {
    return pairs(FABRIC_TRY(context.client_identity().attributes()));
}

inline result<void> event(context& context, std::string_view name, fabric::bytes payload) {
    return context.set_event(name, payload);
}

inline result<std::string> invoke(context& context, std::string_view name, std::string_view channel, text_list args) {
    const auto response = FABRIC_TRY(context.invoke_chaincode(name, args.items, channel));
    return fabric::concat(response.status, '|', response.message, '|', fabric::lossy(response.payload));
}

/// The value that stands beside a name.
template <class Value>
result<Value> named(std::string_view what, std::string_view name,
                    std::initializer_list<std::pair<std::string_view, Value>> values) {
    for (const auto& [known, value] : values) {
        if (known == name) return value;
    }
    return error("no ", what, ' ', name);
}

inline result<std::string> hash(context&, std::string_view algorithm, fabric::bytes data) {
    using enum fabric::hash_algorithm;
    const auto found = FABRIC_TRY(named<fabric::hash_algorithm>("algorithm", algorithm,
                                                                {{"sha256", sha256},
                                                                 {"sha384", sha384},
                                                                 {"sha512", sha512},
                                                                 {"sha3-256", sha3_256},
                                                                 {"sha3-384", sha3_384}}));
    return hexadecimal(fabric::hash(found, data));
}

inline result<std::string> from_hexadecimal(std::string_view text) {
    std::string bytes;
    for (; !text.empty(); text.remove_prefix(2)) {
        unsigned char byte;
        const char* end = text.data() + 2;
        if (text.size() < 2 || std::from_chars(text.data(), end, byte, 16).ptr != end) {
            return error("the signature is not hexadecimal");
        }
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

/// The signature in hexadecimal.
inline result<bool> verify(context&, std::string_view algorithm, fabric::bytes public_key, fabric::bytes message,
                           std::string_view signature) {
    using enum fabric::signature_algorithm;
    const auto found = FABRIC_TRY(named<fabric::signature_algorithm>("algorithm", algorithm,
                                                                     {{"ecdsa-p256-sha256", ecdsa_p256_sha256},
                                                                      {"ecdsa-p384-sha384", ecdsa_p384_sha384},
                                                                      {"ed25519", ed25519},
                                                                      {"rsa-pkcs1-sha256", rsa_pkcs1_sha256},
                                                                      {"rsa-pss-sha256", rsa_pss_sha256}}));
    return fabric::verify(found, public_key, message, FABRIC_TRY(from_hexadecimal(signature)));
}

inline result<void> log_line(context& context, std::string_view level, std::string_view message) {
    if (level == "debug") {
        context.log_debug(message);
    } else if (level == "info") {
        context.log_info(message);
    } else if (level == "warning") {
        context.log_warning(message);
    } else if (level == "error") {
        context.log_error(message);
    } else {
        return error("no level ", level);
    }
    return {};
}

inline void abort_with(context& context, std::string_view message) {
    context.abort(message);
}
