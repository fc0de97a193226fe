//! Calls of the peer and what they answer.

const std = @import("std");
const fabric = @import("fabric.zig");
const host = @import("host.zig");

const Context = fabric.Context;
const Error = fabric.Error;
const KeyValue = fabric.KeyValue;

const Pair = extern struct { address: usize, len: usize };

/// Calls a function of the peer. Gives how many registers it filled, null when there is no value.
pub fn call(context: *Context, comptime name: []const u8, args: anytype) Error!?usize {
    const function = @field(host, name);
    var words: std.meta.ArgsTuple(@TypeOf(function)) = undefined;
    comptime var at = 0;
    inline for (args) |arg| {
        if (@TypeOf(arg) == u32) {
            words[at] = arg;
            at += 1;
        } else {
            const pair = switch (@TypeOf(arg)) {
                []const u8 => of(arg),
                []const []const u8 => try ofList(context, arg),
                []const KeyValue => try ofEntries(context, arg),
                else => @compileError("no such parameters"),
            };
            words[at] = pair.address;
            words[at + 1] = pair.len;
            at += 2;
        }
    }
    const filled: i32 = @call(.auto, function, words);
    if (filled == host.none) return null;
    if (filled == host.refused) {
        context.message = try bytes(context, 0);
        return error.Refused;
    }
    return @intCast(filled);
}

/// An empty slice may lie anywhere, also outside of the memory.
fn of(slice: []const u8) Pair {
    return .{ .address = if (slice.len == 0) 0 else @intFromPtr(slice.ptr), .len = slice.len };
}

fn ofList(context: *Context, slices: []const []const u8) Error!Pair {
    const pairs = try context.arena.alloc(Pair, slices.len);
    for (pairs, slices) |*pair, slice| pair.* = of(slice);
    return .{ .address = of(std.mem.sliceAsBytes(pairs)).address, .len = slices.len };
}

fn ofEntries(context: *Context, entries: []const KeyValue) Error!Pair {
    const pairs = try context.arena.alloc([2]Pair, entries.len);
    for (pairs, entries) |*pair, entry| pair.* = .{ of(entry.key), of(entry.value) };
    return .{ .address = of(std.mem.sliceAsBytes(pairs)).address, .len = entries.len };
}

/// What stands in a register, null for nothing.
pub fn optionalBytes(context: *Context, register: usize) Error!?[]const u8 {
    const len = host.register_len(register);
    if (len < 0) return null;
    const content = try context.arena.alloc(u8, @intCast(len));
    if (content.len > 0) host.register_read(register, @intFromPtr(content.ptr));
    return content;
}

/// The bytes in a register.
pub fn bytes(context: *Context, register: usize) Error![]const u8 {
    return try optionalBytes(context, register) orelse "";
}

/// The number in a register.
pub fn number(register: usize) i64 {
    return host.register_number(register);
}

/// The number in a register where it has no sign.
pub fn unsigned(register: usize) u32 {
    return @intCast(number(register));
}

/// Calls a function that answers nothing.
pub fn done(context: *Context, comptime name: []const u8, args: anytype) Error!void {
    _ = try call(context, name, args);
}

/// Calls a function that answers with bytes.
pub fn one(context: *Context, comptime name: []const u8, args: anytype) Error![]const u8 {
    _ = try call(context, name, args);
    return bytes(context, 0);
}

/// Calls a function that answers with bytes or nothing.
pub fn optional(context: *Context, comptime name: []const u8, args: anytype) Error!?[]const u8 {
    _ = try call(context, name, args) orelse return null;
    return try bytes(context, 0);
}

/// Calls a function that answers with a list of bytes.
pub fn list(context: *Context, comptime name: []const u8, args: anytype) Error![]const []const u8 {
    const values = try context.arena.alloc([]const u8, try call(context, name, args) orelse 0);
    for (values, 0..) |*value, register| value.* = try bytes(context, register);
    return values;
}

/// Calls a function that answers with a list of bytes, some of which may be missing.
pub fn optionals(context: *Context, comptime name: []const u8, args: anytype) Error![]const ?[]const u8 {
    const values = try context.arena.alloc(?[]const u8, try call(context, name, args) orelse 0);
    for (values, 0..) |*value, register| value.* = try optionalBytes(context, register);
    return values;
}

/// Calls a function that answers with names and values.
pub fn fields(context: *Context, comptime name: []const u8, args: anytype) Error![]const fabric.Field {
    const found = try context.arena.alloc(fabric.Field, (try call(context, name, args) orelse 0) / 2);
    for (found, 0..) |*field, i| {
        field.* = .{ .name = try bytes(context, 2 * i), .value = try bytes(context, 2 * i + 1) };
    }
    return found;
}
