## Hashes and signatures, computed by the peer.

import host

type
  HashAlgorithm* = enum
    ## How a hash is made.
    Sha256 = "sha256", Sha384 = "sha384", Sha512 = "sha512", Sha3256 = "sha3-256", Sha3384 = "sha3-384"

  SignatureAlgorithm* = enum
    ## How a signature is made.
    EcdsaP256Sha256 = "ecdsa-p256-sha256" ## ECDSA on the curve P-256 over SHA-256, the signature in DER.
    EcdsaP384Sha384 = "ecdsa-p384-sha384" ## ECDSA on the curve P-384 over SHA-384, the signature in DER.
    Ed25519 = "ed25519"
    RsaPkcs1Sha256 = "rsa-pkcs1-sha256" ## RSA with PKCS #1 v1.5 padding over SHA-256; keys of 2048 to 8192 bits.
    RsaPssSha256 = "rsa-pss-sha256" ## RSA-PSS over SHA-256 with a salt of 32 bytes; keys of 2048 to 8192 bits.

proc hash*(algorithm: HashAlgorithm, data: string): string =
  ## The hash of some bytes.
  discard call("hash", algorithm.ord, data)
  registerText(0)

proc sha256*(data: string): string =
  ## SHA-256.
  hash(Sha256, data)

proc verify*(algorithm: SignatureAlgorithm, publicKey, message, signature: string): bool =
  ## Whether a signature is right. The public key is a `SubjectPublicKeyInfo` in DER, or PEM of such a key or of a certificate.
  discard call("verify", algorithm.ord, publicKey, message, signature)
  registerNumber(0) != 0
