const std = @import("std");
const fabric = @import("fabric");

const Context = fabric.Context;
const Numbers = fabric.Json([]const u64);

pub fn echo(_: *Context, value: Numbers) Numbers {
    return value;
}

pub fn panic(_: *Context, message: []const u8) void {
    @panic(message);
}

pub fn endless(_: *Context) void {
    var count: u64 = 0;
    while (true) : (count +%= 1) std.mem.doNotOptimizeAway(count);
}

pub fn eatMemory(context: *Context) !void {
    while (true) {
        const eaten = try context.arena.alloc(u8, 1 << 20);
        @memset(eaten, 1);
        std.mem.doNotOptimizeAway(eaten.ptr);
    }
}

pub fn recurseFrom(_: *Context, depth: u64) u64 {
    return recurse(depth);
}

fn recurse(depth: u64) u64 {
    const next = depth +% 1;
    return if (next == 0) 0 else @call(.never_tail, recurse, .{next}) ^ next;
}

pub fn large(context: *Context, bytes: u64) ![]const u8 {
    const text = try context.arena.alloc(u8, @intCast(bytes));
    @memset(text, 'x');
    return text;
}

pub fn holdIterators(context: *Context, count: u64) !void {
    for (0..@intCast(count)) |_| _ = try context.getStateByRange("", "");
}
