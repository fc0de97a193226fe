#include "../fabric/crypto.h"

#include "convert.h"

fabric_bytes fabric_hash(fabric_hash_algorithm algorithm, fabric_bytes data) {
    chaincode_list_u8_t raw_data = to_bytes(data), hash;
    fabric_chaincode_crypto_hash((fabric_chaincode_crypto_hash_algorithm_t)algorithm, &raw_data, &hash);
    return from_bytes(hash);
}

bool fabric_verify(fabric_signature_algorithm algorithm, fabric_bytes public_key, fabric_bytes message,
                   fabric_bytes signature, bool *is_right) {
    chaincode_list_u8_t raw_key = to_bytes(public_key), raw_message = to_bytes(message);
    chaincode_list_u8_t raw_signature = to_bytes(signature);
    chaincode_string_t error;
    bool is_ok = fabric_chaincode_crypto_verify((fabric_chaincode_crypto_signature_algorithm_t)algorithm, &raw_key,
                                                &raw_message, &raw_signature, is_right, &error);
    return succeeded(is_ok, &error);
}
