// The peer's functions as WebAssembly imports of the module "fabric_v1". Texts, bytes and lists travel as address and length, results in
// numbered registers; a function returns how many it filled, or one of the two numbers below.

/** There is no value: a key that does not exist, the end of an iterator. */
export const NONE: i32 = -1;
/** The peer refused; register 0 has its message. */
export const REFUSED: i32 = -2;

// Results and the answer.
@external("fabric_v1", "register_len")
export declare function register_len(register: i32): i32;
@external("fabric_v1", "register_read")
export declare function register_read(register: i32, destination: usize): void;
@external("fabric_v1", "register_number")
export declare function register_number(register: i32): i64;
@external("fabric_v1", "set_response")
export declare function set_response(start: usize, length: i32): void;

// Interface state.
@external("fabric_v1", "get_state")
export declare function get_state(key: usize, keyLength: i32): i32;
@external("fabric_v1", "get_states")
export declare function get_states(keys: usize, count: i32): i32;
@external("fabric_v1", "put_state")
export declare function put_state(key: usize, keyLength: i32, value: usize, valueLength: i32): i32;
@external("fabric_v1", "put_states")
export declare function put_states(entries: usize, count: i32): i32;
@external("fabric_v1", "delete_state")
export declare function delete_state(key: usize, keyLength: i32): i32;
@external("fabric_v1", "delete_states")
export declare function delete_states(keys: usize, count: i32): i32;
@external("fabric_v1", "get_state_metadata")
export declare function get_state_metadata(key: usize, keyLength: i32): i32;
@external("fabric_v1", "get_state_validation_parameter")
export declare function get_state_validation_parameter(key: usize, keyLength: i32): i32;
@external("fabric_v1", "set_state_validation_parameter")
export declare function set_state_validation_parameter(key: usize, keyLength: i32, policy: usize, policyLength: i32): i32;
@external("fabric_v1", "get_state_by_range")
export declare function get_state_by_range(start: usize, startLength: i32, end: usize, endLength: i32): i32;
@external("fabric_v1", "get_state_by_range_with_pagination")
export declare function get_state_by_range_with_pagination(
  start: usize, startLength: i32, end: usize, endLength: i32, pageSize: u32, bookmark: usize, bookmarkLength: i32,
): i32;
@external("fabric_v1", "get_state_by_partial_composite_key")
export declare function get_state_by_partial_composite_key(
  objectType: usize, objectTypeLength: i32, attributes: usize, count: i32,
): i32;
@external("fabric_v1", "get_state_by_partial_composite_key_with_pagination")
export declare function get_state_by_partial_composite_key_with_pagination(
  objectType: usize, objectTypeLength: i32, attributes: usize, count: i32, pageSize: u32, bookmark: usize, bookmarkLength: i32,
): i32;
@external("fabric_v1", "get_all_states_composite_key_with_pagination")
export declare function get_all_states_composite_key_with_pagination(
  pageSize: u32, bookmark: usize, bookmarkLength: i32,
): i32;
@external("fabric_v1", "create_composite_key")
export declare function create_composite_key(objectType: usize, objectTypeLength: i32, attributes: usize, count: i32): i32;
@external("fabric_v1", "split_composite_key")
export declare function split_composite_key(key: usize, keyLength: i32): i32;
@external("fabric_v1", "get_query_result")
export declare function get_query_result(query: usize, queryLength: i32): i32;
@external("fabric_v1", "get_query_result_with_pagination")
export declare function get_query_result_with_pagination(
  query: usize, queryLength: i32, pageSize: u32, bookmark: usize, bookmarkLength: i32,
): i32;
@external("fabric_v1", "get_history_for_key")
export declare function get_history_for_key(key: usize, keyLength: i32): i32;
@external("fabric_v1", "state_iterator_next")
export declare function state_iterator_next(iterator: i32): i32;
@external("fabric_v1", "state_iterator_close")
export declare function state_iterator_close(iterator: i32): void;
@external("fabric_v1", "history_iterator_next")
export declare function history_iterator_next(iterator: i32): i32;
@external("fabric_v1", "history_iterator_close")
export declare function history_iterator_close(iterator: i32): void;

