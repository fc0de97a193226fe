//! The chaincode's part of the world state: methods of `Context`.

const calls = @import("call.zig");
const fabric = @import("fabric.zig");
const iterators = @import("iterators.zig");

const Context = fabric.Context;
const Error = fabric.Error;
const CompositeKey = fabric.CompositeKey;
const Field = fabric.Field;
const HistoryIterator = fabric.HistoryIterator;
const KeyValue = fabric.KeyValue;
const Page = fabric.Page;
const StateIterator = fabric.StateIterator;

/// The value of a key, null when it does not exist.
pub fn getState(context: *Context, key: []const u8) Error!?[]const u8 {
    return calls.optional(context, "get_state", .{key});
}

/// The values of several keys, in their order.
pub fn getStates(context: *Context, keys: []const []const u8) Error![]const ?[]const u8 {
    return calls.optionals(context, "get_states", .{keys});
}

/// Sets a key.
pub fn putState(context: *Context, key: []const u8, value: []const u8) Error!void {
    return calls.done(context, "put_state", .{ key, value });
}

/// Sets several keys, in their order, up to the first that is refused.
pub fn putStates(context: *Context, entries: []const KeyValue) Error!void {
    return calls.done(context, "put_states", .{entries});
}

/// Removes a key.
pub fn deleteState(context: *Context, key: []const u8) Error!void {
    return calls.done(context, "delete_state", .{key});
}

/// Removes several keys, in their order, up to the first that is refused.
pub fn deleteStates(context: *Context, keys: []const []const u8) Error!void {
    return calls.done(context, "delete_states", .{keys});
}

/// What is committed about a key beside its value.
pub fn getStateMetadata(context: *Context, key: []const u8) Error![]const Field {
    return calls.fields(context, "get_state_metadata", .{key});
}

/// The key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`.
pub fn getStateValidationParameter(context: *Context, key: []const u8) Error!?[]const u8 {
    return calls.optional(context, "get_state_validation_parameter", .{key});
}

/// Gives a key its own endorsement policy; an empty one takes it away.
pub fn setStateValidationParameter(context: *Context, key: []const u8, policy: []const u8) Error!void {
    return calls.done(context, "set_state_validation_parameter", .{ key, policy });
}

/// Simple keys from `start` to before `end`; empty ones mean the first and the end.
pub fn getStateByRange(context: *Context, start: []const u8, end: []const u8) Error!StateIterator {
    return iterators.open(context, "get_state_by_range", .{ start, end });
}

/// At most `page_size` keys of such a range, from the bookmark on unless it is empty. A transaction that asks for pages may
/// write nothing.
pub fn getStateByRangeWithPagination(
    context: *Context,
    start: []const u8,
    end: []const u8,
    page_size: u32,
    bookmark: []const u8,
) Error!Page {
    return iterators.page(context, "get_state_by_range_with_pagination", .{ start, end, page_size, bookmark });
}

/// Composite keys that begin with these parts.
pub fn getStateByPartialCompositeKey(
    context: *Context,
    object_type: []const u8,
    attributes: []const []const u8,
) Error!StateIterator {
    return iterators.open(context, "get_state_by_partial_composite_key", .{ object_type, attributes });
}

/// A page of these.
pub fn getStateByPartialCompositeKeyWithPagination(
    context: *Context,
    object_type: []const u8,
    attributes: []const []const u8,
    page_size: u32,
    bookmark: []const u8,
) Error!Page {
    return iterators.page(context, "get_state_by_partial_composite_key_with_pagination", .{ object_type, attributes, page_size, bookmark });
}

/// A page of all composite keys of the chaincode.
pub fn getAllStatesCompositeKeyWithPagination(context: *Context, page_size: u32, bookmark: []const u8) Error!Page {
    return iterators.page(context, "get_all_states_composite_key_with_pagination", .{ page_size, bookmark });
}

/// Joins parts to a composite key.
pub fn createCompositeKey(context: *Context, object_type: []const u8, attributes: []const []const u8) Error![]const u8 {
    return calls.one(context, "create_composite_key", .{ object_type, attributes });
}

/// The object type and the attributes of a composite key.
pub fn splitCompositeKey(context: *Context, key: []const u8) Error!CompositeKey {
    const parts = try calls.list(context, "split_composite_key", .{key});
    return .{ .object_type = parts[0], .attributes = parts[1..] };
}

/// A query in the language of the state database.
pub fn getQueryResult(context: *Context, query: []const u8) Error!StateIterator {
    return iterators.open(context, "get_query_result", .{query});
}

/// A page of it.
pub fn getQueryResultWithPagination(
    context: *Context,
    query: []const u8,
    page_size: u32,
    bookmark: []const u8,
) Error!Page {
    return iterators.page(context, "get_query_result_with_pagination", .{ query, page_size, bookmark });
}

/// Committed modifications of a key, newest first.
pub fn getHistoryForKey(context: *Context, key: []const u8) Error!HistoryIterator {
    return iterators.openHistory(context, "get_history_for_key", .{key});
}
