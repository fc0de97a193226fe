/// Hashes and signatures, which cost far less at the peer than inside the contract.
#pragma once

#include "bindings.hpp"

namespace fabric {

/// Hash functions.
enum class hash_algorithm : std::uint8_t { sha256, sha384, sha512, sha3_256, sha3_384 };

/// Kinds of signatures.
enum class signature_algorithm : std::uint8_t {
    /// ECDSA on the curve P-256 over SHA-256, the signature in DER.
    ecdsa_p256_sha256,
    /// ECDSA on the curve P-384 over SHA-384, the signature in DER.
    ecdsa_p384_sha384,
    ed25519,
    /// RSA with PKCS #1 v1.5 padding over SHA-256; keys of 2048 to 8192 bits.
    rsa_pkcs1_sha256,
    /// RSA-PSS over SHA-256 with a salt of 32 bytes; keys of 2048 to 8192 bits.
    rsa_pss_sha256,
};

/// The hash of some bytes.
inline std::string hash(hash_algorithm algorithm, std::string_view data) {
    auto raw_data = detail::to_bytes(data);
    const auto raw_algorithm = static_cast<fabric_chaincode_crypto_hash_algorithm_t>(algorithm);
    return detail::take(detail::get<chaincode_list_u8_t>(fabric_chaincode_crypto_hash, raw_algorithm, &raw_data));
}

/// SHA-256.
inline std::string sha256(std::string_view data) {
    return hash(hash_algorithm::sha256, data);
}

/// Whether a signature is right. The public key is a SubjectPublicKeyInfo in DER, or PEM of such a key or of an X.509
/// certificate; an error when it is neither or belongs to another algorithm.
inline result<bool> verify(signature_algorithm algorithm, std::string_view public_key, std::string_view message,
                           std::string_view signature) {
    auto raw_key = detail::to_bytes(public_key), raw_message = detail::to_bytes(message);
    auto raw_signature = detail::to_bytes(signature);
    const auto raw_algorithm = static_cast<fabric_chaincode_crypto_signature_algorithm_t>(algorithm);
    return detail::call<bool>([](bool is_right) { return is_right; }, fabric_chaincode_crypto_verify, raw_algorithm,
                              &raw_key, &raw_message, &raw_signature);
}

}  // namespace fabric
