/// Bytes and text.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace fabric {

/// Bytes that need not be text, as an argument or a response of a transaction function.
class bytes : public std::string {
public:
    using std::string::string;
    bytes(std::string content) : std::string(std::move(content)) {}
};

/// The length of the character at the begin of a text that is not empty; 0 if there is none that UTF-8 allows.
constexpr std::size_t character_length(std::string_view text) {
    const auto at = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned char first = at(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    // The first two bytes tell overlong forms, surrogates and what lies above U+10FFFF.
    const unsigned char lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (at(1) < lowest || at(1) > highest) return 0;
    for (std::size_t index = 2; index < length; index++) {
        if ((at(index) & 0xc0) != 0x80) return 0;
    }
    return length;
}

/// Whether bytes are text in UTF-8.
constexpr bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// The bytes as text; U+FFFD replaces whatever is none.
inline std::string lossy(std::string_view bytes) {
    if (is_utf8(bytes)) return std::string(bytes);
    std::string text;
    while (!bytes.empty()) {
        const std::size_t length = character_length(bytes);
        text += length > 0 ? bytes.substr(0, length) : "\xef\xbf\xbd";
        bytes.remove_prefix(length > 0 ? length : 1);
    }
    return text;
}

/// Adds a text.
inline void append(std::string& text, std::string_view part) {
    text += part;
}

/// Adds an integer in decimal.
template <std::integral T>
void append(std::string& text, T number) {
    if constexpr (std::same_as<T, char>) {
        text += number;
    } else if constexpr (std::same_as<T, bool>) {
        text += number ? "true" : "false";
    } else {
        char digits[24];
        text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    }
}

/// Adds a number in decimal, without an exponent, with as many digits as it takes to tell it from its neighbours.
template <std::floating_point T>
void append(std::string& text, T number) {
    char buffer[40];
    const char* end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
    std::string_view written(buffer, static_cast<std::size_t>(end - buffer));
    const auto exponent = written.find('e');
    if (exponent == written.npos) {
        text += number != number ? "NaN" : written;
        return;
    }
    std::string digits;
    for (char character : written.substr(0, exponent)) {
        if (character == '-') text += character;
        if (character >= '0' && character <= '9') digits += character;
    }
    int point = 0;
    std::from_chars(buffer + exponent + (written[exponent + 1] == '+' ? 2 : 1), end, point);
    point++;
    if (point <= 0) digits.insert(0, static_cast<std::size_t>(1 - point), '0');
    const auto whole = static_cast<std::size_t>(point <= 0 ? 1 : point);
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    if (digits.size() > whole) digits.insert(whole, 1, '.');
    text += digits;
}

/// A text of several parts: strings, characters and numbers.
template <class... Parts>
std::string concat(const Parts&... parts) {
    std::string text;
    (append(text, parts), ...);
    return text;
}

}  // namespace fabric
