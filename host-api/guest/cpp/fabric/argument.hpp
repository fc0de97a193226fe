/// Parameters of transaction functions.
#pragma once

#include <cstdlib>

#include "json.hpp"
#include "result.hpp"

namespace fabric {

/// How an argument becomes a value of a type. A contract specialises it for types of its own:
///
///     template <>
///     struct fabric::argument<color> {
///         static constexpr std::string_view type = "color";  // in the list of functions
///         static constexpr std::string_view kind = "color";  // in "Cannot convert passed value ... to color"
///         static std::optional<color> parse(std::string_view text);
///     };
template <class T>
struct argument;

/// Text in UTF-8.
template <>
struct argument<std::string_view> {
    static constexpr std::string_view type = "string";
    static constexpr std::string_view kind = "text";
    static std::optional<std::string_view> parse(std::string_view text) {
        return is_utf8(text) ? std::optional(text) : std::nullopt;
    }
};

/// Text in UTF-8.
template <>
struct argument<std::string> {
    static constexpr std::string_view type = "string";
    static constexpr std::string_view kind = "text";
    static std::optional<std::string> parse(std::string_view text) {
        return is_utf8(text) ? std::optional<std::string>(text) : std::nullopt;
    }
};

/// Any bytes.
template <>
struct argument<bytes> {
    static constexpr std::string_view type = "bytes";
    static constexpr std::string_view kind = "bytes";
    static std::optional<bytes> parse(std::string_view content) { return bytes(std::string(content)); }
};

/// "true" or "false".
template <>
struct argument<bool> {
    static constexpr std::string_view type = "bool";
    static constexpr std::string_view kind = "boolean";
    static std::optional<bool> parse(std::string_view text) {
        if (text == "true") return true;
        return text == "false" ? std::optional(false) : std::nullopt;
    }
};

/// Decimal digits, with a sign or without.
template <std::integral T>
    requires(sizeof(T) == 4 || sizeof(T) == 8)
struct argument<T> {
    static constexpr std::string_view type = std::is_signed_v<T> ? (sizeof(T) == 4 ? "i32" : "i64")
                                                                 : (sizeof(T) == 4 ? "u32" : "u64");
    static constexpr std::string_view kind = "integer";
    static std::optional<T> parse(std::string_view text) {
        T value;
        if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
        const char* end = text.data() + text.size();
        const auto [stop, problem] = std::from_chars(text.data(), end, value);
        return problem == std::errc() && stop == end ? std::optional(value) : std::nullopt;
    }
};

/// A number, with a fraction and an exponent or without; or inf, infinity, nan.
template <std::floating_point T>
struct argument<T> {
    static constexpr std::string_view type = sizeof(T) == 4 ? "f32" : "f64";
    static constexpr std::string_view kind = "number";
    static std::optional<T> parse(std::string_view text) {
        T value = 0;
        if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
        if (text.ends_with(')')) return std::nullopt;
        const char* end = text.data() + text.size();
        const auto [stop, problem] = std::from_chars(text.data(), end, value);
        // Rounds what is too large to infinity, and what is too small to zero.
        if (problem == std::errc::result_out_of_range) value = static_cast<T>(std::strtod(std::string(text).c_str(), nullptr));
        return problem != std::errc::invalid_argument && stop == end ? std::optional(value) : std::nullopt;
    }
};

/// JSON.
template <class T>
struct argument<json<T>> {
    static constexpr std::string_view type = "json";
    static constexpr std::string_view kind = "JSON";
    static std::optional<json<T>> parse(std::string_view text) {
        auto value = from_json<T>(text);
        return value ? std::optional(json<T>{std::move(*value)}) : std::nullopt;
    }
};

/// The error for an argument that is no such value.
inline error refusal(std::string_view name, std::string_view kind, std::string_view value) {
    if (!is_utf8(value)) return error("Error managing parameter ", name, ". Passed value is not valid UTF-8");
    return error("Error managing parameter ", name, ". Cannot convert passed value ", value, " to ", kind);
}

}  // namespace fabric
