#pragma once

#include "text.hpp"

using numbers = fabric::json<std::vector<std::uint64_t>>;

inline numbers echo(context&, numbers value) {
    return value;
}

inline void panic(context& context, std::string_view message) {
    context.abort(message);
}

inline void endless(context&) {
    for (;;) __asm__ volatile("");
}

inline void eat_memory(context&) {
    for (std::vector<std::string> eaten;;) {
        eaten.emplace_back(1 << 20, 'x');
        __asm__ volatile("" : : "r"(eaten.back().data()));
    }
}

/// The assembler text keeps the compiler from making a loop of it.
inline std::uint64_t recurse(std::uint64_t depth) {
    std::uint64_t next = depth + 1;
    __asm__ volatile("" : "+r"(next));
    std::uint64_t deeper = next == 0 ? 0 : recurse(next);
    __asm__ volatile("" : "+r"(deeper));
    return deeper ^ next;
}

inline std::uint64_t recurse_from(context&, std::uint64_t depth) {
    return recurse(depth);
}

inline std::string large(context&, std::uint64_t bytes) {
    return std::string(static_cast<std::size_t>(bytes), 'x');
}

inline result<void> hold_iterators(context& context, std::uint64_t count) {
    std::vector<fabric::state_iterator> held;
    while (held.size() < count) held.push_back(FABRIC_TRY(context.get_state_by_range("", "")));
    return {};
}
