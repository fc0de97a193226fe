/** The proposal that is being answered, its event, and other chaincodes. */
#ifndef FABRIC_TRANSACTION_H
#define FABRIC_TRANSACTION_H

#include "state.h"

/** What another chaincode answered. */
typedef struct fabric_chaincode_response {
    /** 200 for success, 400 and above for failures. */
    int32_t status;
    fabric_bytes message;
    fabric_bytes payload;
} fabric_chaincode_response;

/** Identifier of the transaction. */
fabric_bytes fabric_tx_id(void);

/** The channel. */
fabric_bytes fabric_channel_id(void);

/** The client's time, the same at every endorser. */
fabric_timestamp fabric_tx_timestamp(void);

/** All arguments of the call, the function's name first. */
fabric_list fabric_args(void);

/** Data for the endorsers only; never recorded in the transaction. */
fabric_key_values fabric_transient(void);

/** The creator as a marshalled msp.SerializedIdentity. */
fabric_bytes fabric_creator(void);

/** The creator's MSP. */
fabric_bytes fabric_creator_msp_id(void);

/** The creator's X.509 certificate, PEM. */
fabric_bytes fabric_creator_certificate(void);

/** The proposal as the client signed it: a marshalled protos.SignedProposal. */
fabric_bytes fabric_signed_proposal(void);

/** SHA-256 over the proposal's nonce, creator and epoch. */
fabric_bytes fabric_binding(void);

/** What the peer's decorators added to the proposal, sorted by name. */
fabric_key_values fabric_decorations(void);

/** Sets the transaction's event; a second one replaces the first. The name must not be empty. */
bool fabric_set_event(fabric_bytes name, fabric_bytes payload);

/**
 * Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction; on
 * another it only reads. The first argument is the name of the function.
 */
bool fabric_invoke_chaincode(fabric_bytes name, fabric_list args, fabric_bytes channel,
                             fabric_chaincode_response *response);

#endif
