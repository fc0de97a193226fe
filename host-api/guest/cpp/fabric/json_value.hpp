/// Which types JSON can be read into and written from.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace fabric {

/// A member of a JSON object, and the member of a class it stands for. One that is a `std::optional` may be missing.
template <class Owner, class T>
struct json_field {
    std::string_view name;
    T Owner::*member;

    constexpr json_field(std::string_view name, T Owner::*member) : name(name), member(member) {}
};

/// Whether a type is a JSON value: numbers, bool, std::string, vectors and optionals of such, and classes with `json_fields`.
template <class T>
constexpr bool is_json_value =
    std::is_arithmetic_v<T> || std::same_as<T, std::string> || requires { std::tuple_size_v<decltype(T::json_fields)>; };
template <class T>
constexpr bool is_json_value<std::optional<T>> = is_json_value<T>;
template <class T>
constexpr bool is_json_value<std::vector<T>> = is_json_value<T>;

/// A type that is a JSON value.
template <class T>
concept json_value = is_json_value<T>;

namespace detail {

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;

}  // namespace detail
}  // namespace fabric