// Interface private-data.
@external("fabric_v1", "get_private_data")
export declare function get_private_data(collection: usize, collectionLength: i32, key: usize, keyLength: i32): i32;
@external("fabric_v1", "get_private_data_multiple")
export declare function get_private_data_multiple(collection: usize, collectionLength: i32, keys: usize, count: i32): i32;
@external("fabric_v1", "get_private_data_hash")
export declare function get_private_data_hash(collection: usize, collectionLength: i32, key: usize, keyLength: i32): i32;
@external("fabric_v1", "put_private_data")
export declare function put_private_data(
  collection: usize, collectionLength: i32, key: usize, keyLength: i32, value: usize, valueLength: i32,
): i32;
@external("fabric_v1", "put_private_data_multiple")
export declare function put_private_data_multiple(collection: usize, collectionLength: i32, entries: usize, count: i32): i32;
@external("fabric_v1", "delete_private_data")
export declare function delete_private_data(collection: usize, collectionLength: i32, key: usize, keyLength: i32): i32;
@external("fabric_v1", "purge_private_data")
export declare function purge_private_data(collection: usize, collectionLength: i32, key: usize, keyLength: i32): i32;
@external("fabric_v1", "get_private_data_metadata")
export declare function get_private_data_metadata(collection: usize, collectionLength: i32, key: usize, keyLength: i32): i32;
@external("fabric_v1", "get_private_data_validation_parameter")
export declare function get_private_data_validation_parameter(
  collection: usize, collectionLength: i32, key: usize, keyLength: i32,
): i32;
@external("fabric_v1", "set_private_data_validation_parameter")
export declare function set_private_data_validation_parameter(
  collection: usize, collectionLength: i32, key: usize, keyLength: i32, policy: usize, policyLength: i32,
): i32;
@external("fabric_v1", "get_private_data_by_range")
export declare function get_private_data_by_range(
  collection: usize, collectionLength: i32, start: usize, startLength: i32, end: usize, endLength: i32,
): i32;
@external("fabric_v1", "get_private_data_by_partial_composite_key")
export declare function get_private_data_by_partial_composite_key(
  collection: usize, collectionLength: i32, objectType: usize, objectTypeLength: i32, attributes: usize, count: i32,
): i32;
@external("fabric_v1", "get_private_data_query_result")
export declare function get_private_data_query_result(
  collection: usize, collectionLength: i32, query: usize, queryLength: i32,
): i32;

// Interface transaction.
@external("fabric_v1", "tx_id")
export declare function tx_id(): i32;
@external("fabric_v1", "channel_id")
export declare function channel_id(): i32;
@external("fabric_v1", "tx_timestamp")
export declare function tx_timestamp(): i32;
@external("fabric_v1", "args")
export declare function args(): i32;
@external("fabric_v1", "transient")
export declare function transient(): i32;
@external("fabric_v1", "creator")
export declare function creator(): i32;
@external("fabric_v1", "creator_msp_id")
export declare function creator_msp_id(): i32;
@external("fabric_v1", "creator_certificate")
export declare function creator_certificate(): i32;
@external("fabric_v1", "signed_proposal")
export declare function signed_proposal(): i32;
@external("fabric_v1", "binding")
export declare function binding(): i32;
@external("fabric_v1", "decorations")
export declare function decorations(): i32;
@external("fabric_v1", "set_event")
export declare function set_event(name: usize, nameLength: i32, payload: usize, payloadLength: i32): i32;

// Interface client-identity.
@external("fabric_v1", "client_id")
export declare function client_id(): i32;
@external("fabric_v1", "client_msp_id")
export declare function client_msp_id(): i32;
@external("fabric_v1", "client_subject")
export declare function client_subject(): i32;
@external("fabric_v1", "client_issuer")
export declare function client_issuer(): i32;
@external("fabric_v1", "client_organizational_units")
export declare function client_organizational_units(): i32;
@external("fabric_v1", "client_attribute")
export declare function client_attribute(name: usize, nameLength: i32): i32;
@external("fabric_v1", "client_attributes")
export declare function client_attributes(): i32;

// Interfaces chaincodes, crypto and diagnostics.
@external("fabric_v1", "invoke_chaincode")
export declare function invoke_chaincode(
  name: usize, nameLength: i32, args: usize, count: i32, channel: usize, channelLength: i32,
): i32;
@external("fabric_v1", "hash")
export declare function hash(algorithm: i32, data: usize, dataLength: i32): i32;
@external("fabric_v1", "verify")
export declare function verify(
  algorithm: i32, publicKey: usize, publicKeyLength: i32, message: usize, messageLength: i32, signature: usize, signatureLength: i32,
): i32;
@external("fabric_v1", "log")
export declare function log(level: i32, message: usize, messageLength: i32): void;
@external("fabric_v1", "abort")
export declare function abort(message: usize, messageLength: i32): void;
