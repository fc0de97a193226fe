/// Data of a collection.
#pragma once

#include "iterator.hpp"

namespace fabric {

/// Data of a collection, which only the peers of its member organisations hold. The ledger has the hashes. Whoever may not read
/// or write the collection gets an error. Not available while the chaincode is initialised.
class private_data {
public:
    /// The value of a key, nothing when it does not exist.
    result<std::optional<std::string>> get_private_data(std::string_view collection, std::string_view key) {
        auto raw_collection = detail::to_string(collection), raw_key = detail::to_string(key);
        return detail::call<chaincode_option_list_u8_t>(
            detail::taken, fabric_chaincode_private_data_get_private_data, &raw_collection, &raw_key);
    }

    /// The values of several keys, in their order.
    result<std::vector<std::optional<std::string>>> get_private_data_multiple(std::string_view collection,
                                                                              const texts& keys) {
        auto raw_collection = detail::to_string(collection);
        return detail::call<chaincode_list_option_list_u8_t>(
            detail::all_taken, fabric_chaincode_private_data_get_private_data_multiple, &raw_collection,
            detail::lend_strings(keys).pointer());
    }

    /// SHA-256 of a value, which every peer of the channel knows.
    result<std::optional<std::string>> get_private_data_hash(std::string_view collection, std::string_view key) {
        auto raw_collection = detail::to_string(collection), raw_key = detail::to_string(key);
        return detail::call<chaincode_option_list_u8_t>(
            detail::taken, fabric_chaincode_private_data_get_private_data_hash, &raw_collection, &raw_key);
    }

    /// Sets a key.
    result<void> put_private_data(std::string_view collection, std::string_view key, std::string_view value) {
        auto raw_collection = detail::to_string(collection), raw_key = detail::to_string(key);
        auto raw_value = detail::to_bytes(value);
        return detail::call_void(fabric_chaincode_private_data_put_private_data, &raw_collection, &raw_key,
                                 &raw_value);
    }

    /// Sets several keys, in their order, up to the first that is refused.
    result<void> put_private_data_multiple(std::string_view collection, const entries& entries) {
        auto raw_collection = detail::to_string(collection);
        return detail::call_void(
            fabric_chaincode_private_data_put_private_data_multiple, &raw_collection,
            detail::lend_entries<fabric_chaincode_private_data_list_key_value_t>(entries).pointer());
    }

    /// Removes a key.
    result<void> delete_private_data(std::string_view collection, std::string_view key) {
        auto raw_collection = detail::to_string(collection), raw_key = detail::to_string(key);
        return detail::call_void(fabric_chaincode_private_data_delete_private_data, &raw_collection, &raw_key);
    }

    /// Removes a key together with its past values.
    result<void> purge_private_data(std::string_view collection, std::string_view key) {
        auto raw_collection = detail::to_string(collection), raw_key = detail::to_string(key);
        return detail::call_void(fabric_chaincode_private_data_purge_private_data, &raw_collection, &raw_key);
    }

    /// What is committed about a key beside its value, sorted by name.
    result<std::vector<key_value>> get_private_data_metadata(std::string_view collection, std::string_view key) {
        auto raw_collection = detail::to_string(collection), raw_key = detail::to_string(key);
        return detail::call<fabric_chaincode_private_data_list_metadata_entry_t>(
            detail::all_taken, fabric_chaincode_private_data_get_private_data_metadata, &raw_collection, &raw_key);
    }

    /// The key's own endorsement policy.
    result<std::optional<std::string>> get_private_data_validation_parameter(std::string_view collection,
                                                                             std::string_view key) {
        auto raw_collection = detail::to_string(collection), raw_key = detail::to_string(key);
        return detail::call<chaincode_option_list_u8_t>(
            detail::taken, fabric_chaincode_private_data_get_private_data_validation_parameter, &raw_collection,
            &raw_key);
    }

    /// Gives a key its own endorsement policy; an empty one takes it away.
    result<void> set_private_data_validation_parameter(std::string_view collection, std::string_view key,
                                                       std::string_view policy) {
        auto raw_collection = detail::to_string(collection), raw_key = detail::to_string(key);
        auto raw_policy = detail::to_bytes(policy);
        return detail::call_void(fabric_chaincode_private_data_set_private_data_validation_parameter, &raw_collection,
                                 &raw_key, &raw_policy);
    }

    /// Simple keys from `start` to before `end`. A transaction that uses this or one of the next two may write nothing.
    result<state_iterator> get_private_data_by_range(std::string_view collection, std::string_view start,
                                                     std::string_view end) {
        auto raw_collection = detail::to_string(collection);
        auto raw_start = detail::to_string(start), raw_end = detail::to_string(end);
        return detail::call<detail::raw_iterator>(detail::opened,
                                                  fabric_chaincode_private_data_get_private_data_by_range,
                                                  &raw_collection, &raw_start, &raw_end);
    }

    /// Composite keys that begin with these parts.
    result<state_iterator> get_private_data_by_partial_composite_key(std::string_view collection,
                                                                     std::string_view object_type,
                                                                     const texts& attributes) {
        auto raw_collection = detail::to_string(collection), raw_type = detail::to_string(object_type);
        return detail::call<detail::raw_iterator>(
            detail::opened, fabric_chaincode_private_data_get_private_data_by_partial_composite_key, &raw_collection,
            &raw_type, detail::lend_strings(attributes).pointer());
    }

    /// A query in the language of the state database.
    result<state_iterator> get_private_data_query_result(std::string_view collection, std::string_view query) {
        auto raw_collection = detail::to_string(collection), raw_query = detail::to_string(query);
        return detail::call<detail::raw_iterator>(detail::opened,
                                                  fabric_chaincode_private_data_get_private_data_query_result,
                                                  &raw_collection, &raw_query);
    }
};

}  // namespace fabric
