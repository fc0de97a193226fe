const std = @import("std");
const fabric = @import("fabric");
const text = @import("text.zig");

const Bytes = fabric.Bytes;
const Context = fabric.Context;
const List = text.List;

pub fn get(context: *Context, key: []const u8) ![]const u8 {
    return text.optional(context, try context.getState(key));
}

pub fn getMany(context: *Context, keys: List) ![]const u8 {
    return text.optionals(context, try context.getStates(keys.texts));
}

pub fn put(context: *Context, key: []const u8, value: Bytes) !void {
    try context.putState(key, value.data);
}

pub fn putMany(context: *Context, entries: List) !void {
    try context.putStates(try entries.entries(context));
}

pub fn putAndGet(context: *Context, key: []const u8, value: Bytes) ![]const u8 {
    try context.putState(key, value.data);
    return text.optional(context, try context.getState(key));
}

pub fn delete(context: *Context, key: []const u8) !void {
    try context.deleteState(key);
}

pub fn deleteMany(context: *Context, keys: List) !void {
    try context.deleteStates(keys.texts);
}

pub fn metadata(context: *Context, key: []const u8) ![]const u8 {
    return text.pairs(context, try context.getStateMetadata(key));
}

pub fn getPolicy(context: *Context, key: []const u8) ![]const u8 {
    return text.optional(context, try context.getStateValidationParameter(key));
}

pub fn setPolicy(context: *Context, key: []const u8, policy: Bytes) !void {
    try context.setStateValidationParameter(key, policy.data);
}

pub fn range(context: *Context, start: []const u8, end: []const u8) ![]const u8 {
    return text.entries(context, try context.getStateByRange(start, end));
}

pub fn rangePage(context: *Context, start: []const u8, end: []const u8, size: u32, bookmark: []const u8) ![]const u8 {
    return text.page(context, try context.getStateByRangeWithPagination(start, end, size, bookmark));
}

pub fn composite(context: *Context, object_type: []const u8, attributes: List) ![]const u8 {
    return text.shown(context, try context.createCompositeKey(object_type, attributes.texts));
}

pub fn putComposite(context: *Context, object_type: []const u8, attributes: List, value: Bytes) !void {
    const key = try context.createCompositeKey(object_type, attributes.texts);
    try context.putState(key, value.data);
}

pub fn split(context: *Context, key: []const u8) ![]const u8 {
    const parts = try context.splitCompositeKey(key);
    return text.print(context, "{s}:{s}", .{ parts.object_type, try text.join(context, parts.attributes) });
}

pub fn partialRange(context: *Context, object_type: []const u8, attributes: List) ![]const u8 {
    return text.entries(context, try context.getStateByPartialCompositeKey(object_type, attributes.texts));
}

pub fn partialPage(
    context: *Context,
    object_type: []const u8,
    attributes: List,
    size: u32,
    bookmark: []const u8,
) ![]const u8 {
    const from = try text.hidden(context, bookmark);
    const texts = attributes.texts;
    return text.page(context, try context.getStateByPartialCompositeKeyWithPagination(object_type, texts, size, from));
}

pub fn compositePage(context: *Context, size: u32, bookmark: []const u8) ![]const u8 {
    const from = try text.hidden(context, bookmark);
    return text.page(context, try context.getAllStatesCompositeKeyWithPagination(size, from));
}

pub fn richQuery(context: *Context, query: []const u8) ![]const u8 {
    return text.entries(context, try context.getQueryResult(query));
}

pub fn queryPage(context: *Context, query: []const u8, size: u32, bookmark: []const u8) ![]const u8 {
    return text.page(context, try context.getQueryResultWithPagination(query, size, bookmark));
}

pub fn history(context: *Context, key: []const u8) ![]const u8 {
    var texts: std.ArrayList([]const u8) = .empty;
    var found = try context.getHistoryForKey(key);
    defer found.close();
    while (try found.next()) |entry| {
        const value = if (entry.is_delete) "deleted" else try text.lossy(context, entry.value);
        const line = try text.print(context, "{s}@{d}={s}", .{ entry.tx_id, entry.timestamp.seconds, value });
        try texts.append(context.arena, line);
    }
    return text.join(context, texts.items);
}
