//! Private data, which only the peers of a collection's members hold: methods of `Context`. Not available while the chaincode is
//! initialised.

const calls = @import("call.zig");
const fabric = @import("fabric.zig");
const iterators = @import("iterators.zig");

const Context = fabric.Context;
const Error = fabric.Error;
const Field = fabric.Field;
const KeyValue = fabric.KeyValue;
const StateIterator = fabric.StateIterator;

/// The value of a private key, null when it does not exist.
pub fn getPrivateData(context: *Context, collection: []const u8, key: []const u8) Error!?[]const u8 {
    return calls.optional(context, "get_private_data", .{ collection, key });
}

/// The values of several private keys, in their order.
pub fn getPrivateDataMultiple(
    context: *Context,
    collection: []const u8,
    keys: []const []const u8,
) Error![]const ?[]const u8 {
    return calls.optionals(context, "get_private_data_multiple", .{ collection, keys });
}

/// SHA-256 of a private value, which every peer of the channel knows.
pub fn getPrivateDataHash(context: *Context, collection: []const u8, key: []const u8) Error!?[]const u8 {
    return calls.optional(context, "get_private_data_hash", .{ collection, key });
}

/// Sets a private key.
pub fn putPrivateData(context: *Context, collection: []const u8, key: []const u8, value: []const u8) Error!void {
    return calls.done(context, "put_private_data", .{ collection, key, value });
}

/// Sets several private keys, in their order, up to the first that is refused.
pub fn putPrivateDataMultiple(context: *Context, collection: []const u8, entries: []const KeyValue) Error!void {
    return calls.done(context, "put_private_data_multiple", .{ collection, entries });
}

/// Removes a private key.
pub fn deletePrivateData(context: *Context, collection: []const u8, key: []const u8) Error!void {
    return calls.done(context, "delete_private_data", .{ collection, key });
}

/// Removes a private key and its past values.
pub fn purgePrivateData(context: *Context, collection: []const u8, key: []const u8) Error!void {
    return calls.done(context, "purge_private_data", .{ collection, key });
}

/// What is committed about a private key beside its value.
pub fn getPrivateDataMetadata(context: *Context, collection: []const u8, key: []const u8) Error![]const Field {
    return calls.fields(context, "get_private_data_metadata", .{ collection, key });
}

/// The private key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`.
pub fn getPrivateDataValidationParameter(context: *Context, collection: []const u8, key: []const u8) Error!?[]const u8 {
    return calls.optional(context, "get_private_data_validation_parameter", .{ collection, key });
}

/// Gives a private key its own endorsement policy; an empty one takes it away.
pub fn setPrivateDataValidationParameter(
    context: *Context,
    collection: []const u8,
    key: []const u8,
    policy: []const u8,
) Error!void {
    return calls.done(context, "set_private_data_validation_parameter", .{ collection, key, policy });
}

/// Simple private keys from `start` to before `end`. The transaction may write nothing.
pub fn getPrivateDataByRange(
    context: *Context,
    collection: []const u8,
    start: []const u8,
    end: []const u8,
) Error!StateIterator {
    return iterators.open(context, "get_private_data_by_range", .{ collection, start, end });
}

/// Composite private keys that begin with these parts. The transaction may write nothing.
pub fn getPrivateDataByPartialCompositeKey(
    context: *Context,
    collection: []const u8,
    object_type: []const u8,
    attributes: []const []const u8,
) Error!StateIterator {
    return iterators.open(context, "get_private_data_by_partial_composite_key", .{ collection, object_type, attributes });
}

/// A query in the language of the state database. The transaction may write nothing.
pub fn getPrivateDataQueryResult(context: *Context, collection: []const u8, query: []const u8) Error!StateIterator {
    return iterators.open(context, "get_private_data_query_result", .{ collection, query });
}
