//! Results that are fetched one by one.

const calls = @import("call.zig");
const fabric = @import("fabric.zig");
const host = @import("host.zig");

const Context = fabric.Context;
const Error = fabric.Error;

/// Keys in ascending order with their values:
///
///     var found = try context.getStateByRange("", "");
///     defer found.close();
///     while (try found.next()) |entry| ...
pub const StateIterator = struct {
    context: *Context,
    handle: u32,

    /// The next key, null after the last one.
    pub fn next(self: *StateIterator) Error!?fabric.KeyValue {
        _ = try calls.call(self.context, "state_iterator_next", .{self.handle}) orelse return null;
        return .{ .key = try calls.bytes(self.context, 0), .value = try calls.bytes(self.context, 1) };
    }

    /// Ends it. To be called once.
    pub fn close(self: *StateIterator) void {
        host.state_iterator_close(self.handle);
    }
};

/// Modifications of a key, newest first. Used like a `StateIterator`.
pub const HistoryIterator = struct {
    context: *Context,
    handle: u32,

    /// The next modification, null after the last one.
    pub fn next(self: *HistoryIterator) Error!?fabric.KeyModification {
        _ = try calls.call(self.context, "history_iterator_next", .{self.handle}) orelse return null;
        return .{
            .tx_id = try calls.bytes(self.context, 0),
            .value = try calls.bytes(self.context, 1),
            .timestamp = .{ .seconds = calls.number(2), .nanoseconds = calls.unsigned(3) },
            .is_delete = calls.number(4) != 0,
        };
    }

    /// Ends it. To be called once.
    pub fn close(self: *HistoryIterator) void {
        host.history_iterator_close(self.handle);
    }
};

/// One page of a query.
pub const Page = struct {
    /// Its keys; to be closed.
    entries: StateIterator,
    /// How many they are.
    fetched_records_count: u32,
    /// Where the next page begins; empty after the last one.
    bookmark: []const u8,
};

/// Calls a function that opens an iterator over keys.
pub fn open(context: *Context, comptime name: []const u8, args: anytype) Error!StateIterator {
    _ = try calls.call(context, name, args);
    return .{ .context = context, .handle = calls.unsigned(0) };
}

/// Calls a function that opens an iterator over modifications.
pub fn openHistory(context: *Context, comptime name: []const u8, args: anytype) Error!HistoryIterator {
    _ = try calls.call(context, name, args);
    return .{ .context = context, .handle = calls.unsigned(0) };
}

/// Calls a function that gives a page.
pub fn page(context: *Context, comptime name: []const u8, args: anytype) Error!Page {
    const entries = try open(context, name, args);
    return .{ .entries = entries, .fetched_records_count = calls.unsigned(1), .bookmark = try calls.bytes(context, 2) };
}
