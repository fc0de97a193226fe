#include "../fabric/transaction.h"

#include "convert.h"

fabric_bytes fabric_tx_id(void) {
    chaincode_string_t text;
    fabric_chaincode_transaction_tx_id(&text);
    return from_string(text);
}

fabric_bytes fabric_channel_id(void) {
    chaincode_string_t text;
    fabric_chaincode_transaction_channel_id(&text);
    return from_string(text);
}

fabric_timestamp fabric_tx_timestamp(void) {
    fabric_chaincode_transaction_timestamp_t time;
    fabric_chaincode_transaction_tx_timestamp(&time);
    return (fabric_timestamp){time.seconds, time.nanoseconds};
}

fabric_list fabric_args(void) {
    chaincode_list_list_u8_t args;
    fabric_chaincode_transaction_args(&args);
    return from_list(args);
}

fabric_key_values fabric_transient(void) {
    chaincode_list_tuple2_string_list_u8_t fields;
    fabric_chaincode_transaction_transient(&fields);
    return from_fields(fields);
}

fabric_bytes fabric_creator(void) {
    chaincode_list_u8_t bytes;
    fabric_chaincode_transaction_creator(&bytes);
    return from_bytes(bytes);
}

fabric_bytes fabric_creator_msp_id(void) {
    chaincode_string_t text;
    fabric_chaincode_transaction_creator_msp_id(&text);
    return from_string(text);
}

fabric_bytes fabric_creator_certificate(void) {
    chaincode_list_u8_t bytes;
    fabric_chaincode_transaction_creator_certificate(&bytes);
    return from_bytes(bytes);
}

fabric_bytes fabric_signed_proposal(void) {
    chaincode_list_u8_t bytes;
    fabric_chaincode_transaction_signed_proposal(&bytes);
    return from_bytes(bytes);
}

fabric_bytes fabric_binding(void) {
    chaincode_list_u8_t bytes;
    fabric_chaincode_transaction_binding(&bytes);
    return from_bytes(bytes);
}

fabric_key_values fabric_decorations(void) {
    chaincode_list_tuple2_string_list_u8_t fields;
    fabric_chaincode_transaction_decorations(&fields);
    return from_fields(fields);
}

bool fabric_set_event(fabric_bytes name, fabric_bytes payload) {
    chaincode_string_t raw_name = to_string(name), error;
    chaincode_list_u8_t raw_payload = to_bytes(payload);
    return succeeded(fabric_chaincode_transaction_set_event(&raw_name, &raw_payload, &error), &error);
}

bool fabric_invoke_chaincode(fabric_bytes name, fabric_list args, fabric_bytes channel,
                             fabric_chaincode_response *response) {
    chaincode_string_t raw_name = to_string(name), raw_channel = to_string(channel), error;
    chaincode_list_list_u8_t raw_args = to_list(args);
    fabric_chaincode_chaincodes_response_t answer;
    bool is_ok =
        fabric_chaincode_chaincodes_invoke_chaincode(&raw_name, &raw_args, &raw_channel, &answer, &error);
    if (!succeeded(is_ok, &error)) return false;
    *response = (fabric_chaincode_response){
        answer.status,
        from_string(answer.message),
        from_bytes(answer.payload),
    };
    return true;
}
