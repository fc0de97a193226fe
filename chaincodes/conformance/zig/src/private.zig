const fabric = @import("fabric");
const text = @import("text.zig");

const Bytes = fabric.Bytes;
const Context = fabric.Context;
const List = text.List;

pub fn get(context: *Context, collection: []const u8, key: []const u8) ![]const u8 {
    return text.optional(context, try context.getPrivateData(collection, key));
}

pub fn getMany(context: *Context, collection: []const u8, keys: List) ![]const u8 {
    return text.optionals(context, try context.getPrivateDataMultiple(collection, keys.texts));
}

pub fn hash(context: *Context, collection: []const u8, key: []const u8) ![]const u8 {
    const found = try context.getPrivateDataHash(collection, key) orelse return "<none>";
    return text.hexadecimal(context, found);
}

pub fn put(context: *Context, collection: []const u8, key: []const u8, value: Bytes) !void {
    try context.putPrivateData(collection, key, value.data);
}

pub fn putMany(context: *Context, collection: []const u8, entries: List) !void {
    try context.putPrivateDataMultiple(collection, try entries.entries(context));
}

pub fn delete(context: *Context, collection: []const u8, key: []const u8) !void {
    try context.deletePrivateData(collection, key);
}

pub fn purge(context: *Context, collection: []const u8, key: []const u8) !void {
    try context.purgePrivateData(collection, key);
}

pub fn metadata(context: *Context, collection: []const u8, key: []const u8) ![]const u8 {
    return text.pairs(context, try context.getPrivateDataMetadata(collection, key));
}

pub fn getPolicy(context: *Context, collection: []const u8, key: []const u8) ![]const u8 {
    return text.optional(context, try context.getPrivateDataValidationParameter(collection, key));
}

pub fn setPolicy(context: *Context, collection: []const u8, key: []const u8, policy: Bytes) !void {
    try context.setPrivateDataValidationParameter(collection, key, policy.data);
}

pub fn range(context: *Context, collection: []const u8, start: []const u8, end: []const u8) ![]const u8 {
    return text.entries(context, try context.getPrivateDataByRange(collection, start, end));
}

pub fn partialRange(context: *Context, collection: []const u8, object_type: []const u8, attributes: List) ![]const u8 {
    const texts = attributes.texts;
    return text.entries(context, try context.getPrivateDataByPartialCompositeKey(collection, object_type, texts));
}

pub fn query(context: *Context, collection: []const u8, query_text: []const u8) ![]const u8 {
    return text.entries(context, try context.getPrivateDataQueryResult(collection, query_text));
}
