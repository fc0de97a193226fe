//! Hashes and signatures, computed by the peer.

const calls = @import("call.zig");
const fabric = @import("fabric.zig");

const Context = fabric.Context;
const Error = fabric.Error;

/// Hash functions.
pub const HashAlgorithm = enum(u32) { sha256, sha384, sha512, sha3_256, sha3_384 };

/// Kinds of signatures.
pub const SignatureAlgorithm = enum(u32) {
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
pub fn hash(context: *Context, algorithm: HashAlgorithm, data: []const u8) Error![]const u8 {
    return calls.one(context, "hash", .{ @backingInt(algorithm), data });
}

/// SHA-256.
pub fn sha256(context: *Context, data: []const u8) Error![]const u8 {
    return hash(context, .sha256, data);
}

/// Whether a signature is right. The public key is a `SubjectPublicKeyInfo` in DER, or PEM of such a key or of a certificate.
pub fn verify(
    context: *Context,
    algorithm: SignatureAlgorithm,
    public_key: []const u8,
    message: []const u8,
    signature: []const u8,
) Error!bool {
    try calls.done(context, "verify", .{ @backingInt(algorithm), public_key, message, signature });
    return calls.number(0) != 0;
}
