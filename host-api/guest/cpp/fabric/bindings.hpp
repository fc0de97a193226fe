/// Between the types of the standard library and those of the generated bindings. Not for contracts.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../generated/chaincode.h"
#include "lists.hpp"
#include "result.hpp"

namespace fabric::detail {

inline std::uint8_t* raw(std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

inline chaincode_string_t to_string(std::string_view text) {
    return {raw(text), text.size()};
}

inline chaincode_list_u8_t to_bytes(std::string_view bytes) {
    return {raw(bytes), bytes.size()};
}

/// Copies what the peer handed over, and frees it.
inline std::string take(std::uint8_t* data, std::size_t size) {
    if (size == 0) return {};
    std::string text(reinterpret_cast<const char*>(data), size);
    std::free(data);
    return text;
}

inline std::string take(chaincode_string_t text) {
    return take(text.ptr, text.len);
}

inline std::string take(chaincode_list_u8_t bytes) {
    return take(bytes.ptr, bytes.len);
}

inline std::optional<std::string> take(chaincode_option_list_u8_t found) {
    return found.is_some ? std::optional(take(found.val)) : std::nullopt;
}

inline std::optional<std::string> take(chaincode_option_string_t found) {
    return found.is_some ? std::optional(take(found.val)) : std::nullopt;
}

inline key_value take(fabric_chaincode_state_key_value_t entry) {
    return {take(entry.key), take(entry.value)};
}

inline key_value take(fabric_chaincode_state_metadata_entry_t entry) {
    return {take(entry.name), take(entry.value)};
}

inline key_value take(chaincode_tuple2_string_list_u8_t field) {
    return {take(field.f0), take(field.f1)};
}

inline key_value take(chaincode_tuple2_string_string_t pair) {
    return {take(pair.f0), take(pair.f1)};
}

/// A list, whose elements there is a `take` for.
template <class List>
auto take_all(List list) {
    std::vector<decltype(take(*list.ptr))> items;
    items.reserve(list.len);
    for (std::size_t index = 0; index < list.len; index++) items.push_back(take(list.ptr[index]));
    if (list.len > 0) std::free(list.ptr);
    return items;
}

/// The items of a list as the bindings take them.
template <class List, class Item, class Convert>
std::vector<Item> converted(const List& list, Convert convert) {
    std::vector<Item> items;
    items.reserve(list.size());
    for (const auto& item : list) items.push_back(convert(item));
    return items;
}

/// A list as the bindings take it; valid as long as this object and what the list has borrowed.
template <class List, class Item>
class lent {
public:
    explicit lent(std::vector<Item> items) : items_(std::move(items)), list_{items_.data(), items_.size()} {}
    lent(const lent&) = delete;
    List* pointer() { return &list_; }

private:
    std::vector<Item> items_;
    List list_;
};

inline auto lend_strings(const texts& list) {
    using item = chaincode_string_t;
    return lent<chaincode_list_string_t, item>(converted<texts, item>(list, to_string));
}

inline auto lend_lists(const texts& list) {
    using item = chaincode_list_u8_t;
    return lent<chaincode_list_list_u8_t, item>(converted<texts, item>(list, to_bytes));
}

template <class List = fabric_chaincode_state_list_key_value_t>
auto lend_entries(const entries& list) {
    using item = fabric_chaincode_state_key_value_t;
    const auto convert = [](const key_value_view& entry) { return item{to_string(entry.key), to_bytes(entry.value)}; };
    return lent<List, item>(converted<entries, item>(list, convert));
}

/// Calls a function of the bindings that can fail; what it finds becomes the value by `convert`.
template <class Found, class Convert, class Function, class... Arguments>
auto call(Convert convert, Function function, Arguments... arguments) -> result<decltype(convert(std::declval<Found>()))> {
    Found found;
    chaincode_string_t message;
    if (!function(arguments..., &found, &message)) return error(take(message));
    return convert(found);
}

/// What `take` makes of it.
inline constexpr auto taken = [](auto found) { return take(found); };
/// A list of what `take` makes of its items.
inline constexpr auto all_taken = [](auto found) { return take_all(found); };

/// The same for one that answers with nothing.
template <class Function, class... Arguments>
result<void> call_void(Function function, Arguments... arguments) {
    chaincode_string_t message;
    if (function(arguments..., &message)) return {};
    return error(take(message));
}

/// Calls a function of the bindings that cannot fail.
template <class Found, class Function, class... Arguments>
Found get(Function function, Arguments... arguments) {
    Found found;
    function(arguments..., &found);
    return found;
}

}  // namespace fabric::detail
