//! The peer's functions as WebAssembly imports. Texts, bytes and lists travel as address and length, results in numbered registers.
//! A function returns how many registers it filled, or one of the two numbers below.

/// There is no value: a key that does not exist, the end of an iterator.
pub const none: i32 = -1;
/// The peer refused; register 0 has its message.
pub const refused: i32 = -2;

// Results and the answer.
pub extern "fabric_v1" fn register_len(register: usize) i32;
pub extern "fabric_v1" fn register_read(register: usize, destination: usize) void;
pub extern "fabric_v1" fn register_number(register: usize) i64;
pub extern "fabric_v1" fn set_response(start: usize, len: usize) void;

// Interface state.
pub extern "fabric_v1" fn get_state(key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn get_states(keys: usize, count: usize) i32;
pub extern "fabric_v1" fn put_state(key: usize, key_len: usize, value: usize, value_len: usize) i32;
pub extern "fabric_v1" fn put_states(entries: usize, count: usize) i32;
pub extern "fabric_v1" fn delete_state(key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn delete_states(keys: usize, count: usize) i32;
pub extern "fabric_v1" fn get_state_metadata(key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn get_state_validation_parameter(key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn set_state_validation_parameter(
    key: usize,
    key_len: usize,
    policy: usize,
    policy_len: usize,
) i32;
pub extern "fabric_v1" fn get_state_by_range(start: usize, start_len: usize, end: usize, end_len: usize) i32;
pub extern "fabric_v1" fn get_state_by_range_with_pagination(
    start: usize,
    start_len: usize,
    end: usize,
    end_len: usize,
    page_size: u32,
    bookmark: usize,
    bookmark_len: usize,
) i32;
pub extern "fabric_v1" fn get_state_by_partial_composite_key(
    object_type: usize,
    object_type_len: usize,
    attributes: usize,
    count: usize,
) i32;
pub extern "fabric_v1" fn get_state_by_partial_composite_key_with_pagination(
    object_type: usize,
    object_type_len: usize,
    attributes: usize,
    count: usize,
    page_size: u32,
    bookmark: usize,
    bookmark_len: usize,
) i32;
pub extern "fabric_v1" fn get_all_states_composite_key_with_pagination(
    page_size: u32,
    bookmark: usize,
    bookmark_len: usize,
) i32;
pub extern "fabric_v1" fn create_composite_key(
    object_type: usize,
    object_type_len: usize,
    attributes: usize,
    count: usize,
) i32;
pub extern "fabric_v1" fn split_composite_key(key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn get_query_result(query: usize, query_len: usize) i32;
pub extern "fabric_v1" fn get_query_result_with_pagination(
    query: usize,
    query_len: usize,
    page_size: u32,
    bookmark: usize,
    bookmark_len: usize,
) i32;
pub extern "fabric_v1" fn get_history_for_key(key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn state_iterator_next(iterator: u32) i32;
pub extern "fabric_v1" fn state_iterator_close(iterator: u32) void;
pub extern "fabric_v1" fn history_iterator_next(iterator: u32) i32;
pub extern "fabric_v1" fn history_iterator_close(iterator: u32) void;

// Interface private-data.
pub extern "fabric_v1" fn get_private_data(collection: usize, collection_len: usize, key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn get_private_data_multiple(
    collection: usize,
    collection_len: usize,
    keys: usize,
    count: usize,
) i32;
pub extern "fabric_v1" fn get_private_data_hash(
    collection: usize,
    collection_len: usize,
    key: usize,
    key_len: usize,
) i32;
pub extern "fabric_v1" fn put_private_data(
    collection: usize,
    collection_len: usize,
    key: usize,
    key_len: usize,
    value: usize,
    value_len: usize,
) i32;
pub extern "fabric_v1" fn put_private_data_multiple(
    collection: usize,
    collection_len: usize,
    entries: usize,
    count: usize,
) i32;
pub extern "fabric_v1" fn delete_private_data(collection: usize, collection_len: usize, key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn purge_private_data(collection: usize, collection_len: usize, key: usize, key_len: usize) i32;
pub extern "fabric_v1" fn get_private_data_metadata(
    collection: usize,
    collection_len: usize,
    key: usize,
    key_len: usize,
) i32;
pub extern "fabric_v1" fn get_private_data_validation_parameter(
    collection: usize,
    collection_len: usize,
    key: usize,
    key_len: usize,
) i32;
pub extern "fabric_v1" fn set_private_data_validation_parameter(
    collection: usize,
    collection_len: usize,
    key: usize,
    key_len: usize,
    policy: usize,
    policy_len: usize,
) i32;
pub extern "fabric_v1" fn get_private_data_by_range(
    collection: usize,
    collection_len: usize,
    start: usize,
    start_len: usize,
    end: usize,
    end_len: usize,
) i32;
pub extern "fabric_v1" fn get_private_data_by_partial_composite_key(
    collection: usize,
    collection_len: usize,
    object_type: usize,
    object_type_len: usize,
    attributes: usize,
    count: usize,
) i32;
pub extern "fabric_v1" fn get_private_data_query_result(
    collection: usize,
    collection_len: usize,
    query: usize,
    query_len: usize,
) i32;

// Interface transaction.
pub extern "fabric_v1" fn tx_id() i32;
pub extern "fabric_v1" fn channel_id() i32;
pub extern "fabric_v1" fn tx_timestamp() i32;
pub extern "fabric_v1" fn args() i32;
pub extern "fabric_v1" fn transient() i32;
pub extern "fabric_v1" fn creator() i32;
pub extern "fabric_v1" fn creator_msp_id() i32;
pub extern "fabric_v1" fn creator_certificate() i32;
pub extern "fabric_v1" fn signed_proposal() i32;
pub extern "fabric_v1" fn binding() i32;
pub extern "fabric_v1" fn decorations() i32;
pub extern "fabric_v1" fn set_event(name: usize, name_len: usize, payload: usize, payload_len: usize) i32;

// Interface client-identity.
pub extern "fabric_v1" fn client_id() i32;
pub extern "fabric_v1" fn client_msp_id() i32;
pub extern "fabric_v1" fn client_subject() i32;
pub extern "fabric_v1" fn client_issuer() i32;
pub extern "fabric_v1" fn client_organizational_units() i32;
pub extern "fabric_v1" fn client_attribute(name: usize, name_len: usize) i32;
pub extern "fabric_v1" fn client_attributes() i32;

// Interfaces chaincodes, crypto and diagnostics.
pub extern "fabric_v1" fn invoke_chaincode(
    name: usize,
    name_len: usize,
    args: usize,
    count: usize,
    channel: usize,
    channel_len: usize,
) i32;
pub extern "fabric_v1" fn hash(algorithm: u32, data: usize, data_len: usize) i32;
pub extern "fabric_v1" fn verify(
    algorithm: u32,
    public_key: usize,
    public_key_len: usize,
    message: usize,
    message_len: usize,
    signature: usize,
    signature_len: usize,
) i32;
pub extern "fabric_v1" fn log(level: u32, message: usize, message_len: usize) void;
pub extern "fabric_v1" fn abort(message: usize, message_len: usize) void;
