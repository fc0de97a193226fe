/// The end of a call that cannot go on.
#pragma once

#include <string_view>

#include "../generated/chaincode.h"

namespace fabric {

/// Ends the call at once; the message reaches the client.
[[noreturn]] inline void abort(std::string_view message) {
    chaincode_string_t text{reinterpret_cast<std::uint8_t*>(const_cast<char*>(message.data())), message.size()};
    fabric_chaincode_diagnostics_abort(&text);
    __builtin_trap();
}

}  // namespace fabric
