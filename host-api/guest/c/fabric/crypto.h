/** Hashes and signatures, which cost far less at the peer than inside the contract. */
#ifndef FABRIC_CRYPTO_H
#define FABRIC_CRYPTO_H

#include "text.h"

/** Hash functions. */
typedef enum fabric_hash_algorithm {
    FABRIC_SHA256,
    FABRIC_SHA384,
    FABRIC_SHA512,
    FABRIC_SHA3_256,
    FABRIC_SHA3_384,
} fabric_hash_algorithm;

/** Kinds of signatures. */
typedef enum fabric_signature_algorithm {
    /** ECDSA on the curve P-256 over SHA-256, the signature in DER. */
    FABRIC_ECDSA_P256_SHA256,
    /** ECDSA on the curve P-384 over SHA-384, the signature in DER. */
    FABRIC_ECDSA_P384_SHA384,
    FABRIC_ED25519,
    /** RSA with PKCS #1 v1.5 padding over SHA-256; keys of 2048 to 8192 bits. */
    FABRIC_RSA_PKCS1_SHA256,
    /** RSA-PSS over SHA-256 with a salt of 32 bytes; keys of 2048 to 8192 bits. */
    FABRIC_RSA_PSS_SHA256,
} fabric_signature_algorithm;

/** The hash of some bytes. */
fabric_bytes fabric_hash(fabric_hash_algorithm algorithm, fabric_bytes data);

/** SHA-256. */
static inline fabric_bytes fabric_sha256(fabric_bytes data) {
    return fabric_hash(FABRIC_SHA256, data);
}

/**
 * Whether a signature is right. The public key is a SubjectPublicKeyInfo in DER, or PEM of such a key or of an X.509
 * certificate; an error when it is neither or belongs to another algorithm.
 */
bool fabric_verify(fabric_signature_algorithm algorithm, fabric_bytes public_key, fabric_bytes message,
                   fabric_bytes signature, bool *is_right);

#endif
