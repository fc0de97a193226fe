export type HashAlgorithm = 'sha256' | 'sha384' | 'sha512' | 'sha3-256' | 'sha3-384';
export type SignatureAlgorithm = 'ecdsa-p256-sha256' | 'ecdsa-p384-sha384' | 'ed25519' | 'rsa-pkcs1-sha256' | 'rsa-pss-sha256';
/**
 * The hash of some bytes.
 * @param {HashAlgorithm} algorithm
 * @param {Uint8Array | string} data
 * @returns {Uint8Array}
 */
export declare function hash(algorithm: HashAlgorithm, data: Uint8Array | string): Uint8Array;
/**
 * SHA-256.
 * @param {Uint8Array | string} data
 * @returns {Uint8Array}
 */
export declare function sha256(data: Uint8Array | string): Uint8Array;
/**
 * Whether a signature is right.
 * @param {SignatureAlgorithm} algorithm
 * @param {Uint8Array | string} publicKey a SubjectPublicKeyInfo in DER, or PEM of such a key or of a certificate; an error when
 *     it is neither or belongs to another algorithm
 * @param {Uint8Array | string} message
 * @param {Uint8Array} signature
 * @returns {boolean}
 */
export declare function verify(algorithm: SignatureAlgorithm, publicKey: Uint8Array | string, message: Uint8Array | string, signature: Uint8Array): boolean;
