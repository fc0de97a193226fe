#include <fabric.hpp>

/// Sets a key.
fabric::result<void> put(fabric::context& context, std::string_view key, std::string_view value) {
    return context.put_state(key, value);
}

/// Returns the value of a key.
fabric::result<std::string> get(fabric::context& context, std::string_view key) {
    const auto value = FABRIC_TRY(context.get_state(key));
    if (!value) return fabric::error(key, " does not exist");
    return *value;
}

constexpr fabric::contract contract{
    fabric::submit<put>("Put", "key", "value"),
    fabric::evaluate<get>("Get", "key"),
};

FABRIC_CONTRACT(contract)
