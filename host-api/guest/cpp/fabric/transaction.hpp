/// The proposal that is being answered, its event, other chaincodes, and the log.
#pragma once

#include "client_identity.hpp"
#include "iterator.hpp"

namespace fabric {

/// What another chaincode answered.
struct chaincode_response {
    /// 200 for success, 400 and above for failures.
    std::int32_t status;
    std::string message;
    std::string payload;
};

/// The proposal that is being answered, and who made it.
class transaction {
public:
    /// Identifier of the transaction.
    std::string tx_id() const {
        return detail::take(detail::get<chaincode_string_t>(fabric_chaincode_transaction_tx_id));
    }

    /// The channel.
    std::string channel_id() const {
        return detail::take(detail::get<chaincode_string_t>(fabric_chaincode_transaction_channel_id));
    }

    /// The client's time, the same at every endorser.
    timestamp tx_timestamp() const {
        const auto time =
            detail::get<fabric_chaincode_transaction_timestamp_t>(fabric_chaincode_transaction_tx_timestamp);
        return {time.seconds, time.nanoseconds};
    }

    /// All arguments of the call, the function's name first.
    std::vector<std::string> args() const {
        return detail::take_all(detail::get<chaincode_list_list_u8_t>(fabric_chaincode_transaction_args));
    }

    /// Data for the endorsers only; never recorded in the transaction.
    std::vector<key_value> transient() const { return fields(fabric_chaincode_transaction_transient); }

    /// The creator as a marshalled msp.SerializedIdentity.
    std::string creator() const {
        return detail::take(detail::get<chaincode_list_u8_t>(fabric_chaincode_transaction_creator));
    }

    /// The creator's MSP.
    std::string creator_msp_id() const {
        return detail::take(detail::get<chaincode_string_t>(fabric_chaincode_transaction_creator_msp_id));
    }

    /// The creator's X.509 certificate, PEM.
    std::string creator_certificate() const {
        return detail::take(detail::get<chaincode_list_u8_t>(fabric_chaincode_transaction_creator_certificate));
    }

    /// The client that made the proposal.
    fabric::client_identity client_identity() const { return {}; }

    /// The proposal as the client signed it: a marshalled protos.SignedProposal.
    std::string signed_proposal() const {
        return detail::take(detail::get<chaincode_list_u8_t>(fabric_chaincode_transaction_signed_proposal));
    }

    /// SHA-256 over the proposal's nonce, creator and epoch.
    std::string binding() const {
        return detail::take(detail::get<chaincode_list_u8_t>(fabric_chaincode_transaction_binding));
    }

    /// What the peer's decorators added to the proposal, sorted by name.
    std::vector<key_value> decorations() const { return fields(fabric_chaincode_transaction_decorations); }

    /// Sets the transaction's event; a second one replaces the first. The name must not be empty.
    result<void> set_event(std::string_view name, std::string_view payload) {
        auto raw_name = detail::to_string(name);
        auto raw_payload = detail::to_bytes(payload);
        return detail::call_void(fabric_chaincode_transaction_set_event, &raw_name, &raw_payload);
    }

    /// Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction;
    /// on another it only reads. The first argument is the name of the function.
    result<chaincode_response> invoke_chaincode(std::string_view name, const texts& args, std::string_view channel) {
        auto raw_name = detail::to_string(name), raw_channel = detail::to_string(channel);
        const auto convert = [](fabric_chaincode_chaincodes_response_t answer) {
            return chaincode_response{answer.status, detail::take(answer.message), detail::take(answer.payload)};
        };
        return detail::call<fabric_chaincode_chaincodes_response_t>(
            convert, fabric_chaincode_chaincodes_invoke_chaincode, &raw_name, detail::lend_lists(args).pointer(),
            &raw_channel);
    }

private:
    static std::vector<key_value> fields(void (*function)(chaincode_list_tuple2_string_list_u8_t*)) {
        return detail::take_all(detail::get<chaincode_list_tuple2_string_list_u8_t>(function));
    }
};

/// The chaincode's log at the peer. Nothing of it reaches the ledger. Long lines are cut. Lines are given in parts, as errors
/// are.
class logger {
public:
    /// A line for developers.
    template <class... Parts>
    void log_debug(const Parts&... parts) const {
        write(FABRIC_CHAINCODE_DIAGNOSTICS_LEVEL_DEBUG, concat(parts...));
    }

    /// A line.
    template <class... Parts>
    void log_info(const Parts&... parts) const {
        write(FABRIC_CHAINCODE_DIAGNOSTICS_LEVEL_INFO, concat(parts...));
    }

    /// A line about something unexpected.
    template <class... Parts>
    void log_warning(const Parts&... parts) const {
        write(FABRIC_CHAINCODE_DIAGNOSTICS_LEVEL_WARNING, concat(parts...));
    }

    /// A line about a failure.
    template <class... Parts>
    void log_error(const Parts&... parts) const {
        write(FABRIC_CHAINCODE_DIAGNOSTICS_LEVEL_ERROR, concat(parts...));
    }

private:
    static void write(fabric_chaincode_diagnostics_level_t level, std::string_view bytes) {
        const std::string line = lossy(bytes);
        auto raw_line = detail::to_string(line);
        fabric_chaincode_diagnostics_log(level, &raw_line);
    }
};

}  // namespace fabric
