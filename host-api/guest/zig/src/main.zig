//! The module's root: what the peer calls, and what the standard library takes from it.

const std = @import("std");
const contract = @import("contract");
const fabric = @import("fabric");

/// The message of a panic reaches the client.
pub const panic = std.debug.FullPanic(struct {
    fn tellHost(message: []const u8, _: ?usize) noreturn {
        fabric.abort(message);
    }
}.tellHost);

/// `std.log` writes to the chaincode's log.
pub const std_options: std.Options = .{ .log_level = .debug, .logFn = log };

fn log(
    comptime level: std.log.Level,
    comptime scope: @EnumLiteral(),
    comptime format: []const u8,
    args: anytype,
) void {
    const prefix = if (scope == .default) "" else "(" ++ @tagName(scope) ++ ") ";
    var line: [1024]u8 = undefined;
    var writer: std.Io.Writer = .fixed(&line);
    // What does not fit is cut.
    writer.print(prefix ++ format, args) catch {};
    fabric.log(switch (level) {
        .debug => .debug,
        .info => .info,
        .warn => .warning,
        .err => .err,
    }, writer.buffered());
}

export fn invoke() i32 {
    return fabric.entry.run(&contract.functions);
}

/// The host keeps results in blocks from here; it only ever asks for new ones.
export fn cabi_realloc(_: usize, _: usize, alignment: usize, size: usize) [*]u8 {
    return fabric.entry.block(alignment, size);
}

// The list of the functions, so that tools can show them without running the contract.
comptime {
    var section: []const u8 = ".section \".custom_section.fabric:chaincode/functions\",\"\",@\n";
    for (contract.functions) |function| section = section ++ ".ascii \"" ++ function.declaration ++ "\\n\"\n";
    asm (section ++ ".text\n");
}
