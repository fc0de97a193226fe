/// The client that made the proposal.
#pragma once

#include <algorithm>

#include "bindings.hpp"

namespace fabric {

/// The client that made the proposal, read from its X.509 certificate. An error where the creator has none.
class client_identity {
public:
    /// A text that is unique within the client's organisation: `x509::subject::issuer` in base64.
    result<std::string> id() const {
        return detail::call<chaincode_string_t>(detail::taken, fabric_chaincode_client_identity_id);
    }

    /// The client's organisation.
    std::string msp_id() const {
        return detail::take(detail::get<chaincode_string_t>(fabric_chaincode_client_identity_msp_id));
    }

    /// The certificate's subject, a distinguished name as RFC 2253 writes it.
    result<std::string> subject() const {
        return detail::call<chaincode_string_t>(detail::taken, fabric_chaincode_client_identity_subject);
    }

    /// The certificate's issuer.
    result<std::string> issuer() const {
        return detail::call<chaincode_string_t>(detail::taken, fabric_chaincode_client_identity_issuer);
    }

    /// The organizational units of the subject, in the certificate's order.
    result<std::vector<std::string>> organizational_units() const {
        return detail::call<chaincode_list_string_t>(detail::all_taken,
                                                     fabric_chaincode_client_identity_organizational_units);
    }

    /// Whether the subject has an organizational unit.
    result<bool> has_organizational_unit(std::string_view unit) const {
        const auto units = FABRIC_TRY(organizational_units());
        return std::ranges::find(units, unit) != units.end();
    }

    /// An attribute that the certificate authority put into the certificate.
    result<std::optional<std::string>> attribute(std::string_view name) const {
        auto raw_name = detail::to_string(name);
        return detail::call<chaincode_option_string_t>(detail::taken, fabric_chaincode_client_identity_attribute,
                                                       &raw_name);
    }

    /// All of them, sorted by name.
    result<std::vector<key_value>> attributes() const {
        return detail::call<chaincode_list_tuple2_string_string_t>(detail::all_taken,
                                                                   fabric_chaincode_client_identity_attributes);
    }

    /// Refuses the call unless an attribute has a value.
    result<void> assert_attribute(std::string_view name, std::string_view value) const {
        const auto found = FABRIC_TRY(attribute(name));
        if (!found) return error("attribute '", name, "' was not found");
        if (*found != value) return error("attribute '", name, "' equals '", *found, "', not '", value, "'");
        return {};
    }
};

}  // namespace fabric
