//! Arguments of transaction functions, which come as bytes, and what they return, which leaves as bytes.

const std = @import("std");
const fabric = @import("fabric.zig");

const Allocator = std.mem.Allocator;
const Context = fabric.Context;

/// A parameter that need not be text. `[]const u8` is one that must be UTF-8.
pub const Bytes = struct { data: []const u8 };

/// A parameter or a result that is JSON, read and written by `std.json`.
pub fn Json(comptime T: type) type {
    return struct {
        value: T,

        const Self = @This();

        /// What an argument must be, for error texts.
        pub const kind = "JSON";

        /// Reads an argument.
        pub fn parse(arena: Allocator, text: []const u8) !Self {
            const options: std.json.ParseOptions = .{ .ignore_unknown_fields = true };
            return .{ .value = try std.json.parseFromSliceLeaky(T, arena, text, options) };
        }

        /// The response's payload.
        pub fn payload(self: Self, arena: Allocator) ![]const u8 {
            return std.json.Stringify.valueAlloc(arena, self.value, .{});
        }
    };
}

/// What an argument of a type must be, for error texts.
pub fn kindOf(comptime T: type) []const u8 {
    return switch (@typeInfo(T)) {
        .int => "integer",
        .float => "number",
        .bool => "boolean",
        .@"struct" => T.kind,
        else => @compileError("a parameter's type must be []const u8, Bytes, a number, bool, or a struct with `kind` and `parse`"),
    };
}

/// What a type is called in the list of a contract's functions.
pub fn nameOf(comptime T: type) []const u8 {
    if (T == []const u8) return "string";
    if (T == Bytes) return "bytes";
    return switch (@typeInfo(T)) {
        .int, .float, .bool => @typeName(T),
        else => kindOf(T),
    };
}

/// Reads an argument, which the error calls `name`.
pub fn parse(comptime T: type, context: *Context, name: []const u8, value: []const u8) fabric.Error!T {
    if (T == Bytes) return .{ .data = value };
    if (!std.unicode.utf8ValidateSlice(value)) {
        return context.fail("Error managing parameter {s}. Passed value is not valid UTF-8", .{name});
    }
    if (T == []const u8) return value;
    return parseText(T, context.arena, value) catch |err| switch (err) {
        error.OutOfMemory => error.OutOfMemory,
        else => context.fail(
            "Error managing parameter {s}. Cannot convert passed value {s} to {s}",
            .{ name, value, kindOf(T) },
        ),
    };
}

fn parseText(comptime T: type, arena: Allocator, text: []const u8) anyerror!T {
    switch (@typeInfo(T)) {
        .int => |int| {
            // Zig's own notation also has _, and -0 without a sign.
            const is_foreign = std.mem.findAny(u8, text, if (int.signedness == .unsigned) "_-" else "_") != null;
            return if (is_foreign) error.InvalidCharacter else std.fmt.parseInt(T, text, 10);
        },
        .float => {
            // Zig's own notation also has _ and hexadecimal digits.
            return if (std.mem.findAny(u8, text, "_xX") != null) error.InvalidCharacter else std.fmt.parseFloat(T, text);
        },
        .bool => {
            if (std.mem.eql(u8, text, "true")) return true;
            return if (std.mem.eql(u8, text, "false")) false else error.InvalidCharacter;
        },
        else => return T.parse(arena, text),
    }
}

/// What a transaction function returned as the response's payload.
pub fn payload(arena: Allocator, value: anytype) ![]const u8 {
    const T = @TypeOf(value);
    if (T == void) return "";
    if (T == []const u8 or T == []u8) return value;
    if (T == Bytes) return value.data;
    return switch (@typeInfo(T)) {
        .bool => if (value) "true" else "false",
        .int => std.fmt.allocPrint(arena, "{d}", .{value}),
        .float => if (std.math.isNan(value)) "NaN" else std.fmt.allocPrint(arena, "{d}", .{value}),
        .@"struct" => value.payload(arena),
        else => @compileError("a transaction function must return void, []const u8, a number, bool, or a struct with `payload`"),
    };
}
