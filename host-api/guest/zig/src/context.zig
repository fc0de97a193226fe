const std = @import("std");
const fabric = @import("fabric.zig");
const private_data = @import("private_data.zig");
const state = @import("state.zig");
const transaction = @import("transaction.zig");

/// The transaction being simulated: its ledger, its proposal, its event and its log.
///
/// Reads see the committed state, not the transaction's own writes.
pub const Context = struct {
    /// Memory for what the call needs; it ends with the call. All results lie in it.
    arena: std.mem.Allocator,
    /// What `error.Refused` means: the text of the last `fail`, or of the last call that the peer refused.
    message: []const u8 = "",

    /// Refuses the transaction; the message reaches the client. Meant to be returned at once:
    ///
    ///     return context.fail("the asset {s} does not exist", .{id});
    pub fn fail(self: *Context, comptime format: []const u8, arguments: anytype) fabric.Error {
        self.message = try std.fmt.allocPrint(self.arena, format, arguments);
        return error.Refused;
    }

    pub const getState = state.getState;
    pub const getStates = state.getStates;
    pub const putState = state.putState;
    pub const putStates = state.putStates;
    pub const deleteState = state.deleteState;
    pub const deleteStates = state.deleteStates;
    pub const getStateMetadata = state.getStateMetadata;
    pub const getStateValidationParameter = state.getStateValidationParameter;
    pub const setStateValidationParameter = state.setStateValidationParameter;
    pub const getStateByRange = state.getStateByRange;
    pub const getStateByRangeWithPagination = state.getStateByRangeWithPagination;
    pub const getStateByPartialCompositeKey = state.getStateByPartialCompositeKey;
    pub const getStateByPartialCompositeKeyWithPagination = state.getStateByPartialCompositeKeyWithPagination;
    pub const getAllStatesCompositeKeyWithPagination = state.getAllStatesCompositeKeyWithPagination;
    pub const createCompositeKey = state.createCompositeKey;
    pub const splitCompositeKey = state.splitCompositeKey;
    pub const getQueryResult = state.getQueryResult;
    pub const getQueryResultWithPagination = state.getQueryResultWithPagination;
    pub const getHistoryForKey = state.getHistoryForKey;

    pub const getPrivateData = private_data.getPrivateData;
    pub const getPrivateDataMultiple = private_data.getPrivateDataMultiple;
    pub const getPrivateDataHash = private_data.getPrivateDataHash;
    pub const putPrivateData = private_data.putPrivateData;
    pub const putPrivateDataMultiple = private_data.putPrivateDataMultiple;
    pub const deletePrivateData = private_data.deletePrivateData;
    pub const purgePrivateData = private_data.purgePrivateData;
    pub const getPrivateDataMetadata = private_data.getPrivateDataMetadata;
    pub const getPrivateDataValidationParameter = private_data.getPrivateDataValidationParameter;
    pub const setPrivateDataValidationParameter = private_data.setPrivateDataValidationParameter;
    pub const getPrivateDataByRange = private_data.getPrivateDataByRange;
    pub const getPrivateDataByPartialCompositeKey = private_data.getPrivateDataByPartialCompositeKey;
    pub const getPrivateDataQueryResult = private_data.getPrivateDataQueryResult;

    pub const setEvent = transaction.setEvent;
    pub const txId = transaction.txId;
    pub const channelId = transaction.channelId;
    pub const txTimestamp = transaction.txTimestamp;
    pub const args = transaction.args;
    pub const transient = transaction.transient;
    pub const creator = transaction.creator;
    pub const creatorMspId = transaction.creatorMspId;
    pub const creatorCertificate = transaction.creatorCertificate;
    pub const signedProposal = transaction.signedProposal;
    pub const binding = transaction.binding;
    pub const decorations = transaction.decorations;
    pub const invokeChaincode = transaction.invokeChaincode;

    /// The client that made the proposal.
    pub fn clientIdentity(self: *Context) fabric.ClientIdentity {
        return .{ .context = self };
    }

    /// A line for the chaincode's log, for developers.
    pub fn logDebug(_: *Context, message: []const u8) void {
        fabric.log(.debug, message);
    }

    /// A line for the chaincode's log.
    pub fn logInfo(_: *Context, message: []const u8) void {
        fabric.log(.info, message);
    }

    /// A line for the chaincode's log about something unexpected.
    pub fn logWarning(_: *Context, message: []const u8) void {
        fabric.log(.warning, message);
    }

    /// A line for the chaincode's log about a failure.
    pub fn logError(_: *Context, message: []const u8) void {
        fabric.log(.err, message);
    }

    /// Ends the call at once, as a panic does; the message reaches the client.
    pub fn abort(_: *Context, message: []const u8) noreturn {
        fabric.abort(message);
    }
};
