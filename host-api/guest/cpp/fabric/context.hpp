/// What a transaction function works with.
#pragma once

#include "json.hpp"
#include "private_data.hpp"
#include "state.hpp"
#include "transaction.hpp"

namespace fabric {

/// The transaction being simulated: its ledger, its proposal, its event and its log.
class context : public state, public private_data, public transaction, public logger {
public:
    context() = default;
    context(const context&) = delete;
    context& operator=(const context&) = delete;

    /// The value of a key, read from JSON; nothing when it does not exist.
    template <json_value T>
    result<std::optional<T>> get_json(std::string_view key) {
        const auto value = FABRIC_TRY(get_state(key));
        if (!value) return std::optional<T>();
        auto parsed = from_json<T>(*value);
        if (!parsed) return error("the value of ", key, " is not the JSON that was expected");
        return parsed;
    }

    /// Sets a key to a value as JSON.
    template <json_value T>
    result<void> put_json(std::string_view key, const T& value) {
        return put_state(key, to_json(value));
    }

    /// Ends the call at once; the message reaches the client.
    [[noreturn]] void abort(std::string_view message) const { fabric::abort(lossy(message)); }
};

}  // namespace fabric
