const std = @import("std");
const fabric = @import("fabric.zig");
const values = @import("values.zig");

const Context = fabric.Context;

/// A transaction function that clients may call.
pub const Function = struct {
    /// How clients call it.
    name: []const u8,
    /// Its line in the list of the contract's functions: `submit Put(key: string, value: bytes)`.
    declaration: []const u8,
    /// Converts the arguments, runs it and gives the response's payload.
    call: *const fn (context: *Context, arguments: []const []const u8) anyerror![]const u8,
};

/// A function that writes. The handler takes `*Context` and the arguments, which `parameters` names.
pub fn submit(comptime name: []const u8, comptime handler: anytype, comptime parameters: []const []const u8) Function {
    return function("submit", name, handler, parameters);
}

/// A function that only reads.
pub fn evaluate(comptime name: []const u8, comptime handler: anytype, comptime parameters: []const []const u8) Function {
    return function("evaluate", name, handler, parameters);
}

fn function(
    comptime kind: []const u8,
    comptime name: []const u8,
    comptime handler: anytype,
    comptime parameters: []const []const u8,
) Function {
    const Values = std.meta.ArgsTuple(@TypeOf(handler));
    const types = @typeInfo(@TypeOf(handler)).@"fn".param_types;
    if (types.len != parameters.len + 1) @compileError(name ++ ": each parameter after the context needs a name");
    const Caller = struct {
        fn call(context: *Context, arguments: []const []const u8) anyerror![]const u8 {
            if (arguments.len != parameters.len) {
                const texts = "Incorrect number of params. Expected {d}, received {d}";
                return context.fail(texts, .{ parameters.len, arguments.len });
            }
            var all: Values = undefined;
            all[0] = context;
            inline for (parameters, 0..) |parameter, i| {
                all[i + 1] = try values.parse(types[i + 1].?, context, parameter, arguments[i]);
            }
            const result = @call(.auto, handler, all);
            return values.payload(context.arena, if (@typeInfo(@TypeOf(result)) == .error_union) try result else result);
        }
    };
    comptime var declaration: []const u8 = kind ++ " " ++ name ++ "(";
    inline for (parameters, 0..) |parameter, i| {
        declaration = declaration ++ (if (i > 0) ", " else "") ++ parameter ++ ": " ++ comptime values.nameOf(types[i + 1].?);
    }
    return .{ .name = name, .declaration = declaration ++ ")", .call = Caller.call };
}
