/// Errors, and what a function returns that can fail.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "abort.hpp"
#include "text.hpp"

namespace fabric {

/// Why a function refuses. At the end of a call, the text becomes the response's message at the client.
class error {
public:
    /// Joins the parts: `error("the asset ", id, " does not exist")`.
    template <class... Parts>
        requires(sizeof...(Parts) > 0 && !(std::same_as<std::remove_cvref_t<Parts>, error> || ...))
    explicit error(const Parts&... parts) : message_(concat(parts...)) {}

    /// The text.
    const std::string& message() const { return message_; }

private:
    std::string message_;
};

/// A value, or the error because of which there is none.
template <class T>
class [[nodiscard]] result {
public:
    using value_type = T;

    /// A success.
    template <class U = T>
        requires(std::is_constructible_v<T, U> && std::is_convertible_v<U, T> &&
                 !std::same_as<std::remove_cvref_t<U>, result> && !std::same_as<std::remove_cvref_t<U>, fabric::error>)
    result(U&& value) : value_(std::forward<U>(value)) {}
    /// A failure.
    result(fabric::error error) : error_(std::move(error)) {}

    /// Whether there is a value.
    explicit operator bool() const { return !error_; }
    bool has_value() const { return !error_; }

    /// The value. Asking for it where there is none ends the call.
    T& value() & { return checked(*this); }
    const T& value() const& { return checked(*this); }
    T&& value() && { return std::move(checked(*this)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// The error, only where there is one.
    const fabric::error& error() const& { return *error_; }
    fabric::error&& error() && { return std::move(*error_); }

private:
    template <class Self>
    static auto& checked(Self& self) {
        if (self.error_) abort(concat("there is no value, but the error: ", self.error_->message()));
        return *self.value_;
    }

    std::optional<T> value_;
    std::optional<fabric::error> error_;
};

/// A success, or an error.
template <>
class [[nodiscard]] result<void> {
public:
    using value_type = void;

    /// A success.
    result() = default;
    /// A failure.
    result(fabric::error error) : error_(std::move(error)) {}

    /// Whether it is a success.
    explicit operator bool() const { return !error_; }
    bool has_value() const { return !error_; }

    /// Ends the call unless it is a success.
    void value() const {
        if (error_) abort(error_->message());
    }

    /// The error, only where there is one.
    const fabric::error& error() const& { return *error_; }
    fabric::error&& error() && { return std::move(*error_); }

private:
    std::optional<fabric::error> error_;
};

}  // namespace fabric

/// The value of a result; where there is none, the function around it returns the error.
#define FABRIC_TRY(...)                                                     \
    __extension__({                                                         \
        auto fabric_result_ = (__VA_ARGS__);                                \
        if (!fabric_result_) return std::move(fabric_result_).error();      \
        std::move(fabric_result_).value();                                  \
    })
