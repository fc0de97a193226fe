// Assets with an owner: Fabric's sample contract "asset-transfer-basic".
//
// It answers like the sample does, and sets the events of the sample "asset-transfer-events".

import { Context, concat, toBytes, toText } from "fabric";
import { Asset } from "./asset";

/** Adds a first set of assets. */
@submit("InitLedger")
function initLedger(context: Context): void {
  const assets: Asset[] = [
    new Asset("asset1", "blue", 5, "Tomoko", 300),
    new Asset("asset2", "red", 5, "Brad", 400),
    new Asset("asset3", "green", 10, "Jin Soo", 500),
    new Asset("asset4", "yellow", 10, "Max", 600),
    new Asset("asset5", "black", 15, "Adriana", 700),
    new Asset("asset6", "white", 15, "Michel", 800),
  ];
  for (let i = 0; i < assets.length; i++) context.putState(assets[i].id, toBytes(assets[i].toJson()));
}

/** Issues a new asset. */
@submit("CreateAsset")
function createAsset(context: Context, id: string, color: string, size: i64, owner: string, appraised_value: i64): void {
  if (assetExists(context, id)) return context.fail(`the asset ${id} already exists`);
  putWithEvent(context, "CreateAsset", new Asset(id, color, size, owner, appraised_value));
}

/** Returns one asset. */
@evaluate("ReadAsset")
function readAsset(context: Context, id: string): Uint8Array {
  const asset = context.getState(id);
  return asset ? asset : context.fail<Uint8Array>(`the asset ${id} does not exist`);
}

/** Replaces an asset. */
@submit("UpdateAsset")
function updateAsset(context: Context, id: string, color: string, size: i64, owner: string, appraised_value: i64): void {
  readAsset(context, id);
  putWithEvent(context, "UpdateAsset", new Asset(id, color, size, owner, appraised_value));
}

/** Removes an asset. */
@submit("DeleteAsset")
function deleteAsset(context: Context, id: string): void {
  context.setEvent("DeleteAsset", readAsset(context, id));
  context.deleteState(id);
}

/** Tells whether an asset exists. */
@evaluate("AssetExists")
function assetExists(context: Context, id: string): bool {
  return context.getState(id) !== null;
}

/** Gives an asset to another owner and returns the old one. */
@submit("TransferAsset")
function transferAsset(context: Context, id: string, new_owner: string): string {
  const asset = Asset.fromJson(toText(readAsset(context, id)));
  if (!asset) return context.fail<string>(`the value of ${id} is no asset`);
  const oldOwner = asset.owner;
  asset.owner = new_owner;
  putWithEvent(context, "TransferAsset", asset);
  return oldOwner;
}

/** Returns all assets. */
@evaluate("GetAllAssets")
function getAllAssets(context: Context): Uint8Array {
  const pieces: Uint8Array[] = [];
  const found = context.getStateByRange("", "");
  for (let entry = found.next(); entry; entry = found.next()) {
    pieces.push(toBytes(pieces.length ? "," : "["));
    pieces.push(entry.value);
  }
  pieces.push(toBytes(pieces.length ? "]" : "[]"));
  return concat(pieces);
}

function putWithEvent(context: Context, event: string, asset: Asset): void {
  const json = toBytes(asset.toJson());
  context.setEvent(event, json);
  context.putState(asset.id, json);
}
