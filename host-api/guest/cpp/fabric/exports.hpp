/// What a contract's file exports and declares: FABRIC_CONTRACT.
#pragma once

#include <cstdarg>
#include <cstring>

#include "contract.hpp"

namespace fabric::detail {

/// Moves a text to memory that the bindings free.
inline chaincode_string_t handed_over(std::string_view text) {
    if (text.empty()) return {nullptr, 0};
    auto* data = static_cast<std::uint8_t*>(std::malloc(text.size()));
    if (!data) __builtin_trap();
    std::memcpy(data, text.data(), text.size());
    return {data, text.size()};
}

/// Answers a call as the bindings want it.
template <class Contract>
bool answer(const Contract& contract, const chaincode_string_t& function, const chaincode_list_list_u8_t& args,
            chaincode_list_u8_t& payload, chaincode_string_t& message) {
    const auto view = [](const auto& raw) {
        return std::string_view(reinterpret_cast<const char*>(raw.ptr), raw.len);
    };
    std::vector<std::string_view> values;
    values.reserve(args.len);
    for (std::size_t index = 0; index < args.len; index++) values.push_back(view(args.ptr[index]));
    const auto answered = contract.call(view(function), values);
    if (!answered) {
        message = handed_over(lossy(answered.error().message()));
        return false;
    }
    const auto [data, size] = handed_over(*answered);
    payload = {data, size};
    return true;
}

/// A text for the assembler.
template <std::size_t Size>
struct assembly {
    std::array<char, Size> text;
    constexpr const char* data() const { return text.data(); }
    constexpr std::size_t size() const { return Size; }
};

/// Tells the assembler to write the list of functions into a section of its own.
template <class Write>
constexpr void write_section(const auto& contract, Write write) {
    write(".section \".custom_section.fabric:chaincode/functions\",\"\",@\n.ascii \"");
    contract.describe(write, "\\n");
    write("\"\n");
}

template <const auto& Contract>
constexpr auto section() {
    constexpr std::size_t size = [] {
        std::size_t size = 0;
        write_section(Contract, [&](std::string_view piece) { size += piece.size(); });
        return size;
    }();
    assembly<size> result{};
    std::size_t used = 0;
    write_section(Contract, [&](std::string_view piece) {
        for (char character : piece) result.text[used++] = character;
    });
    return result;
}

/// Ends the call with a message of the standard library, whose formats have no other conversion than `%s`.
[[noreturn]] inline void abort_formatted(const char* format, std::va_list arguments) {
    // The peer knows that it refused memory, and says so.
    if (std::string_view(format).starts_with("bad_alloc")) __builtin_trap();
    std::string message;
    for (std::string_view rest = format; !rest.empty();) {
        const bool is_conversion = rest.starts_with("%s");
        message += is_conversion ? va_arg(arguments, const char*) : rest.substr(0, 1);
        rest.remove_prefix(is_conversion ? 2 : 1);
    }
    abort(lossy(message));
}

}  // namespace fabric::detail

/// Offers a contract, which must be a `constexpr` variable outside of any function, to the peer. Stands once in a program.
///
/// It also makes whatever would throw in the standard library end the call with a message: what the library itself does would
/// write to a standard error that nobody reads.
#define FABRIC_CONTRACT(contract)                                                                                        \
    __asm__((::fabric::detail::section<contract>()));                                                                    \
    extern "C" bool exports_fabric_chaincode_contract_invoke(chaincode_string_t* function,                               \
                                                             chaincode_list_list_u8_t* args,                             \
                                                             chaincode_list_u8_t* payload,                               \
                                                             chaincode_string_t* message) {                              \
        return ::fabric::detail::answer(contract, *function, *args, *payload, *message);                                 \
    }                                                                                                                    \
    extern "C" bool exports_fabric_chaincode_contract_init(chaincode_string_t* function, chaincode_list_list_u8_t* args, \
                                                           chaincode_list_u8_t* payload,                                 \
                                                           chaincode_string_t* message) {                                \
        return exports_fabric_chaincode_contract_invoke(function, args, payload, message);                               \
    }                                                                                                                    \
    void std::__libcpp_verbose_abort(const char* format, ...) noexcept {                                                 \
        std::va_list arguments;                                                                                          \
        va_start(arguments, format);                                                                                     \
        ::fabric::detail::abort_formatted(format, arguments);                                                            \
    }
