const std = @import("std");
const fabric = @import("fabric");
const text = @import("text.zig");

const Bytes = fabric.Bytes;
const Context = fabric.Context;
const List = text.List;

pub fn txId(context: *Context) ![]const u8 {
    return context.txId();
}

pub fn channelId(context: *Context) ![]const u8 {
    return context.channelId();
}

pub fn timestamp(context: *Context) ![]const u8 {
    const time = try context.txTimestamp();
    return text.print(context, "{d}.{d:0>9}", .{ time.seconds, time.nanoseconds });
}

pub fn args(context: *Context, _: []const u8, _: []const u8) ![]const u8 {
    // What the peer says, not what this function was given.
    const found = try context.args();
    const texts = try context.arena.alloc([]const u8, found.len);
    for (texts, found) |*shown, arg| shown.* = try text.lossy(context, arg);
    return text.join(context, texts);
}

pub fn transient(context: *Context) ![]const u8 {
    return text.pairs(context, try context.transient());
}

pub fn creator(context: *Context) ![]const u8 {
    return context.creator();
}

pub fn creatorMspId(context: *Context) ![]const u8 {
    return context.creatorMspId();
}

pub fn creatorCertificate(context: *Context) ![]const u8 {
    return context.creatorCertificate();
}

pub fn signedProposal(context: *Context) ![]const u8 {
    return context.signedProposal();
}

pub fn binding(context: *Context) ![]const u8 {
    return text.hexadecimal(context, try context.binding());
}

pub fn decorations(context: *Context) ![]const u8 {
    return text.pairs(context, try context.decorations());
}

pub fn clientId(context: *Context) ![]const u8 {
    return context.clientIdentity().id();
}

pub fn clientMspId(context: *Context) ![]const u8 {
    return context.clientIdentity().mspId();
}

pub fn clientSubject(context: *Context) ![]const u8 {
    return context.clientIdentity().subject();
}

pub fn clientIssuer(context: *Context) ![]const u8 {
    return context.clientIdentity().issuer();
}

pub fn clientUnits(context: *Context) ![]const u8 {
    return text.join(context, try context.clientIdentity().organizationalUnits());
}

pub fn clientAttribute(context: *Context, name: []const u8) ![]const u8 {
    return text.optional(context, try context.clientIdentity().attribute(name));
}

pub fn clientAttributes(context: *Context) ![]const u8 {
    return text.pairs(context, try context.clientIdentity().attributes());
}

pub fn event(context: *Context, name: []const u8, payload: Bytes) !void {
    try context.setEvent(name, payload.data);
}

pub fn invoke(context: *Context, name: []const u8, channel: []const u8, arguments: List) ![]const u8 {
    const response = try context.invokeChaincode(name, arguments.texts, channel);
    const payload = try text.lossy(context, response.payload);
    return text.print(context, "{d}|{s}|{s}", .{ response.status, response.message, payload });
}

pub fn hash(context: *Context, algorithm: []const u8, data: Bytes) ![]const u8 {
    const found = try named(fabric.crypto.HashAlgorithm, context, algorithm);
    return text.hexadecimal(context, try fabric.crypto.hash(context, found, data.data));
}

pub fn verify(
    context: *Context,
    algorithm: []const u8,
    public_key: Bytes,
    message: Bytes,
    signature: []const u8,
) !bool {
    const found = try named(fabric.crypto.SignatureAlgorithm, context, algorithm);
    const buffer = try context.arena.alloc(u8, signature.len / 2);
    const bytes = std.fmt.hexToBytes(buffer, signature) catch
        return context.fail("the signature is not hexadecimal", .{});
    return fabric.crypto.verify(context, found, public_key.data, message.data, bytes);
}

pub fn log(context: *Context, level: []const u8, message: []const u8) !void {
    const is = struct {
        fn is(one: []const u8, other: []const u8) bool {
            return std.mem.eql(u8, one, other);
        }
    }.is;
    if (is(level, "debug")) return context.logDebug(message);
    if (is(level, "info")) return context.logInfo(message);
    if (is(level, "warning")) return context.logWarning(message);
    if (is(level, "error")) return context.logError(message);
    return context.fail("no level {s}", .{level});
}

pub fn abort(context: *Context, message: []const u8) !void {
    context.abort(message);
}

/// An algorithm by the name that it has in the WIT package.
fn named(comptime T: type, context: *Context, name: []const u8) !T {
    const field = try std.mem.replaceOwned(u8, context.arena, name, "-", "_");
    return std.meta.stringToEnum(T, field) orelse context.fail("no algorithm {s}", .{name});
}
