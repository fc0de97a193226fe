/// Hashes and signatures, computed by the peer.
module fabric.crypto;

import fabric.host;
import fabric.memory : Bytes;
import fabric.result : Result, ok;

/// How a hash is made.
enum HashAlgorithm
{
    sha256, ///
    sha384, ///
    sha512, ///
    sha3_256, ///
    sha3_384, ///
}

/// How a signature is made.
enum SignatureAlgorithm
{
    ecdsaP256Sha256, /// ECDSA on the curve P-256 over SHA-256, the signature in DER.
    ecdsaP384Sha384, /// ECDSA on the curve P-384 over SHA-384, the signature in DER.
    ed25519, ///
    rsaPkcs1Sha256, /// RSA with PKCS #1 v1.5 padding over SHA-256; keys of 2048 to 8192 bits.
    rsaPssSha256, /// RSA-PSS over SHA-256 with a salt of 32 bytes; keys of 2048 to 8192 bits.
}

/// The hash of some bytes.
Bytes hash(HashAlgorithm algorithm, const(void)[] data)
{
    call!"hash"(algorithm, data);
    return registerBytes(0);
}

/// SHA-256.
Bytes sha256(const(void)[] data)
{
    return hash(HashAlgorithm.sha256, data);
}

/// Whether a signature is right. The public key is a `SubjectPublicKeyInfo` in DER, or PEM of such a key or of a certificate.
Result!bool verify(SignatureAlgorithm algorithm, const(void)[] publicKey, const(void)[] message, const(void)[] signature)
{
    if (call!"verify"(algorithm, publicKey, message, signature) == failed)
        return typeof(return).failure(registerText(0));
    return ok(registerNumber(0) != 0);
}
