/// Reads JSON.
#pragma once

#include <array>
#include <charconv>

#include "json_value.hpp"
#include "text.hpp"

namespace fabric {

/// Reads a text in UTF-8 from begin to end. Its functions return false where something else stands than they expect.
class json_reader {
public:
    explicit json_reader(std::string_view text) : rest_(text) {}

    /// One value, with nothing behind it.
    template <json_value T>
    bool read_all(T& value) {
        if (!read(value)) return false;
        skip_spaces();
        return rest_.empty();
    }

    /// The next value.
    template <json_value T>
    bool read(T& value) {
        skip_spaces();
        if constexpr (std::same_as<T, std::string>) {
            return read_string(value);
        } else if constexpr (std::same_as<T, bool>) {
            value = skip("true");
            return value || skip("false");
        } else if constexpr (std::is_arithmetic_v<T>) {
            return read_number(value);
        } else if constexpr (detail::is_optional<T>) {
            if (skip("null")) {
                value.reset();
                return true;
            }
            return read(value.emplace());
        } else if constexpr (detail::is_vector<T>) {
            return skip("[") && read_items(']', [&] {
                typename T::value_type item{};
                if (!read(item)) return false;
                value.push_back(std::move(item));
                return true;
            });
        } else {
            return read_object(value);
        }
    }

private:
    /// How deep values may be nested.
    static constexpr int depth_max = 128;

    void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n\r"), rest_.size())); }

    bool skip(std::string_view expected) {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    std::size_t skip_digits() {
        const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        rest_.remove_prefix(count);
        return count;
    }

    bool skip_number() {
        skip("-");
        if (!skip("0") && skip_digits() == 0) return false;
        if (skip(".") && skip_digits() == 0) return false;
        if (skip("e") || skip("E")) {
            if (!skip("+")) skip("-");
            return skip_digits() > 0;
        }
        return true;
    }

    template <class T>
    bool read_number(T& value) {
        const std::string_view before = rest_;
        if (!skip_number()) return false;
        const char* end = rest_.data();
        const auto [stop, problem] = std::from_chars(before.data(), end, value);
        return problem == std::errc() && stop == end;
    }

    /// Four hexadecimal digits; nothing if they are none.
    std::optional<std::uint32_t> read_unit() {
        std::uint32_t unit = 0;
        if (rest_.size() < 4) return std::nullopt;
        const char* end = rest_.data() + 4;
        const auto [stop, problem] = std::from_chars(rest_.data(), end, unit, 16);
        if (problem != std::errc() || stop != end) return std::nullopt;
        rest_.remove_prefix(4);
        return unit;
    }

    /// What follows `\u`: a character, or two halves of one.
    bool read_escaped_character(std::string& text) {
        const auto unit = read_unit();
        if (!unit || (*unit >= 0xdc00 && *unit < 0xe000)) return false;
        std::uint32_t code = *unit;
        if (code >= 0xd800 && code < 0xdc00) {
            const auto low = skip("\\u") ? read_unit() : std::nullopt;
            if (!low || *low < 0xdc00 || *low > 0xdfff) return false;
            code = 0x10000 + ((code - 0xd800) << 10) + (*low - 0xdc00);
        }
        constexpr std::array<std::uint32_t, 5> marks{0, 0, 0xc0, 0xe0, 0xf0};
        const std::size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        text += static_cast<char>(marks[length] | code >> 6 * (length - 1));
        for (std::size_t left = length - 1; left > 0; left--) {
            text += static_cast<char>(0x80 | (code >> 6 * (left - 1) & 0x3f));
        }
        return true;
    }

    bool read_escape(std::string& text) {
        constexpr std::string_view letters = "\"\\/bfnrt", characters = "\"\\/\b\f\n\r\t";
        if (skip("u")) return read_escaped_character(text);
        const auto found = rest_.empty() ? letters.npos : letters.find(rest_.front());
        if (found == letters.npos) return false;
        text += characters[found];
        rest_.remove_prefix(1);
        return true;
    }

    bool read_string(std::string& text) {
        text.clear();
        if (!skip("\"")) return false;
        while (!skip("\"")) {
            std::size_t plain = 0;
            while (plain < rest_.size() && rest_[plain] != '"' && rest_[plain] != '\\') {
                if (static_cast<unsigned char>(rest_[plain++]) < 0x20) return false;
            }
            text += rest_.substr(0, plain);
            rest_.remove_prefix(plain);
            if (rest_.empty() || (skip("\\") && !read_escape(text))) return false;
        }
        return true;
    }

    /// Items up to the closing bracket, with commas between them.
    template <class ReadItem>
    bool read_items(char closing, ReadItem read_item) {
        const std::string_view end(&closing, 1);
        skip_spaces();
        if (skip(end)) return true;
        if (++depth_ > depth_max) return false;
        do {
            skip_spaces();
            if (!read_item()) return false;
            skip_spaces();
        } while (skip(","));
        depth_--;
        return skip(end);
    }

    bool read_name(std::string& name) {
        if (!read_string(name)) return false;
        skip_spaces();
        return skip(":");
    }

    template <class T>
    bool read_object(T& value) {
        constexpr std::size_t count = std::tuple_size_v<std::remove_cvref_t<decltype(T::json_fields)>>;
        std::array<bool, count> seen{};
        const bool is_read = skip("{") && read_items('}', [&] {
            std::string name;
            return read_name(name) && read_member(value, name, seen, std::make_index_sequence<count>());
        });
        return is_read && is_complete<T>(seen, std::make_index_sequence<count>());
    }

    /// Members that nobody asked for are skipped; no member may come twice.
    template <class T, std::size_t Count, std::size_t... Index>
    bool read_member(T& value, std::string_view name, std::array<bool, Count>& seen, std::index_sequence<Index...>) {
        bool is_read = false;
        const auto read_field = [&](const auto& field, bool& is_seen) {
            if (field.name != name) return false;
            is_read = !std::exchange(is_seen, true) && read(value.*field.member);
            return true;
        };
        const bool is_known = (read_field(std::get<Index>(T::json_fields), seen[Index]) || ...);
        return is_known ? is_read : skip_value();
    }

    template <class T, std::size_t Count, std::size_t... Index>
    static bool is_complete(const std::array<bool, Count>& seen, std::index_sequence<Index...>) {
        const T* owner = nullptr;
        return ((seen[Index] || is_optional_field(std::get<Index>(T::json_fields), owner)) && ...);
    }

    template <class Owner, class T>
    static bool is_optional_field(const json_field<Owner, T>&, const Owner*) {
        return detail::is_optional<T>;
    }

    /// Any value.
    bool skip_value() {
        std::string text;
        skip_spaces();
        if (skip("{")) return read_items('}', [&] { return read_name(text) && skip_value(); });
        if (skip("[")) return read_items(']', [&] { return skip_value(); });
        return skip("null") || skip("true") || skip("false") || read_string(text) || skip_number();
    }

    std::string_view rest_;
    int depth_ = 0;
};

}  // namespace fabric
