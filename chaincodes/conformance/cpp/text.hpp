/// How arguments and results are written.
#pragma once

#include <algorithm>
#include <fabric.hpp>

using fabric::context;
using fabric::error;
using fabric::result;

/// Texts joined by commas.
struct text_list {
    std::vector<std::string> items;

    /// `key=value` each.
    std::vector<fabric::key_value> entries() const {
        std::vector<fabric::key_value> entries;
        for (const auto& item : items) {
            const auto sign = std::min(item.find('='), item.size());
            entries.push_back({item.substr(0, sign), item.substr(std::min(sign + 1, item.size()))});
        }
        return entries;
    }
};

template <>
struct fabric::argument<text_list> {
    static constexpr std::string_view type = "list";
    static constexpr std::string_view kind = "list";
    static std::optional<text_list> parse(std::string_view text) {
        if (!is_utf8(text)) return std::nullopt;
        text_list list;
        while (!text.empty()) {
            const auto comma = std::min(text.find(','), text.size());
            if (comma > 0) list.items.emplace_back(text.substr(0, comma));
            text.remove_prefix(std::min(comma + 1, text.size()));
        }
        return list;
    }
};

inline std::string optional(const std::optional<std::string>& value) {
    return value ? fabric::lossy(*value) : "<none>";
}

inline std::string hexadecimal(std::string_view bytes) {
    std::string text;
    for (unsigned char byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

/// What `write` makes of the items, with commas between them.
template <class Items, class Write>
std::string joined(const Items& items, Write write) {
    std::string text;
    bool is_first = true;
    for (const auto& item : items) {
        if (!std::exchange(is_first, false)) text += ',';
        text += write(item);
    }
    return text;
}

inline std::string joined(const std::vector<std::string>& texts) {
    return joined(texts, fabric::lossy);
}

inline std::string pairs(const std::vector<fabric::key_value>& pairs) {
    return joined(pairs, [](const auto& pair) { return pair.key + "=" + fabric::lossy(pair.value); });
}

inline std::string replaced(std::string text, char from, char to) {
    std::ranges::replace(text, from, to);
    return text;
}

/// Separators of composite keys are shown as `/`.
inline result<std::string> entries(fabric::state_iterator found) {
    std::vector<fabric::key_value> all;
    for (auto& step : found) all.push_back(FABRIC_TRY(std::move(step)));
    return replaced(pairs(all), '\0', '/');
}

inline result<std::string> page(fabric::page found) {
    const auto text = FABRIC_TRY(entries(std::move(found.entries)));
    return fabric::concat(text, '|', found.fetched_records_count, '|', replaced(found.bookmark, '\0', '/'));
}
