const std = @import("std");
const calls = @import("call.zig");
const fabric = @import("fabric.zig");

const Error = fabric.Error;

/// The client that made the proposal, read from its X.509 certificate.
pub const ClientIdentity = struct {
    context: *fabric.Context,

    /// A text that is unique within the client's organisation: `x509::subject::issuer` in base64.
    pub fn id(self: ClientIdentity) Error![]const u8 {
        return calls.one(self.context, "client_id", .{});
    }

    /// The client's organisation.
    pub fn mspId(self: ClientIdentity) Error![]const u8 {
        return calls.one(self.context, "client_msp_id", .{});
    }

    /// The certificate's subject, a distinguished name as RFC 2253 writes it.
    pub fn subject(self: ClientIdentity) Error![]const u8 {
        return calls.one(self.context, "client_subject", .{});
    }

    /// The certificate's issuer.
    pub fn issuer(self: ClientIdentity) Error![]const u8 {
        return calls.one(self.context, "client_issuer", .{});
    }

    /// The organizational units of the subject.
    pub fn organizationalUnits(self: ClientIdentity) Error![]const []const u8 {
        return calls.list(self.context, "client_organizational_units", .{});
    }

    /// Whether the subject has an organizational unit.
    pub fn hasOrganizationalUnit(self: ClientIdentity, unit: []const u8) Error!bool {
        for (try self.organizationalUnits()) |found| {
            if (std.mem.eql(u8, found, unit)) return true;
        }
        return false;
    }

    /// An attribute that the certificate authority put into the certificate, null when it is not there.
    pub fn attribute(self: ClientIdentity, name: []const u8) Error!?[]const u8 {
        return calls.optional(self.context, "client_attribute", .{name});
    }

    /// All of them, sorted by name.
    pub fn attributes(self: ClientIdentity) Error![]const fabric.Field {
        return calls.fields(self.context, "client_attributes", .{});
    }

    /// Refuses the transaction unless an attribute has a value.
    pub fn assertAttribute(self: ClientIdentity, name: []const u8, value: []const u8) Error!void {
        const found = try self.attribute(name) orelse
            return self.context.fail("attribute '{s}' was not found", .{name});
        if (!std.mem.eql(u8, found, value)) {
            return self.context.fail("attribute '{s}' equals '{s}', not '{s}'", .{ name, found, value });
        }
    }
};
