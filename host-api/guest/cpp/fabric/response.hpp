/// What transaction functions return.
#pragma once

#include "json.hpp"
#include "result.hpp"

namespace fabric {

/// Text or bytes as a response's payload.
inline std::string to_payload(std::string text) {
    return text;
}

/// Numbers and bool as text.
template <class T>
    requires std::is_arithmetic_v<T>
std::string to_payload(T number) {
    return concat(number);
}

/// JSON.
template <class T>
std::string to_payload(const json<T>& value) {
    return to_json(value.value);
}

/// Whatever a transaction function returned: a value, nothing, or a result of either.
template <class T>
result<std::string> to_response(result<T> returned) {
    if (!returned) return std::move(returned).error();
    if constexpr (std::is_void_v<T>) {
        return std::string();
    } else {
        return to_payload(std::move(*returned));
    }
}

/// The same for a function that cannot fail.
template <class T>
result<std::string> to_response(T returned) {
    return to_payload(std::move(returned));
}

}  // namespace fabric
