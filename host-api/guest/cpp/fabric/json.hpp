/// JSON, read into values and written from them.
///
///     struct asset {
///         std::int64_t size;
///         std::string owner;
///
///         static constexpr std::tuple json_fields{
///             fabric::json_field("Size", &asset::size),
///             fabric::json_field("Owner", &asset::owner),
///         };
///     };
///
///     auto text = fabric::to_json(asset{7, "Ada"});          // {"Size":7,"Owner":"Ada"}
///     auto found = fabric::from_json<asset>(text);           // nothing if the text is no such value
#pragma once

#include "json_read.hpp"
#include "json_write.hpp"

namespace fabric {

/// The value that a text is; nothing when it is no JSON or another value.
template <json_value T>
std::optional<T> from_json(std::string_view text) {
    T value{};
    if (!is_utf8(text) || !json_reader(text).read_all(value)) return std::nullopt;
    return value;
}

/// A value as JSON, without spaces, its members in the order of `json_fields`.
template <json_value T>
std::string to_json(const T& value) {
    std::string text;
    write_json(text, value);
    return text;
}

/// A value as JSON, in arguments and responses of transaction functions.
template <json_value T>
struct json {
    T value;
};

}  // namespace fabric
