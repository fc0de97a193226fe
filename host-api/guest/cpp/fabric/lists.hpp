/// Lists of texts and of entries, as arguments and as results.
#pragma once

#include <concepts>
#include <initializer_list>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fabric {

/// A key, or a name, with its value.
struct key_value {
    std::string key;
    std::string value;
};

/// One that is borrowed.
struct key_value_view {
    std::string_view key;
    std::string_view value;

    key_value_view(std::string_view key, std::string_view value) : key(key), value(value) {}
    key_value_view(const key_value& entry) : key(entry.key), value(entry.value) {}
};

/// A list to borrow from, as an argument: items in braces, or any range whose elements convert to such items.
template <class Item>
class list {
public:
    list(std::initializer_list<Item> items) : items_(items) {}
    template <std::ranges::input_range Range>
        requires std::convertible_to<std::ranges::range_reference_t<const Range&>, Item>
    list(const Range& range) {
        for (const auto& item : range) items_.push_back(item);
    }

    auto begin() const { return items_.begin(); }
    auto end() const { return items_.end(); }
    std::size_t size() const { return items_.size(); }

private:
    std::vector<Item> items_;
};

/// Texts or bytes.
using texts = list<std::string_view>;
/// Keys with their values.
using entries = list<key_value_view>;

}  // namespace fabric
