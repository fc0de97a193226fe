// Hashes and signatures, computed by the peer.

import * as host from "./host";
import { bytesResult, isDone, numberOf } from "./registers";

/** Hash functions. */
export enum HashAlgorithm {
  Sha256,
  Sha384,
  Sha512,
  Sha3_256,
  Sha3_384,
}

/** Kinds of signatures. */
export enum SignatureAlgorithm {
  /** ECDSA on the curve P-256 over SHA-256, the signature in DER. */
  EcdsaP256Sha256,
  /** ECDSA on the curve P-384 over SHA-384, the signature in DER. */
  EcdsaP384Sha384,
  Ed25519,
  /** RSA with PKCS #1 v1.5 padding over SHA-256; keys of 2048 to 8192 bits. */
  RsaPkcs1Sha256,
  /** RSA-PSS over SHA-256 with a salt of 32 bytes; keys of 2048 to 8192 bits. */
  RsaPssSha256,
}

/** The hash of some bytes. */
export function hash(algorithm: HashAlgorithm, data: Uint8Array): Uint8Array {
  return bytesResult(host.hash(algorithm, data.dataStart, data.length));
}

/** SHA-256. */
export function sha256(data: Uint8Array): Uint8Array {
  return hash(HashAlgorithm.Sha256, data);
}

/**
 * Whether a signature is right. The public key is a `SubjectPublicKeyInfo` in DER, or PEM of such a key or of a certificate; the
 * transaction fails when it is neither or belongs to another algorithm.
 */
export function verify(algorithm: SignatureAlgorithm, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): bool {
  const filled = host.verify(
    algorithm,
    publicKey.dataStart, publicKey.length,
    message.dataStart, message.length,
    signature.dataStart, signature.length,
  );
  return isDone(filled) && numberOf(0) != 0;
}
