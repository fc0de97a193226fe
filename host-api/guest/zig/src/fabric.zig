//! Smart contracts for Hyperledger Fabric, compiled to WebAssembly.
//!
//!     const fabric = @import("fabric");
//!
//!     pub const functions = [_]fabric.Function{
//!         fabric.submit("SetGreeting", setGreeting, &.{"text"}),
//!         fabric.evaluate("Greeting", greeting, &.{}),
//!     };
//!
//!     fn setGreeting(context: *fabric.Context, text: []const u8) !void {
//!         try context.putState("greeting", text);
//!     }
//!
//!     fn greeting(context: *fabric.Context) ![]const u8 {
//!         return try context.getState("greeting") orelse context.fail("no greeting yet", .{});
//!     }
//!
//! Parameters and results are `[]const u8` (text), `Bytes`, numbers, `bool`, `Json(T)`, or a struct of one's own: as a parameter with
//! `kind` and `parse`, as a result with `payload`, like `Json`. The response to an error is the message of `fail` or of the peer for
//! `error.Refused`, and the error's name for all others.
//!
//! Every call runs in a fresh instance: nothing in memory outlives it. The clock is the client's time stamp
//! (`Context.txTimestamp`); there is no other. `std.log` writes to the chaincode's log, and the client reads the message of a panic.

const contract = @import("contract.zig");
const diagnostics = @import("diagnostics.zig");
const iterators = @import("iterators.zig");
const records = @import("records.zig");
const values = @import("values.zig");

/// Why a call fails: it was refused, as `Context.message` says, or there is no memory left.
pub const Error = error{ Refused, OutOfMemory };

pub const Bytes = values.Bytes;
pub const ChaincodeResponse = records.ChaincodeResponse;
pub const ClientIdentity = @import("client_identity.zig").ClientIdentity;
pub const CompositeKey = records.CompositeKey;
pub const Context = @import("context.zig").Context;
pub const Field = records.Field;
pub const Function = contract.Function;
pub const HistoryIterator = iterators.HistoryIterator;
pub const Json = values.Json;
pub const KeyModification = records.KeyModification;
pub const KeyValue = records.KeyValue;
pub const Level = diagnostics.Level;
pub const Page = iterators.Page;
pub const StateIterator = iterators.StateIterator;
pub const Timestamp = records.Timestamp;

pub const abort = diagnostics.abort;
pub const crypto = @import("crypto.zig");
pub const evaluate = contract.evaluate;
pub const log = diagnostics.log;
pub const submit = contract.submit;

/// For the kit's own entry.
pub const entry = @import("entry.zig");
