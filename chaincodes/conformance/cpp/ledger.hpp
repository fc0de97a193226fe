#pragma once

#include "text.hpp"

inline result<std::string> get(context& context, std::string_view key) {
    return optional(FABRIC_TRY(context.get_state(key)));
}

inline result<std::string> get_many(context& context, text_list keys) {
    return joined(FABRIC_TRY(context.get_states(keys.items)), optional);
}

inline result<void> put(context& context, std::string_view key, fabric::bytes value) {
    return context.put_state(key, value);
}

inline result<void> put_many(context& context, text_list entries) {
    return context.put_states(entries.entries());
}

inline result<std::string> put_and_get(context& context, std::string_view key, fabric::bytes value) {
    FABRIC_TRY(context.put_state(key, value));
    return get(context, key);
}

inline result<void> delete_one(context& context, std::string_view key) {
    return context.delete_state(key);
}

inline result<void> delete_many(context& context, text_list keys) {
    return context.delete_states(keys.items);
}

inline result<std::string> metadata(context& context, std::string_view key) {
    return pairs(FABRIC_TRY(context.get_state_metadata(key)));
}

inline result<std::string> get_policy(context& context, std::string_view key) {
    return optional(FABRIC_TRY(context.get_state_validation_parameter(key)));
}

inline result<void> set_policy(context& context, std::string_view key, fabric::bytes policy) {
    return context.set_state_validation_parameter(key, policy);
}

inline result<std::string> range(context& context, std::string_view start, std::string_view end) {
    return entries(FABRIC_TRY(context.get_state_by_range(start, end)));
}

inline result<std::string> range_page(context& context, std::string_view start, std::string_view end,
                                      std::uint32_t size, std::string_view bookmark) {
    return page(FABRIC_TRY(context.get_state_by_range_with_pagination(start, end, size, bookmark)));
}

inline result<std::string> composite(context& context, std::string_view object_type, text_list attributes) {
    return replaced(FABRIC_TRY(context.create_composite_key(object_type, attributes.items)), '\0', '/');
}

inline result<void> put_composite(context& context, std::string_view object_type, text_list attributes,
                                  fabric::bytes value) {
    return context.put_state(FABRIC_TRY(context.create_composite_key(object_type, attributes.items)), value);
}

inline result<std::string> split(context& context, std::string_view key) {
    const auto [object_type, attributes] = FABRIC_TRY(context.split_composite_key(key));
    return fabric::concat(object_type, ':', joined(attributes));
}

inline result<std::string> partial_range(context& context, std::string_view object_type, text_list attributes) {
    return entries(FABRIC_TRY(context.get_state_by_partial_composite_key(object_type, attributes.items)));
}

inline result<std::string> partial_page(context& context, std::string_view object_type, text_list attributes,
                                        std::uint32_t size, std::string bookmark) {
    return page(FABRIC_TRY(context.get_state_by_partial_composite_key_with_pagination(
        object_type, attributes.items, size, replaced(bookmark, '/', '\0'))));
}

inline result<std::string> composite_page(context& context, std::uint32_t size, std::string bookmark) {
    return page(FABRIC_TRY(
        context.get_all_states_composite_key_with_pagination(size, replaced(bookmark, '/', '\0'))));
}

inline result<std::string> rich_query(context& context, std::string_view query) {
    return entries(FABRIC_TRY(context.get_query_result(query)));
}

inline result<std::string> query_page(context& context, std::string_view query, std::uint32_t size,
                                      std::string_view bookmark) {
    return page(FABRIC_TRY(context.get_query_result_with_pagination(query, size, bookmark)));
}

inline result<std::string> history(context& context, std::string_view key) {
    std::vector<std::string> all;
    for (auto& step : FABRIC_TRY(context.get_history_for_key(key))) {
        const auto entry = FABRIC_TRY(std::move(step));
        const auto text = entry.is_delete ? "deleted" : fabric::lossy(entry.value);
        all.push_back(fabric::concat(entry.tx_id, '@', entry.timestamp.seconds, '=', text));
    }
    return joined(all);
}
