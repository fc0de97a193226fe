/// Assets with an owner: Fabric's sample contract "asset-transfer-basic".
///
/// It answers like the sample does, and sets the events of the sample "asset-transfer-events".

#include <fabric.hpp>

using fabric::context;
using fabric::error;
using fabric::result;

namespace {

struct asset {
    std::int64_t appraised_value;
    std::string color;
    std::string id;
    std::string owner;
    std::int64_t size;

    /// In the order of their names, so that every language writes the same bytes.
    static constexpr std::tuple json_fields{
        fabric::json_field("AppraisedValue", &asset::appraised_value),
        fabric::json_field("Color", &asset::color),
        fabric::json_field("ID", &asset::id),
        fabric::json_field("Owner", &asset::owner),
        fabric::json_field("Size", &asset::size),
    };
};

error missing(std::string_view id) {
    return error("the asset ", id, " does not exist");
}

result<std::string> existing(context& context, std::string_view id) {
    auto bytes = FABRIC_TRY(context.get_state(id));
    if (!bytes) return missing(id);
    return std::move(*bytes);
}

result<void> put_with_event(context& context, std::string_view event, const asset& asset) {
    const auto bytes = fabric::to_json(asset);
    FABRIC_TRY(context.set_event(event, bytes));
    return context.put_state(asset.id, bytes);
}

/// Adds a first set of assets.
result<void> init_ledger(context& context) {
    const asset assets[] = {
        {300, "blue", "asset1", "Tomoko", 5},    {400, "red", "asset2", "Brad", 5},
        {500, "green", "asset3", "Jin Soo", 10}, {600, "yellow", "asset4", "Max", 10},
        {700, "black", "asset5", "Adriana", 15}, {800, "white", "asset6", "Michel", 15},
    };
    for (const auto& asset : assets) FABRIC_TRY(context.put_json(asset.id, asset));
    return {};
}

/// Tells whether an asset exists.
result<bool> asset_exists(context& context, std::string_view id) {
    return FABRIC_TRY(context.get_state(id)).has_value();
}

/// Issues a new asset.
result<void> create_asset(context& context, std::string id, std::string color, std::int64_t size, std::string owner,
                          std::int64_t appraised_value) {
    if (FABRIC_TRY(asset_exists(context, id))) return error("the asset ", id, " already exists");
    return put_with_event(context, "CreateAsset", {appraised_value, color, id, owner, size});
}

/// Returns one asset.
result<std::string> read_asset(context& context, std::string_view id) {
    return existing(context, id);
}

/// Replaces an asset.
result<void> update_asset(context& context, std::string id, std::string color, std::int64_t size, std::string owner,
                          std::int64_t appraised_value) {
    FABRIC_TRY(existing(context, id));
    return put_with_event(context, "UpdateAsset", {appraised_value, color, id, owner, size});
}

/// Removes an asset.
result<void> delete_asset(context& context, std::string_view id) {
    FABRIC_TRY(context.set_event("DeleteAsset", FABRIC_TRY(existing(context, id))));
    return context.delete_state(id);
}

/// Gives an asset to another owner and returns the old one.
result<std::string> transfer_asset(context& context, std::string_view id, std::string new_owner) {
    auto asset = FABRIC_TRY(context.get_json<struct asset>(id));
    if (!asset) return missing(id);
    auto old_owner = std::exchange(asset->owner, std::move(new_owner));
    FABRIC_TRY(put_with_event(context, "TransferAsset", *asset));
    return old_owner;
}

/// Returns all assets.
result<std::string> get_all_assets(context& context) {
    std::string assets = "[";
    auto found = FABRIC_TRY(context.get_state_by_range("", ""));
    for (auto& step : found) {
        if (assets.size() > 1) assets += ',';
        assets += FABRIC_TRY(std::move(step)).value;
    }
    return assets + "]";
}

constexpr fabric::contract contract{
    fabric::submit<init_ledger>("InitLedger"),
    fabric::submit<create_asset>("CreateAsset", "id", "color", "size", "owner", "appraised_value"),
    fabric::evaluate<read_asset>("ReadAsset", "id"),
    fabric::submit<update_asset>("UpdateAsset", "id", "color", "size", "owner", "appraised_value"),
    fabric::submit<delete_asset>("DeleteAsset", "id"),
    fabric::evaluate<asset_exists>("AssetExists", "id"),
    fabric::submit<transfer_asset>("TransferAsset", "id", "new_owner"),
    fabric::evaluate<get_all_assets>("GetAllAssets"),
};

}  // namespace

FABRIC_CONTRACT(contract)
