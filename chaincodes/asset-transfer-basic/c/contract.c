/*
 * Assets with an owner: Fabric's sample contract "asset-transfer-basic".
 *
 * It answers like the sample does, and sets the events of the sample "asset-transfer-events".
 */
#include <fabric.h>
#include <inttypes.h>

typedef struct asset {
    int64_t appraised_value;
    fabric_bytes color;
    fabric_bytes id;
    fabric_bytes owner;
    int64_t size;
} asset;

/* Fields in the order of their names, so that every language writes the same bytes. */
static fabric_bytes to_json(const asset *asset) {
    fabric_buffer json = {0};
    fabric_append_format(&json, "{\"AppraisedValue\":%" PRId64 ",\"Color\":", asset->appraised_value);
    fabric_append_json_string(&json, asset->color);
    fabric_append_format(&json, ",\"ID\":");
    fabric_append_json_string(&json, asset->id);
    fabric_append_format(&json, ",\"Owner\":");
    fabric_append_json_string(&json, asset->owner);
    fabric_append_format(&json, ",\"Size\":%" PRId64 "}", asset->size);
    return fabric_contents(&json);
}

static bool from_json(fabric_bytes bytes, asset *asset) {
    const fabric_json *json = fabric_json_parse(bytes);
    bool is_asset = fabric_json_i64(fabric_json_member(json, "AppraisedValue"), &asset->appraised_value) &&
                    fabric_json_string(fabric_json_member(json, "Color"), &asset->color) &&
                    fabric_json_string(fabric_json_member(json, "ID"), &asset->id) &&
                    fabric_json_string(fabric_json_member(json, "Owner"), &asset->owner) &&
                    fabric_json_i64(fabric_json_member(json, "Size"), &asset->size);
    return is_asset || fabric_fail("the value is not an asset: %.*s", FABRIC_ARG(bytes));
}

static bool get_existing(fabric_bytes id, fabric_bytes *bytes) {
    if (!fabric_get_state(id, bytes)) return false;
    return fabric_exists(*bytes) || fabric_fail("the asset %.*s does not exist", FABRIC_ARG(id));
}

static bool put_with_event(const char *event, const asset *asset) {
    fabric_bytes bytes = to_json(asset);
    return fabric_set_event(fabric_str(event), bytes) && fabric_put_state(asset->id, bytes);
}

/* Adds a first set of assets. */
static bool init_ledger(void) {
    static const struct {
        const char *id, *color, *owner;
        int64_t size, appraised_value;
    } first[] = {
        {"asset1", "blue", "Tomoko", 5, 300},    {"asset2", "red", "Brad", 5, 400},
        {"asset3", "green", "Jin Soo", 10, 500}, {"asset4", "yellow", "Max", 10, 600},
        {"asset5", "black", "Adriana", 15, 700}, {"asset6", "white", "Michel", 15, 800},
    };
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        asset asset = {
            .appraised_value = first[i].appraised_value,
            .color = fabric_str(first[i].color),
            .id = fabric_str(first[i].id),
            .owner = fabric_str(first[i].owner),
            .size = first[i].size,
        };
        if (!fabric_put_state(asset.id, to_json(&asset))) return false;
    }
    return true;
}
FABRIC_SUBMIT(InitLedger, init_ledger)

/* Issues a new asset. */
static bool create_asset(fabric_bytes id, fabric_bytes color, int64_t size, fabric_bytes owner,
                         int64_t appraised_value) {
    fabric_bytes found;
    if (!fabric_get_state(id, &found)) return false;
    if (fabric_exists(found)) return fabric_fail("the asset %.*s already exists", FABRIC_ARG(id));
    asset asset = {appraised_value, color, id, owner, size};
    return put_with_event("CreateAsset", &asset);
}
FABRIC_SUBMIT(CreateAsset, create_asset,
              (string, id), (string, color), (i64, size), (string, owner), (i64, appraised_value))

/* Returns one asset. */
static bool read_asset(fabric_bytes id) {
    fabric_bytes bytes;
    return get_existing(id, &bytes) && fabric_respond(bytes);
}
FABRIC_EVALUATE(ReadAsset, read_asset, (string, id))

/* Replaces an asset. */
static bool update_asset(fabric_bytes id, fabric_bytes color, int64_t size, fabric_bytes owner,
                         int64_t appraised_value) {
    fabric_bytes old;
    asset asset = {appraised_value, color, id, owner, size};
    return get_existing(id, &old) && put_with_event("UpdateAsset", &asset);
}
FABRIC_SUBMIT(UpdateAsset, update_asset,
              (string, id), (string, color), (i64, size), (string, owner), (i64, appraised_value))

/* Removes an asset. */
static bool delete_asset(fabric_bytes id) {
    fabric_bytes bytes;
    return get_existing(id, &bytes) && fabric_set_event(fabric_str("DeleteAsset"), bytes) && fabric_delete_state(id);
}
FABRIC_SUBMIT(DeleteAsset, delete_asset, (string, id))

/* Tells whether an asset exists. */
static bool asset_exists(fabric_bytes id) {
    fabric_bytes bytes;
    return fabric_get_state(id, &bytes) && fabric_respond_boolean(fabric_exists(bytes));
}
FABRIC_EVALUATE(AssetExists, asset_exists, (string, id))

/* Gives an asset to another owner and returns the old one. */
static bool transfer_asset(fabric_bytes id, fabric_bytes new_owner) {
    fabric_bytes bytes;
    asset asset;
    if (!get_existing(id, &bytes) || !from_json(bytes, &asset)) return false;
    fabric_bytes old_owner = asset.owner;
    asset.owner = new_owner;
    return put_with_event("TransferAsset", &asset) && fabric_respond(old_owner);
}
FABRIC_SUBMIT(TransferAsset, transfer_asset, (string, id), (string, new_owner))

/* Returns all assets. */
static bool get_all_assets(void) {
    fabric_state_iterator found;
    if (!fabric_get_state_by_range(fabric_str(""), fabric_str(""), &found)) return false;
    fabric_buffer assets = {0};
    fabric_key_value entry;
    fabric_append(&assets, fabric_str("["));
    while (fabric_state_next(&found, &entry)) {
        if (assets.size > 1) fabric_append(&assets, fabric_str(","));
        fabric_append(&assets, entry.value);
    }
    fabric_append(&assets, fabric_str("]"));
    return fabric_state_close(&found) && fabric_respond(fabric_contents(&assets));
}
FABRIC_EVALUATE(GetAllAssets, get_all_assets)
