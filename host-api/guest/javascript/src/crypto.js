// Hashes and signatures, computed by the peer.

import host from 'fabric:chaincode/crypto';

import { bytesOf, wordOf } from './values.js';

/** @typedef {'sha256' | 'sha384' | 'sha512' | 'sha3-256' | 'sha3-384'} HashAlgorithm */

/**
 * ECDSA signatures are in DER; RSA keys have 2048 to 8192 bits, RSA-PSS a salt of 32 bytes.
 * @typedef {'ecdsa-p256-sha256' | 'ecdsa-p384-sha384' | 'ed25519' | 'rsa-pkcs1-sha256' | 'rsa-pss-sha256'} SignatureAlgorithm
 */

/** @type {readonly HashAlgorithm[]} */
const HASHES = ['sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-384'];
/** @type {readonly SignatureAlgorithm[]} */
const SIGNATURES = ['ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'ed25519', 'rsa-pkcs1-sha256', 'rsa-pss-sha256'];

/**
 * The hash of some bytes.
 * @param {HashAlgorithm} algorithm
 * @param {Uint8Array | string} data
 * @returns {Uint8Array}
 */
export function hash(algorithm, data) {
    return host.hash(wordOf(algorithm, HASHES), bytesOf(data));
}

/**
 * SHA-256.
 * @param {Uint8Array | string} data
 * @returns {Uint8Array}
 */
export function sha256(data) {
    return hash('sha256', data);
}

/**
 * Whether a signature is right.
 * @param {SignatureAlgorithm} algorithm
 * @param {Uint8Array | string} publicKey a SubjectPublicKeyInfo in DER, or PEM of such a key or of a certificate; an error when
 *     it is neither or belongs to another algorithm
 * @param {Uint8Array | string} message
 * @param {Uint8Array} signature
 * @returns {boolean}
 */
export function verify(algorithm, publicKey, message, signature) {
    return host.verify(wordOf(algorithm, SIGNATURES), bytesOf(publicKey), bytesOf(message), bytesOf(signature));
}
