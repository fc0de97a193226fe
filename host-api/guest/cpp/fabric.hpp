/// Smart contracts for Hyperledger Fabric in C++20, compiled to WebAssembly.
///
///     #include <fabric.hpp>
///
///     fabric::result<void> set_greeting(fabric::context& context, std::string text) {
///         return context.put_state("greeting", text);
///     }
///
///     fabric::result<std::string> greeting(fabric::context& context) {
///         auto text = FABRIC_TRY(context.get_state("greeting"));
///         if (!text) return fabric::error("no greeting yet");
///         return *text;
///     }
///
///     constexpr fabric::contract contract{
///         fabric::submit<set_greeting>("SetGreeting", "text"),
///         fabric::evaluate<greeting>("Greeting"),
///     };
///     FABRIC_CONTRACT(contract)
///
/// Texts and bytes are `std::string` when they are yours and `std::string_view` when they are borrowed. There are no
/// exceptions: what can fail returns a `fabric::result`, and FABRIC_TRY passes an error on.
///
/// Every call of the contract runs in a fresh instance: nothing in memory outlives it. The clock is the client's time stamp
/// (`context::tx_timestamp`), there is no other.
#pragma once

#include "fabric/argument.hpp"
#include "fabric/client_identity.hpp"
#include "fabric/context.hpp"
#include "fabric/contract.hpp"
#include "fabric/crypto.hpp"
#include "fabric/iterator.hpp"
#include "fabric/json.hpp"
#include "fabric/response.hpp"
#include "fabric/result.hpp"
#include "fabric/text.hpp"
