/// The contract's own part of the world state.
#pragma once

#include "iterator.hpp"

namespace fabric {

/// The object type and the attributes of a composite key.
struct composite_key {
    std::string object_type;
    std::vector<std::string> attributes;
};

/// The contract's own part of the world state, as the current transaction simulates it. Reads see the committed state and not
/// the transaction's own writes.
class state {
public:
    /// The value of a key, nothing when it does not exist.
    result<std::optional<std::string>> get_state(std::string_view key) {
        auto raw_key = detail::to_string(key);
        return detail::call<chaincode_option_list_u8_t>(detail::taken, fabric_chaincode_state_get_state, &raw_key);
    }

    /// The values of several keys, in their order.
    result<std::vector<std::optional<std::string>>> get_states(const texts& keys) {
        auto raw_keys = detail::lend_strings(keys);
        return detail::call<chaincode_list_option_list_u8_t>(detail::all_taken, fabric_chaincode_state_get_states,
                                                             raw_keys.pointer());
    }

    /// Sets a key, which must not be empty.
    result<void> put_state(std::string_view key, std::string_view value) {
        auto raw_key = detail::to_string(key);
        auto raw_value = detail::to_bytes(value);
        return detail::call_void(fabric_chaincode_state_put_state, &raw_key, &raw_value);
    }

    /// Sets several keys, in their order, up to the first that is refused.
    result<void> put_states(const entries& entries) {
        return detail::call_void(fabric_chaincode_state_put_states, detail::lend_entries(entries).pointer());
    }

    /// Removes a key.
    result<void> delete_state(std::string_view key) {
        auto raw_key = detail::to_string(key);
        return detail::call_void(fabric_chaincode_state_delete_state, &raw_key);
    }

    /// Removes several keys, in their order, up to the first that is refused.
    result<void> delete_states(const texts& keys) {
        return detail::call_void(fabric_chaincode_state_delete_states, detail::lend_strings(keys).pointer());
    }

    /// What is committed about a key beside its value, sorted by name.
    result<std::vector<key_value>> get_state_metadata(std::string_view key) {
        auto raw_key = detail::to_string(key);
        return detail::call<fabric_chaincode_state_list_metadata_entry_t>(
            detail::all_taken, fabric_chaincode_state_get_state_metadata, &raw_key);
    }

    /// The key's own endorsement policy, a marshalled common.SignaturePolicyEnvelope.
    result<std::optional<std::string>> get_state_validation_parameter(std::string_view key) {
        auto raw_key = detail::to_string(key);
        return detail::call<chaincode_option_list_u8_t>(
            detail::taken, fabric_chaincode_state_get_state_validation_parameter, &raw_key);
    }

    /// From its commit on, changes of the key need endorsements that meet this policy. An empty one removes it.
    result<void> set_state_validation_parameter(std::string_view key, std::string_view policy) {
        auto raw_key = detail::to_string(key);
        auto raw_policy = detail::to_bytes(policy);
        return detail::call_void(fabric_chaincode_state_set_state_validation_parameter, &raw_key, &raw_policy);
    }

    /// Simple keys from `start` to before `end`; empty ones mean the first and the end. Composite keys are never among them.
    result<state_iterator> get_state_by_range(std::string_view start, std::string_view end) {
        auto raw_start = detail::to_string(start), raw_end = detail::to_string(end);
        return detail::call<detail::raw_iterator>(detail::opened, fabric_chaincode_state_get_state_by_range, &raw_start,
                                                  &raw_end);
    }

    /// At most `page_size` keys of such a range, from the bookmark on unless it is empty. A transaction that asks for pages
    /// may write nothing.
    result<page> get_state_by_range_with_pagination(std::string_view start, std::string_view end,
                                                    std::uint32_t page_size, std::string_view bookmark) {
        auto raw_start = detail::to_string(start), raw_end = detail::to_string(end);
        auto raw_bookmark = detail::to_string(bookmark);
        return detail::call<detail::raw_page>(detail::opened_page,
                                              fabric_chaincode_state_get_state_by_range_with_pagination, &raw_start,
                                              &raw_end, page_size, &raw_bookmark);
    }

    /// All composite keys that begin with these parts.
    result<state_iterator> get_state_by_partial_composite_key(std::string_view object_type, const texts& attributes) {
        auto raw_type = detail::to_string(object_type);
        return detail::call<detail::raw_iterator>(detail::opened,
                                                  fabric_chaincode_state_get_state_by_partial_composite_key, &raw_type,
                                                  detail::lend_strings(attributes).pointer());
    }

    /// A page of these.
    result<page> get_state_by_partial_composite_key_with_pagination(std::string_view object_type,
                                                                    const texts& attributes, std::uint32_t page_size,
                                                                    std::string_view bookmark) {
        auto raw_type = detail::to_string(object_type), raw_bookmark = detail::to_string(bookmark);
        return detail::call<detail::raw_page>(
            detail::opened_page, fabric_chaincode_state_get_state_by_partial_composite_key_with_pagination, &raw_type,
            detail::lend_strings(attributes).pointer(), page_size, &raw_bookmark);
    }

    /// A page of all composite keys of the chaincode.
    result<page> get_all_states_composite_key_with_pagination(std::uint32_t page_size, std::string_view bookmark) {
        auto raw_bookmark = detail::to_string(bookmark);
        return detail::call<detail::raw_page>(detail::opened_page,
                                              fabric_chaincode_state_get_all_states_composite_key_with_pagination,
                                              page_size, &raw_bookmark);
    }

    /// Joins parts to a composite key. Neither may contain U+0000 or U+10FFFF.
    result<std::string> create_composite_key(std::string_view object_type, const texts& attributes) {
        auto raw_type = detail::to_string(object_type);
        return detail::call<chaincode_string_t>(detail::taken, fabric_chaincode_state_create_composite_key, &raw_type,
                                                detail::lend_strings(attributes).pointer());
    }

    /// The parts of a composite key.
    result<composite_key> split_composite_key(std::string_view key) {
        auto raw_key = detail::to_string(key);
        const auto convert = [](fabric_chaincode_state_composite_key_t parts) {
            return composite_key{detail::take(parts.object_type), detail::take_all(parts.attributes)};
        };
        return detail::call<fabric_chaincode_state_composite_key_t>(
            convert, fabric_chaincode_state_split_composite_key, &raw_key);
    }

    /// A query in the language of the state database; an error where the database has none.
    result<state_iterator> get_query_result(std::string_view query) {
        auto raw_query = detail::to_string(query);
        return detail::call<detail::raw_iterator>(detail::opened, fabric_chaincode_state_get_query_result, &raw_query);
    }

    /// A page of it.
    result<page> get_query_result_with_pagination(std::string_view query, std::uint32_t page_size,
                                                  std::string_view bookmark) {
        auto raw_query = detail::to_string(query), raw_bookmark = detail::to_string(bookmark);
        return detail::call<detail::raw_page>(detail::opened_page,
                                              fabric_chaincode_state_get_query_result_with_pagination, &raw_query,
                                              page_size, &raw_bookmark);
    }

    /// Committed modifications of a key.
    result<history_iterator> get_history_for_key(std::string_view key) {
        auto raw_key = detail::to_string(key);
        const auto convert = [](fabric_chaincode_state_own_history_iterator_t handle) {
            return history_iterator(handle);
        };
        return detail::call<fabric_chaincode_state_own_history_iterator_t>(
            convert, fabric_chaincode_state_get_history_for_key, &raw_key);
    }
};

}  // namespace fabric
