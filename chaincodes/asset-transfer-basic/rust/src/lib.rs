//! Assets with an owner: Fabric's sample contract "asset-transfer-basic".
//!
//! It answers like the sample does, and sets the events of the sample "asset-transfer-events".

use fabric_contract::{Context, Json, Response, Result, contract};
use serde::{Deserialize, Serialize};

contract! {
    /// Adds a first set of assets.
    submit InitLedger => init_ledger();
    /// Issues a new asset.
    submit CreateAsset => create_asset(id: String, color: String, size: i64, owner: String, appraised_value: i64);
    /// Returns one asset.
    evaluate ReadAsset => read_asset(id: String);
    /// Replaces an asset.
    submit UpdateAsset => update_asset(id: String, color: String, size: i64, owner: String, appraised_value: i64);
    /// Removes an asset.
    submit DeleteAsset => delete_asset(id: String);
    /// Tells whether an asset exists.
    evaluate AssetExists => asset_exists(id: String);
    /// Gives an asset to another owner and returns the old one.
    submit TransferAsset => transfer_asset(id: String, new_owner: String);
    /// Returns all assets.
    evaluate GetAllAssets => get_all_assets();
}

/// Fields in the order of their names, so that every language writes the same bytes.
#[derive(Serialize, Deserialize)]
struct Asset {
    #[serde(rename = "AppraisedValue")]
    appraised_value: i64,
    #[serde(rename = "Color")]
    color: String,
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "Owner")]
    owner: String,
    #[serde(rename = "Size")]
    size: i64,
}

fn init_ledger(context: &Context) -> Result<()> {
    for (id, color, size, owner, appraised_value) in [
        ("asset1", "blue", 5, "Tomoko", 300),
        ("asset2", "red", 5, "Brad", 400),
        ("asset3", "green", 10, "Jin Soo", 500),
        ("asset4", "yellow", 10, "Max", 600),
        ("asset5", "black", 15, "Adriana", 700),
        ("asset6", "white", 15, "Michel", 800),
    ] {
        let (color, owner) = (color.to_owned(), owner.to_owned());
        context.put_json(id, &Asset { appraised_value, color, id: id.to_owned(), owner, size })?;
    }
    Ok(())
}

fn create_asset(
    context: &Context,
    id: String,
    color: String,
    size: i64,
    owner: String,
    appraised_value: i64,
) -> Result<()> {
    if asset_exists(context, id.clone())? {
        return Err(format!("the asset {id} already exists").into());
    }
    put_with_event(context, "CreateAsset", &Asset { appraised_value, color, id, owner, size })
}

fn read_asset(context: &Context, id: String) -> Result<Vec<u8>> {
    existing(context, &id)
}

fn update_asset(
    context: &Context,
    id: String,
    color: String,
    size: i64,
    owner: String,
    appraised_value: i64,
) -> Result<()> {
    existing(context, &id)?;
    put_with_event(context, "UpdateAsset", &Asset { appraised_value, color, id, owner, size })
}

fn delete_asset(context: &Context, id: String) -> Result<()> {
    let asset = existing(context, &id)?;
    context.set_event("DeleteAsset", &asset)?;
    context.delete_state(&id)
}

fn asset_exists(context: &Context, id: String) -> Result<bool> {
    Ok(context.get_state(&id)?.is_some())
}

fn transfer_asset(context: &Context, id: String, new_owner: String) -> Result<String> {
    let missing = || format!("the asset {id} does not exist");
    let mut asset: Asset = context.get_json(&id)?.ok_or_else(missing)?;
    let old_owner = std::mem::replace(&mut asset.owner, new_owner);
    put_with_event(context, "TransferAsset", &asset)?;
    Ok(old_owner)
}

fn get_all_assets(context: &Context) -> Result<Vec<u8>> {
    let mut assets = b"[".to_vec();
    for entry in context.get_state_by_range("", "")? {
        if assets.len() > 1 {
            assets.push(b',');
        }
        assets.extend(entry?.value);
    }
    assets.push(b']');
    Ok(assets)
}

fn existing(context: &Context, id: &str) -> Result<Vec<u8>> {
    context.get_state(id)?.ok_or_else(|| format!("the asset {id} does not exist").into())
}

fn put_with_event(context: &Context, event: &str, asset: &Asset) -> Result<()> {
    let bytes = Json(asset).into_payload()?;
    context.set_event(event, &bytes)?;
    context.put_state(&asset.id, &bytes)
}
