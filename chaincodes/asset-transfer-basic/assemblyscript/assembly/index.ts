// Assets with an owner: Fabric's sample contract "asset-transfer-basic", in AssemblyScript.
//
// The compiled file is a plain core module. The peer makes a component of it; the names contract_init and contract_invoke stand for
// the functions of the exported interface.

import { Parameter, check } from "./arguments";
import { Asset } from "./asset";
import { Bytes, Response, allValues, deleteState, failure, getState, putState, setEvent } from "./host";

/** The host puts arguments and results here. Nothing is freed: the instance lives for one call. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const fresh = heap.alloc(size);
  if (old) memory.copy(fresh, old, min(oldSize, size));
  return fresh;
}

export function contract_init(name: usize, nameLength: i32, args: usize, count: i32): usize {
  return contract_invoke(name, nameLength, args, count);
}

export function contract_invoke(name: usize, nameLength: i32, args: usize, count: i32): usize {
  const values: Bytes[] = [];
  for (let i = 0; i < count; i++) values.push(new Bytes(load<u32>(args + 8 * i), load<i32>(args + 8 * i, 4)));
  return call(String.UTF8.decodeUnsafe(name, nameLength), values).lower();
}

function call(name: string, args: Bytes[]): Response {
  const parameters = parametersOf(name);
  if (!parameters) return Response.error(`Function ${name} not found in contract`);
  const refusal = check(args, parameters);
  if (refusal) return refusal;
  if (name == "InitLedger") return initLedger();
  if (name == "CreateAsset") return createAsset(args);
  if (name == "ReadAsset") return readAsset(args[0]);
  if (name == "UpdateAsset") return updateAsset(args);
  if (name == "DeleteAsset") return deleteAsset(args[0]);
  if (name == "AssetExists") return assetExists(args[0]);
  if (name == "TransferAsset") return transferAsset(args[0], args[1]);
  return getAllAssets();
}

/** The parameters of a function; null when there is no such function. */
function parametersOf(name: string): Parameter[] | null {
  const id = new Parameter("id");
  if (name == "InitLedger" || name == "GetAllAssets") return [];
  if (name == "CreateAsset" || name == "UpdateAsset") {
    const color = new Parameter("color");
    const size = new Parameter("size", true);
    return [id, color, size, new Parameter("owner"), new Parameter("appraised_value", true)];
  }
  if (name == "ReadAsset" || name == "DeleteAsset" || name == "AssetExists") return [id];
  if (name == "TransferAsset") return [id, new Parameter("new_owner")];
  return null;
}

function initLedger(): Response {
  const assets: Asset[] = [
    new Asset("asset1", "blue", 5, "Tomoko", 300),
    new Asset("asset2", "red", 5, "Brad", 400),
    new Asset("asset3", "green", 10, "Jin Soo", 500),
    new Asset("asset4", "yellow", 10, "Max", 600),
    new Asset("asset5", "black", 15, "Adriana", 700),
    new Asset("asset6", "white", 15, "Michel", 800),
  ];
  for (let i = 0; i < assets.length; i++) {
    if (!putState(Bytes.of(assets[i].id), Bytes.of(assets[i].toJson()))) return failure!;
  }
  return Response.empty();
}

function createAsset(args: Bytes[]): Response {
  const old = getState(args[0]);
  if (failure) return failure!;
  if (old) return Response.error(`the asset ${args[0].toString()} already exists`);
  return putWithEvent("CreateAsset", args[0], assetOf(args));
}

function updateAsset(args: Bytes[]): Response {
  const old = getState(args[0]);
  if (failure) return failure!;
  if (!old) return missing(args[0]);
  return putWithEvent("UpdateAsset", args[0], assetOf(args));
}

function assetOf(args: Bytes[]): Asset {
  const size = I64.parseInt(args[2].toString());
  const appraisedValue = I64.parseInt(args[4].toString());
  return new Asset(args[0].toString(), args[1].toString(), size, args[3].toString(), appraisedValue);
}

function readAsset(id: Bytes): Response {
  const asset = getState(id);
  if (failure) return failure!;
  return asset ? new Response(asset) : missing(id);
}

function deleteAsset(id: Bytes): Response {
  const asset = getState(id);
  if (failure) return failure!;
  if (!asset) return missing(id);
  if (!setEvent(Bytes.of("DeleteAsset"), asset) || !deleteState(id)) return failure!;
  return Response.empty();
}

function assetExists(id: Bytes): Response {
  const asset = getState(id);
  return failure ? failure! : Response.text(asset ? "true" : "false");
}

function transferAsset(id: Bytes, newOwner: Bytes): Response {
  const old = getState(id);
  if (failure) return failure!;
  if (!old) return missing(id);
  const asset = Asset.fromJson(old.toString());
  const oldOwner = asset.owner;
  asset.owner = newOwner.toString();
  const response = putWithEvent("TransferAsset", id, asset);
  return response.failed ? response : Response.text(oldOwner);
}

function getAllAssets(): Response {
  const values = allValues();
  if (!values) return failure!;
  let length = 2;
  for (let i = 0; i < values.length; i++) length += values[i].length + 1;
  const start = heap.alloc(length);
  let at = start;
  store<u8>(at++, 0x5b);
  for (let i = 0; i < values.length; i++) {
    if (i > 0) store<u8>(at++, 0x2c);
    memory.copy(at, values[i].start, values[i].length);
    at += values[i].length;
  }
  store<u8>(at++, 0x5d);
  return new Response(new Bytes(start, <i32>(at - start)));
}

function putWithEvent(event: string, id: Bytes, asset: Asset): Response {
  const json = Bytes.of(asset.toJson());
  if (!setEvent(Bytes.of(event), json) || !putState(id, json)) return failure!;
  return Response.empty();
}

function missing(id: Bytes): Response {
  return Response.error(`the asset ${id.toString()} does not exist`);
}
