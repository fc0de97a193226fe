const fabric = @import("fabric");

/// What clients can call: `submit` for functions that write, `evaluate` for those that only read.
pub const functions = [_]fabric.Function{
    fabric.submit("Put", put, &.{ "key", "value" }),
    fabric.evaluate("Get", get, &.{"key"}),
};

/// Sets a key.
fn put(context: *fabric.Context, key: []const u8, value: fabric.Bytes) !void {
    try context.putState(key, value.data);
}

/// Returns the value of a key.
fn get(context: *fabric.Context, key: []const u8) ![]const u8 {
    return try context.getState(key) orelse context.fail("{s} does not exist", .{key});
}
