//! How arguments and results are written.

const std = @import("std");
const fabric = @import("fabric");

const Context = fabric.Context;

/// Texts joined by commas.
pub const List = struct {
    texts: []const []const u8,

    pub const kind = "list";

    pub fn parse(arena: std.mem.Allocator, text: []const u8) !List {
        var texts: std.ArrayList([]const u8) = .empty;
        var parts = std.mem.tokenizeScalar(u8, text, ',');
        while (parts.next()) |part| try texts.append(arena, part);
        return .{ .texts = texts.items };
    }

    /// `key=value` each.
    pub fn entries(self: List, context: *Context) ![]const fabric.KeyValue {
        const found = try context.arena.alloc(fabric.KeyValue, self.texts.len);
        for (found, self.texts) |*entry, text| {
            const key, const value = std.mem.cutScalar(u8, text, '=') orelse .{ text, "" };
            entry.* = .{ .key = key, .value = value };
        }
        return found;
    }
};

pub fn join(context: *Context, texts: []const []const u8) ![]const u8 {
    return std.mem.join(context.arena, ",", texts);
}

/// What is no UTF-8 becomes U+FFFD.
pub fn lossy(context: *Context, bytes: []const u8) ![]const u8 {
    return print(context, "{f}", .{std.unicode.fmtUtf8(bytes)});
}

pub fn print(context: *Context, comptime format: []const u8, args: anytype) ![]const u8 {
    return std.fmt.allocPrint(context.arena, format, args);
}

pub fn optional(context: *Context, value: ?[]const u8) ![]const u8 {
    return if (value) |bytes| lossy(context, bytes) else "<none>";
}

pub fn optionals(context: *Context, values: []const ?[]const u8) ![]const u8 {
    const texts = try context.arena.alloc([]const u8, values.len);
    for (texts, values) |*text, value| text.* = try optional(context, value);
    return join(context, texts);
}

pub fn hexadecimal(context: *Context, bytes: []const u8) ![]const u8 {
    return print(context, "{x}", .{bytes});
}

pub fn pairs(context: *Context, fields: []const fabric.Field) ![]const u8 {
    const texts = try context.arena.alloc([]const u8, fields.len);
    for (texts, fields) |*text, field| {
        text.* = try print(context, "{s}={f}", .{ field.name, std.unicode.fmtUtf8(field.value) });
    }
    return join(context, texts);
}

pub fn entries(context: *Context, found: fabric.StateIterator) ![]const u8 {
    var iterator = found;
    defer iterator.close();
    var fields: std.ArrayList(fabric.Field) = .empty;
    while (try iterator.next()) |entry| {
        try fields.append(context.arena, .{ .name = entry.key, .value = entry.value });
    }
    return shown(context, try pairs(context, fields.items));
}

pub fn page(context: *Context, found: fabric.Page) ![]const u8 {
    const keys = try entries(context, found.entries);
    const bookmark = try shown(context, found.bookmark);
    return print(context, "{s}|{d}|{s}", .{ keys, found.fetched_records_count, bookmark });
}

/// Separators of composite keys are shown as `/`.
pub fn shown(context: *Context, key: []const u8) ![]const u8 {
    return std.mem.replaceOwned(u8, context.arena, key, "\x00", "/");
}

/// A key that is written so.
pub fn hidden(context: *Context, key: []const u8) ![]const u8 {
    return std.mem.replaceOwned(u8, context.arena, key, "/", "\x00");
}
