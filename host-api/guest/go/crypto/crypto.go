// Package crypto has hashes and signatures, which the peer computes far faster than a contract could.
package crypto

// HashAlgorithm is a hash function.
type HashAlgorithm uint32

// The hash functions.
const (
	SHA256 HashAlgorithm = iota
	SHA384
	SHA512
	SHA3_256
	SHA3_384
)

// SignatureAlgorithm is a way to sign.
type SignatureAlgorithm uint32

const (
	// ECDSAP256SHA256 is ECDSA on the curve P-256 over SHA-256, the signature in DER.
	ECDSAP256SHA256 SignatureAlgorithm = iota
	// ECDSAP384SHA384 is ECDSA on the curve P-384 over SHA-384, the signature in DER.
	ECDSAP384SHA384
	// Ed25519 is EdDSA on the curve 25519.
	Ed25519
	// RSAPKCS1SHA256 is RSA with PKCS #1 v1.5 padding over SHA-256; keys of 2048 to 8192 bits.
	RSAPKCS1SHA256
	// RSAPSSSHA256 is RSA-PSS over SHA-256 with a salt of 32 bytes; keys of 2048 to 8192 bits.
	RSAPSSSHA256
)

// Hash returns the hash of some bytes.
func Hash(algorithm HashAlgorithm, data []byte) []byte {
	return hash(uint32(algorithm), data)
}

// Verify tells whether a signature is right. The public key is a SubjectPublicKeyInfo in DER, or PEM of such a key or of an X.509
// certificate; an error when it is neither or belongs to another algorithm.
func Verify(algorithm SignatureAlgorithm, publicKey, message, signature []byte) (bool, error) {
	return verify(uint32(algorithm), publicKey, message, signature)
}
