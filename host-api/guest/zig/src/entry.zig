//! Runs the function that a call names.

const std = @import("std");
const calls = @import("call.zig");
const fabric = @import("fabric.zig");
const host = @import("host.zig");

/// Serves a call's first allocations from memory that the instance has from the start: growing it costs the peer more than the
/// rest of a small call.
var first: std.heap.BufferFirstAllocator = undefined;
var first_memory: [192 * 1024]u8 = undefined;
var is_ready = false;

fn allocator() std.mem.Allocator {
    if (!is_ready) first = .init(&first_memory, std.heap.wasm_allocator);
    is_ready = true;
    return first.allocator();
}

/// A block for the host's results.
pub fn block(alignment: usize, size: usize) [*]u8 {
    return allocator().rawAlloc(size, .fromByteUnits(alignment), @returnAddress()) orelse outOfMemory();
}

/// The peer tells the client which limit the call has reached.
fn outOfMemory() noreturn {
    @trap();
}

/// Answers the current call; 0 for success.
pub fn run(functions: []const fabric.Function) i32 {
    // An instance lives for one call, so nothing is freed.
    var arena: std.heap.ArenaAllocator = .init(allocator());
    var context: fabric.Context = .{ .arena = arena.allocator() };
    const payload = find(&context, functions) catch |err| {
        respond(switch (err) {
            error.Refused => context.message,
            error.OutOfMemory => outOfMemory(),
            else => @errorName(err),
        });
        return 1;
    };
    respond(payload);
    return 0;
}

fn find(context: *fabric.Context, functions: []const fabric.Function) ![]const u8 {
    const arguments = try calls.list(context, "args", .{});
    const name = if (arguments.len > 0) arguments[0] else "";
    for (functions) |function| {
        if (std.mem.eql(u8, function.name, name)) return function.call(context, arguments[1..]);
    }
    return context.fail("Function {s} not found in contract", .{name});
}

fn respond(answer: []const u8) void {
    host.set_response(if (answer.len == 0) 0 else @intFromPtr(answer.ptr), answer.len);
}
