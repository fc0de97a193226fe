//! Assets with an owner: Fabric's sample contract "asset-transfer-basic".
//!
//! It answers like the sample does, and sets the events of the sample "asset-transfer-events".

const std = @import("std");
const fabric = @import("fabric");

const Context = fabric.Context;

const parameters: []const []const u8 = &.{ "id", "color", "size", "owner", "appraised_value" };

pub const functions = [_]fabric.Function{
    fabric.submit("InitLedger", initLedger, &.{}),
    fabric.submit("CreateAsset", createAsset, parameters),
    fabric.evaluate("ReadAsset", readAsset, &.{"id"}),
    fabric.submit("UpdateAsset", updateAsset, parameters),
    fabric.submit("DeleteAsset", deleteAsset, &.{"id"}),
    fabric.evaluate("AssetExists", assetExists, &.{"id"}),
    fabric.submit("TransferAsset", transferAsset, &.{ "id", "new_owner" }),
    fabric.evaluate("GetAllAssets", getAllAssets, &.{}),
};

/// Fields in the order of their names, so that every language writes the same bytes.
const Asset = struct {
    AppraisedValue: i64,
    Color: []const u8,
    ID: []const u8,
    Owner: []const u8,
    Size: i64,
};

/// Adds a first set of assets.
fn initLedger(context: *Context) !void {
    for ([_]Asset{
        .{ .ID = "asset1", .Color = "blue", .Size = 5, .Owner = "Tomoko", .AppraisedValue = 300 },
        .{ .ID = "asset2", .Color = "red", .Size = 5, .Owner = "Brad", .AppraisedValue = 400 },
        .{ .ID = "asset3", .Color = "green", .Size = 10, .Owner = "Jin Soo", .AppraisedValue = 500 },
        .{ .ID = "asset4", .Color = "yellow", .Size = 10, .Owner = "Max", .AppraisedValue = 600 },
        .{ .ID = "asset5", .Color = "black", .Size = 15, .Owner = "Adriana", .AppraisedValue = 700 },
        .{ .ID = "asset6", .Color = "white", .Size = 15, .Owner = "Michel", .AppraisedValue = 800 },
    }) |asset| {
        try context.putState(asset.ID, try toJson(context, asset));
    }
}

/// Issues a new asset.
fn createAsset(
    context: *Context,
    id: []const u8,
    color: []const u8,
    size: i64,
    owner: []const u8,
    appraised_value: i64,
) !void {
    if (try assetExists(context, id)) return context.fail("the asset {s} already exists", .{id});
    const asset: Asset = .{ .ID = id, .Color = color, .Size = size, .Owner = owner, .AppraisedValue = appraised_value };
    try putWithEvent(context, "CreateAsset", asset);
}

/// Returns one asset.
fn readAsset(context: *Context, id: []const u8) ![]const u8 {
    return try context.getState(id) orelse context.fail("the asset {s} does not exist", .{id});
}

/// Replaces an asset.
fn updateAsset(
    context: *Context,
    id: []const u8,
    color: []const u8,
    size: i64,
    owner: []const u8,
    appraised_value: i64,
) !void {
    _ = try readAsset(context, id);
    const asset: Asset = .{ .ID = id, .Color = color, .Size = size, .Owner = owner, .AppraisedValue = appraised_value };
    try putWithEvent(context, "UpdateAsset", asset);
}

/// Removes an asset.
fn deleteAsset(context: *Context, id: []const u8) !void {
    try context.setEvent("DeleteAsset", try readAsset(context, id));
    try context.deleteState(id);
}

/// Tells whether an asset exists.
fn assetExists(context: *Context, id: []const u8) !bool {
    return try context.getState(id) != null;
}

/// Gives an asset to another owner and returns the old one.
fn transferAsset(context: *Context, id: []const u8, new_owner: []const u8) ![]const u8 {
    const json = try readAsset(context, id);
    var asset = try std.json.parseFromSliceLeaky(Asset, context.arena, json, .{ .ignore_unknown_fields = true });
    const old_owner = asset.Owner;
    asset.Owner = new_owner;
    try putWithEvent(context, "TransferAsset", asset);
    return old_owner;
}

/// Returns all assets.
fn getAllAssets(context: *Context) ![]const u8 {
    var assets: std.ArrayList(u8) = .empty;
    try assets.append(context.arena, '[');
    var found = try context.getStateByRange("", "");
    defer found.close();
    while (try found.next()) |entry| {
        if (assets.items.len > 1) try assets.append(context.arena, ',');
        try assets.appendSlice(context.arena, entry.value);
    }
    try assets.append(context.arena, ']');
    return assets.items;
}

fn putWithEvent(context: *Context, event: []const u8, asset: Asset) !void {
    const json = try toJson(context, asset);
    try context.setEvent(event, json);
    try context.putState(asset.ID, json);
}

fn toJson(context: *Context, asset: Asset) ![]const u8 {
    return std.json.Stringify.valueAlloc(context.arena, asset, .{});
}
