/// A contract's functions: how they are listed and called.
#pragma once

#include <array>
#include <tuple>

#include "argument.hpp"
#include "context.hpp"
#include "response.hpp"

namespace fabric {

namespace detail {

template <class Handler>
struct signature;

template <class Returned, class... Parameters>
struct signature<Returned (*)(context&, Parameters...)> {
    using returned = Returned;
    using arguments = std::tuple<std::remove_cvref_t<Parameters>...>;
    static constexpr std::size_t count = sizeof...(Parameters);
};

}  // namespace detail

/// One function of a contract.
template <auto Handler>
class function {
    using signature = detail::signature<decltype(Handler)>;
    using indices = std::make_index_sequence<signature::count>;
    template <std::size_t Index>
    using parameter = std::tuple_element_t<Index, typename signature::arguments>;

public:
    template <class... Names>
    constexpr function(std::string_view kind, std::string_view name, Names... parameters)
        : kind_(kind), name_(name), parameters_{parameters...} {
        static_assert(sizeof...(Names) == signature::count, "each parameter needs its name");
    }

    /// The name for clients.
    constexpr std::string_view name() const { return name_; }

    /// Runs it, if it is given what it expects.
    result<std::string> call(context& context, const std::vector<std::string_view>& args) const {
        if (args.size() != signature::count) {
            return error("Incorrect number of params. Expected ", signature::count, ", received ", args.size());
        }
        return call(context, args, indices());
    }

    /// Writes its line for the list of functions, piece by piece.
    template <class Write>
    constexpr void describe(Write write) const {
        write(kind_);
        write(" ");
        write(name_);
        write("(");
        describe_parameters(write, indices());
        write(")");
    }

private:
    template <std::size_t... Index>
    result<std::string> call(context& context, const std::vector<std::string_view>& args,
                             std::index_sequence<Index...>) const {
        std::tuple<std::optional<parameter<Index>>...> values;
        std::optional<error> problem;
        const auto convert = [&]<class T>(std::optional<T>& value, std::size_t index) {
            value = argument<T>::parse(args[index]);
            if (!value) problem = refusal(parameters_[index], argument<T>::kind, args[index]);
            return value.has_value();
        };
        if (!(convert(std::get<Index>(values), Index) && ...)) return std::move(*problem);
        if constexpr (std::is_void_v<typename signature::returned>) {
            Handler(context, std::move(*std::get<Index>(values))...);
            return std::string();
        } else {
            return to_response(Handler(context, std::move(*std::get<Index>(values))...));
        }
    }

    template <class Write, std::size_t... Index>
    constexpr void describe_parameters(Write& write, std::index_sequence<Index...>) const {
        ((write(Index > 0 ? ", " : ""), write(parameters_[Index]), write(": "),
          write(argument<parameter<Index>>::type)),
         ...);
    }

    std::string_view kind_;
    std::string_view name_;
    std::array<std::string_view, signature::count> parameters_;
};

/// A function that writes: its name for clients, and the names of its parameters. The C++ function takes a `context&` and
/// parameters that there is an `argument` for, and returns a value that there is a `to_payload` for, nothing, or a `result`
/// of either.
template <auto Handler, class... Names>
constexpr auto submit(std::string_view name, Names... parameters) {
    return function<Handler>("submit", name, parameters...);
}

/// A function that only reads.
template <auto Handler, class... Names>
constexpr auto evaluate(std::string_view name, Names... parameters) {
    return function<Handler>("evaluate", name, parameters...);
}

/// All functions of a contract.
template <class... Functions>
class contract {
public:
    constexpr contract(Functions... functions) : functions_(functions...) {}

    /// Runs one of them.
    result<std::string> call(std::string_view name, const std::vector<std::string_view>& args) const {
        context context;
        std::optional<result<std::string>> answer;
        const auto call_if_named = [&](const auto& function) {
            if (function.name() == name) answer.emplace(function.call(context, args));
            return answer.has_value();
        };
        std::apply([&](const auto&... functions) { return (call_if_named(functions) || ...); }, functions_);
        if (!answer) return error("Function ", name, " not found in contract");
        return std::move(*answer);
    }

    /// Writes a line for each, piece by piece.
    template <class Write>
    constexpr void describe(Write write, std::string_view line_end) const {
        const auto describe_one = [&](const auto& function) {
            function.describe(write);
            write(line_end);
        };
        std::apply([&](const auto&... functions) { (describe_one(functions), ...); }, functions_);
    }

private:
    std::tuple<Functions...> functions_;
};

}  // namespace fabric

#include "exports.hpp"
