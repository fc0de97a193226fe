//! The proposal that is being answered, and other chaincodes: methods of `Context`.

const calls = @import("call.zig");
const fabric = @import("fabric.zig");

const Context = fabric.Context;
const Error = fabric.Error;
const Field = fabric.Field;

/// Sets the transaction's event; a second one replaces the first.
pub fn setEvent(context: *Context, name: []const u8, payload: []const u8) Error!void {
    return calls.done(context, "set_event", .{ name, payload });
}

/// Identifier of the transaction.
pub fn txId(context: *Context) Error![]const u8 {
    return calls.one(context, "tx_id", .{});
}

/// The channel.
pub fn channelId(context: *Context) Error![]const u8 {
    return calls.one(context, "channel_id", .{});
}

/// The client's time, the same at every endorser. There is no other clock.
pub fn txTimestamp(context: *Context) Error!fabric.Timestamp {
    try calls.done(context, "tx_timestamp", .{});
    return .{ .seconds = calls.number(0), .nanoseconds = calls.unsigned(1) };
}

/// All arguments, the function's name first.
pub fn args(context: *Context) Error![]const []const u8 {
    return calls.list(context, "args", .{});
}

/// Data for the endorsers only.
pub fn transient(context: *Context) Error![]const Field {
    return calls.fields(context, "transient", .{});
}

/// The creator as a marshalled `msp.SerializedIdentity`.
pub fn creator(context: *Context) Error![]const u8 {
    return calls.one(context, "creator", .{});
}

/// The creator's MSP.
pub fn creatorMspId(context: *Context) Error![]const u8 {
    return calls.one(context, "creator_msp_id", .{});
}

/// The creator's certificate, PEM.
pub fn creatorCertificate(context: *Context) Error![]const u8 {
    return calls.one(context, "creator_certificate", .{});
}

/// The proposal as the client signed it: a marshalled `protos.SignedProposal`.
pub fn signedProposal(context: *Context) Error![]const u8 {
    return calls.one(context, "signed_proposal", .{});
}

/// SHA-256 over the proposal's nonce, creator and epoch.
pub fn binding(context: *Context) Error![]const u8 {
    return calls.one(context, "binding", .{});
}

/// What the peer's decorators added to the proposal.
pub fn decorations(context: *Context) Error![]const Field {
    return calls.fields(context, "decorations", .{});
}

/// Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction; on
/// another it only reads. The first argument is the name of the function.
pub fn invokeChaincode(
    context: *Context,
    name: []const u8,
    arguments: []const []const u8,
    channel: []const u8,
) Error!fabric.ChaincodeResponse {
    try calls.done(context, "invoke_chaincode", .{ name, arguments, channel });
    return .{
        .status = @intCast(calls.number(0)),
        .message = try calls.bytes(context, 1),
        .payload = try calls.bytes(context, 2),
    };
}
