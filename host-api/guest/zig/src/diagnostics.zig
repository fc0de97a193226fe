//! What operators and clients get to read. Nothing here reaches the ledger.

const host = @import("host.zig");

/// How important a line of the log is.
pub const Level = enum(u32) { debug, info, warning, err };

/// A line in the chaincode's log at the peer. Long lines are cut.
pub fn log(level: Level, message: []const u8) void {
    host.log(@backingInt(level), @intFromPtr(message.ptr), message.len);
}

/// Ends the call at once; the message becomes part of the failed response.
pub fn abort(message: []const u8) noreturn {
    host.abort(@intFromPtr(message.ptr), message.len);
    @trap();
}
