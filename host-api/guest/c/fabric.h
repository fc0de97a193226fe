/**
 * Smart contracts for Hyperledger Fabric in C, compiled to WebAssembly.
 *
 *     #include <fabric.h>
 *
 *     static bool set_greeting(fabric_bytes text) {
 *         return fabric_put_state(fabric_str("greeting"), text);
 *     }
 *     FABRIC_SUBMIT(SetGreeting, set_greeting, (string, text))
 *
 *     static bool greeting(void) {
 *         fabric_bytes text;
 *         if (!fabric_get_state(fabric_str("greeting"), &text)) return false;
 *         return fabric_exists(text) ? fabric_respond(text) : fabric_fail("no greeting yet");
 *     }
 *     FABRIC_EVALUATE(Greeting, greeting)
 *
 * Functions that can fail return false and keep the reason, see fabric_error(); a transaction function that returns false
 * answers with it. What they found is in their last parameters.
 *
 * Every call of the contract runs in a fresh instance: nothing in memory outlives it. So nothing needs to be freed; whoever
 * reads much may give single values to fabric_free(). The clock is the client's time stamp (fabric_tx_timestamp()), there is
 * no other.
 */
#ifndef FABRIC_H
#define FABRIC_H

#include "fabric/client_identity.h"
#include "fabric/contract.h"
#include "fabric/crypto.h"
#include "fabric/json.h"
#include "fabric/private_data.h"
#include "fabric/state.h"
#include "fabric/text.h"
#include "fabric/transaction.h"

#endif
