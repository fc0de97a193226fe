/// Assets with an owner: Fabric's sample contract "asset-transfer-basic".
///
/// It answers like the sample does, and sets the events of the sample "asset-transfer-events".
module contract;

import fabric;

mixin Contract!(mixin(__MODULE__));

/// Fields in the order of their names, so that every language writes the same bytes.
struct Asset
{
    @field("AppraisedValue") long appraisedValue;
    @field("Color") string color;
    @field("ID") string id;
    @field("Owner") string owner;
    @field("Size") long size;
}

/// Adds a first set of assets.
@submit("InitLedger") Result!void initLedger(Context context)
{
    static immutable Asset[] assets = [
        Asset(300, "blue", "asset1", "Tomoko", 5),
        Asset(400, "red", "asset2", "Brad", 5),
        Asset(500, "green", "asset3", "Jin Soo", 10),
        Asset(600, "yellow", "asset4", "Max", 10),
        Asset(700, "black", "asset5", "Adriana", 15),
        Asset(800, "white", "asset6", "Michel", 15),
    ];
    foreach (asset; assets)
        mixin(attempt!q{context.putJson(asset.id, asset)});
    return ok();
}

/// Issues a new asset.
@submit("CreateAsset") Result!void createAsset(
        Context context, string id, string color, long size, string owner, long appraised_value)
{
    mixin(let!("exists", q{assetExists(context, id)}));
    if (exists)
        return typeof(return).failure("the asset ", id, " already exists");
    return putWithEvent(context, "CreateAsset", Asset(appraised_value, color, id, owner, size));
}

/// Returns one asset.
@evaluate("ReadAsset") Result!Bytes readAsset(Context context, string id)
{
    mixin(let!("asset", q{context.getState(id)}));
    if (asset.isNull)
        return typeof(return).failure("the asset ", id, " does not exist");
    return ok(asset.get);
}

/// Replaces an asset.
@submit("UpdateAsset") Result!void updateAsset(
        Context context, string id, string color, long size, string owner, long appraised_value)
{
    mixin(attempt!q{readAsset(context, id)});
    return putWithEvent(context, "UpdateAsset", Asset(appraised_value, color, id, owner, size));
}

/// Removes an asset.
@submit("DeleteAsset") Result!void deleteAsset(Context context, string id)
{
    mixin(let!("asset", q{readAsset(context, id)}));
    mixin(attempt!q{context.setEvent("DeleteAsset", asset)});
    return context.deleteState(id);
}

/// Tells whether an asset exists.
@evaluate("AssetExists") Result!bool assetExists(Context context, string id)
{
    mixin(let!("asset", q{context.getState(id)}));
    return ok(!asset.isNull);
}

/// Gives an asset to another owner and returns the old one.
@submit("TransferAsset") Result!string transferAsset(Context context, string id, string new_owner)
{
    mixin(let!("found", q{context.getJson!Asset(id)}));
    if (found.isNull)
        return typeof(return).failure("the asset ", id, " does not exist");
    auto asset = found.get;
    const oldOwner = asset.owner;
    asset.owner = new_owner;
    mixin(attempt!q{putWithEvent(context, "TransferAsset", asset)});
    return ok(oldOwner);
}

/// Returns all assets.
@evaluate("GetAllAssets") Result!string getAllAssets(Context context)
{
    mixin(let!("found", q{context.getStateByRange("", "")}));
    Writer assets;
    assets.put('[');
    foreach (result; found)
    {
        mixin(let!("asset", q{result}));
        if (assets.data.length > 1)
            assets.put(',');
        assets.put(asset.value);
    }
    assets.put(']');
    return ok(assets.data);
}

private Result!void putWithEvent(Context context, string event, Asset asset)
{
    const json = toJson(asset);
    mixin(attempt!q{context.setEvent(event, json)});
    return context.putState(asset.id, json);
}
