;; Every call to the peer, under its name in the WIT package (host-api/wit/chaincode.wit) with _ for -.
;;
;; A string or bytes parameter takes two numbers: address and length. A list takes two as well: the address of its elements, which
;; are pairs of address and length (of entries: address and length of the key, then of the value), and how many there are.
;;
;; All calls but log and abort return how many registers they filled, -1 for "none", or -2 for an error, whose message is in
;; register 0. After the arrow stands what the registers hold. They stay until the next call that is not a register function.

;; Registers: the length (-1 when it is absent or a number), the bytes copied to an address, the number.
(import "fabric_v1" "register_len" (func $register_len (param i32) (result i32)))
(import "fabric_v1" "register_read" (func $register_read (param i32 i32)))
(import "fabric_v1" "register_number" (func $register_number (param i32) (result i64)))
;; The bytes of the response, or of the error message; they must stay in place until the call is over.
(import "fabric_v1" "set_response" (func $set_response (param i32 i32)))

;; World state. Reads see the committed state, not the transaction's own writes.

;; key -> value; none when the key does not exist
(import "fabric_v1" "get_state" (func $get_state (param i32 i32) (result i32)))
;; list of keys -> a value each, absent where the key does not exist
(import "fabric_v1" "get_states" (func $get_states (param i32 i32) (result i32)))
;; key, value
(import "fabric_v1" "put_state" (func $put_state (param i32 i32 i32 i32) (result i32)))
;; list of entries; written in their order, up to the first that is refused
(import "fabric_v1" "put_states" (func $put_states (param i32 i32) (result i32)))
;; key
(import "fabric_v1" "delete_state" (func $delete_state (param i32 i32) (result i32)))
;; list of keys; deleted in their order, up to the first that is refused
(import "fabric_v1" "delete_states" (func $delete_states (param i32 i32) (result i32)))
;; key -> name, value, name, value, ...
(import "fabric_v1" "get_state_metadata" (func $get_state_metadata (param i32 i32) (result i32)))
;; key -> policy; none when it has none
(import "fabric_v1" "get_state_validation_parameter" (func $get_state_validation_parameter (param i32 i32) (result i32)))
;; key, policy; an empty policy removes it
(import "fabric_v1" "set_state_validation_parameter" (func $set_state_validation_parameter (param i32 i32 i32 i32) (result i32)))
;; start key, end key -> handle of a state iterator
(import "fabric_v1" "get_state_by_range" (func $get_state_by_range (param i32 i32 i32 i32) (result i32)))
;; start key, end key, page size, bookmark -> handle, count, bookmark of the next page
(import "fabric_v1" "get_state_by_range_with_pagination"
  (func $get_state_by_range_with_pagination (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
;; object type, list of attributes -> handle
(import "fabric_v1" "get_state_by_partial_composite_key"
  (func $get_state_by_partial_composite_key (param i32 i32 i32 i32) (result i32)))
;; object type, list of attributes, page size, bookmark -> handle, count, bookmark
(import "fabric_v1" "get_state_by_partial_composite_key_with_pagination"
  (func $get_state_by_partial_composite_key_with_pagination (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
;; page size, bookmark -> handle, count, bookmark
(import "fabric_v1" "get_all_states_composite_key_with_pagination"
  (func $get_all_states_composite_key_with_pagination (param i32 i32 i32) (result i32)))
;; object type, list of attributes -> key
(import "fabric_v1" "create_composite_key" (func $create_composite_key (param i32 i32 i32 i32) (result i32)))
;; key -> object type, attribute, attribute, ...
(import "fabric_v1" "split_composite_key" (func $split_composite_key (param i32 i32) (result i32)))
;; query -> handle
(import "fabric_v1" "get_query_result" (func $get_query_result (param i32 i32) (result i32)))
;; query, page size, bookmark -> handle, count, bookmark
(import "fabric_v1" "get_query_result_with_pagination"
  (func $get_query_result_with_pagination (param i32 i32 i32 i32 i32) (result i32)))
;; key -> handle of a history iterator
(import "fabric_v1" "get_history_for_key" (func $get_history_for_key (param i32 i32) (result i32)))

;; Iterators. Close each of them when you are done with it.

;; handle -> key, value; none at the end
(import "fabric_v1" "state_iterator_next" (func $state_iterator_next (param i32) (result i32)))
(import "fabric_v1" "state_iterator_close" (func $state_iterator_close (param i32)))
;; handle -> transaction id, value, seconds, nanoseconds, whether it is a delete; newest first, none at the end
(import "fabric_v1" "history_iterator_next" (func $history_iterator_next (param i32) (result i32)))
(import "fabric_v1" "history_iterator_close" (func $history_iterator_close (param i32)))

;; Private data; the first parameter is the collection. Not available while the chaincode is initialised.

;; collection, key -> value; none when the key does not exist
(import "fabric_v1" "get_private_data" (func $get_private_data (param i32 i32 i32 i32) (result i32)))
;; collection, list of keys -> a value each, absent where the key does not exist
(import "fabric_v1" "get_private_data_multiple" (func $get_private_data_multiple (param i32 i32 i32 i32) (result i32)))
;; collection, key -> SHA-256 of the value
(import "fabric_v1" "get_private_data_hash" (func $get_private_data_hash (param i32 i32 i32 i32) (result i32)))
;; collection, key, value
(import "fabric_v1" "put_private_data" (func $put_private_data (param i32 i32 i32 i32 i32 i32) (result i32)))
;; collection, list of entries
(import "fabric_v1" "put_private_data_multiple" (func $put_private_data_multiple (param i32 i32 i32 i32) (result i32)))
;; collection, key
(import "fabric_v1" "delete_private_data" (func $delete_private_data (param i32 i32 i32 i32) (result i32)))
;; collection, key; its past values go as well
(import "fabric_v1" "purge_private_data" (func $purge_private_data (param i32 i32 i32 i32) (result i32)))
;; collection, key -> name, value, name, value, ...
(import "fabric_v1" "get_private_data_metadata" (func $get_private_data_metadata (param i32 i32 i32 i32) (result i32)))
;; collection, key -> policy; none when it has none
(import "fabric_v1" "get_private_data_validation_parameter"
  (func $get_private_data_validation_parameter (param i32 i32 i32 i32) (result i32)))
;; collection, key, policy
(import "fabric_v1" "set_private_data_validation_parameter"
  (func $set_private_data_validation_parameter (param i32 i32 i32 i32 i32 i32) (result i32)))
;; collection, start key, end key -> handle. A transaction that uses one of these three may write nothing.
(import "fabric_v1" "get_private_data_by_range" (func $get_private_data_by_range (param i32 i32 i32 i32 i32 i32) (result i32)))
;; collection, object type, list of attributes -> handle
(import "fabric_v1" "get_private_data_by_partial_composite_key"
  (func $get_private_data_by_partial_composite_key (param i32 i32 i32 i32 i32 i32) (result i32)))
;; collection, query -> handle
(import "fabric_v1" "get_private_data_query_result" (func $get_private_data_query_result (param i32 i32 i32 i32) (result i32)))

;; The proposal that is being answered.

(import "fabric_v1" "tx_id" (func $tx_id (result i32)))
(import "fabric_v1" "channel_id" (func $channel_id (result i32)))
;; -> seconds since 1970, nanoseconds: the client's time, the same at every endorser
(import "fabric_v1" "tx_timestamp" (func $tx_timestamp (result i32)))
;; -> the function's name, then one argument each
(import "fabric_v1" "args" (func $args (result i32)))
;; -> name, value, name, value, ...
(import "fabric_v1" "transient" (func $transient (result i32)))
;; -> a marshalled msp.SerializedIdentity
(import "fabric_v1" "creator" (func $creator (result i32)))
(import "fabric_v1" "creator_msp_id" (func $creator_msp_id (result i32)))
;; -> PEM
(import "fabric_v1" "creator_certificate" (func $creator_certificate (result i32)))
;; -> a marshalled protos.SignedProposal
(import "fabric_v1" "signed_proposal" (func $signed_proposal (result i32)))
;; -> SHA-256 over the proposal's nonce, creator and epoch
(import "fabric_v1" "binding" (func $binding (result i32)))
;; -> name, value, name, value, ...
(import "fabric_v1" "decorations" (func $decorations (result i32)))
;; name, payload; a second event replaces the first
(import "fabric_v1" "set_event" (func $set_event (param i32 i32 i32 i32) (result i32)))

;; The client that made the proposal, read from its certificate.

(import "fabric_v1" "client_id" (func $client_id (result i32)))
(import "fabric_v1" "client_msp_id" (func $client_msp_id (result i32)))
(import "fabric_v1" "client_subject" (func $client_subject (result i32)))
(import "fabric_v1" "client_issuer" (func $client_issuer (result i32)))
;; -> one unit each
(import "fabric_v1" "client_organizational_units" (func $client_organizational_units (result i32)))
;; name -> value; none when the certificate does not have it
(import "fabric_v1" "client_attribute" (func $client_attribute (param i32 i32) (result i32)))
;; -> name, value, name, value, ...
(import "fabric_v1" "client_attributes" (func $client_attributes (result i32)))

;; Other chaincodes, hashes and signatures, diagnostics.

;; name, list of arguments (the function's name first), channel -> status, message, payload
(import "fabric_v1" "invoke_chaincode" (func $invoke_chaincode (param i32 i32 i32 i32 i32 i32) (result i32)))
;; algorithm, data -> hash. 0 sha256, 1 sha384, 2 sha512, 3 sha3-256, 4 sha3-384
(import "fabric_v1" "hash" (func $hash (param i32 i32 i32) (result i32)))
;; algorithm, public key, message, signature -> 1 when the signature is right, else 0.
;; 0 ecdsa-p256-sha256, 1 ecdsa-p384-sha384, 2 ed25519, 3 rsa-pkcs1-sha256, 4 rsa-pss-sha256
(import "fabric_v1" "verify" (func $verify (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
;; level, line. 0 debug, 1 info, 2 warning, 3 error
(import "fabric_v1" "log" (func $log (param i32 i32 i32)))
;; message; ends the call at once
(import "fabric_v1" "abort" (func $abort (param i32 i32)))
