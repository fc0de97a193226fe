/// Writes JSON.
#pragma once

#include <cmath>

#include "json_value.hpp"
#include "text.hpp"

namespace fabric {

/// Adds a text as a JSON string, in quotation marks.
inline void write_json_string(std::string& json, std::string_view text) {
    constexpr std::string_view characters = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt", digits = "0123456789abcdef";
    json += '"';
    std::size_t written = 0;
    for (std::size_t at = 0; at < text.size(); at++) {
        const auto code = static_cast<unsigned char>(text[at]);
        if (code >= 0x20 && code != '"' && code != '\\') continue;
        json += text.substr(written, at - written);
        written = at + 1;
        if (const auto escape = characters.find(text[at]); escape != characters.npos) {
            json += '\\';
            json += letters[escape];
        } else {
            json += "\\u00";
            json += digits[code >> 4];
            json += digits[code & 15];
        }
    }
    json += text.substr(written);
    json += '"';
}

/// Adds a value as JSON.
template <json_value T>
void write_json(std::string& json, const T& value) {
    if constexpr (std::same_as<T, std::string>) {
        write_json_string(json, value);
    } else if constexpr (std::floating_point<T>) {
        if (std::isfinite(value)) {
            append(json, value);
        } else {
            json += "null";
        }
    } else if constexpr (std::is_arithmetic_v<T>) {
        append(json, value);
    } else if constexpr (detail::is_optional<T>) {
        if (value) {
            write_json(json, *value);
        } else {
            json += "null";
        }
    } else if constexpr (detail::is_vector<T>) {
        json += '[';
        for (std::size_t index = 0; index < value.size(); index++) {
            if (index > 0) json += ',';
            write_json<typename T::value_type>(json, value[index]);
        }
        json += ']';
    } else {
        char separator = '{';
        const auto write_field = [&](const auto& field) {
            json += separator;
            write_json_string(json, field.name);
            json += ':';
            write_json(json, value.*field.member);
            separator = ',';
        };
        std::apply([&](const auto&... fields) { (write_field(fields), ...); }, T::json_fields);
        if (separator == '{') json += '{';
        json += '}';
    }
}

}  // namespace fabric
