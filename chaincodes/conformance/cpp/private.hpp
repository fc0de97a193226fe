#pragma once

#include "text.hpp"

inline result<std::string> private_get(context& context, std::string_view collection, std::string_view key) {
    return optional(FABRIC_TRY(context.get_private_data(collection, key)));
}

inline result<std::string> private_get_many(context& context, std::string_view collection, text_list keys) {
    return joined(FABRIC_TRY(context.get_private_data_multiple(collection, keys.items)), optional);
}

inline result<std::string> private_hash(context& context, std::string_view collection, std::string_view key) {
    const auto hash = FABRIC_TRY(context.get_private_data_hash(collection, key));
    return hash ? hexadecimal(*hash) : optional(hash);
}

inline result<void> private_put(context& context, std::string_view collection, std::string_view key,
                                fabric::bytes value) {
    return context.put_private_data(collection, key, value);
}

inline result<void> private_put_many(context& context, std::string_view collection, text_list entries) {
    return context.put_private_data_multiple(collection, entries.entries());
}

inline result<void> private_delete(context& context, std::string_view collection, std::string_view key) {
    return context.delete_private_data(collection, key);
}

inline result<void> private_purge(context& context, std::string_view collection, std::string_view key) {
    return context.purge_private_data(collection, key);
}

inline result<std::string> private_metadata(context& context, std::string_view collection, std::string_view key) {
    return pairs(FABRIC_TRY(context.get_private_data_metadata(collection, key)));
}

inline result<std::string> private_get_policy(context& context, std::string_view collection, std::string_view key) {
    return optional(FABRIC_TRY(context.get_private_data_validation_parameter(collection, key)));
}

inline result<void> private_set_policy(context& context, std::string_view collection, std::string_view key,
                                       fabric::bytes policy) {
    return context.set_private_data_validation_parameter(collection, key, policy);
}

inline result<std::string> private_range(context& context, std::string_view collection, std::string_view start,
                                         std::string_view end) {
    return entries(FABRIC_TRY(context.get_private_data_by_range(collection, start, end)));
}

inline result<std::string> private_partial_range(context& context, std::string_view collection,
                                                 std::string_view object_type, text_list attributes) {
    return entries(FABRIC_TRY(
        context.get_private_data_by_partial_composite_key(collection, object_type, attributes.items)));
}

inline result<std::string> private_query(context& context, std::string_view collection, std::string_view query) {
    return entries(FABRIC_TRY(context.get_private_data_query_result(collection, query)));
}
