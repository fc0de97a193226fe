// Adds the list of the contract's functions to the compiled module, as custom section "fabric:chaincode/functions".
import { readFileSync, writeFileSync } from "node:fs";

const [, , file] = process.argv;
const asset = "id: string, color: string, size: i64, owner: string, appraised_value: i64";
const functions = [
  "submit InitLedger()",
  `submit CreateAsset(${asset})`,
  "evaluate ReadAsset(id: string)",
  `submit UpdateAsset(${asset})`,
  "submit DeleteAsset(id: string)",
  "evaluate AssetExists(id: string)",
  "submit TransferAsset(id: string, new_owner: string)",
  "evaluate GetAllAssets()",
];

function leb128(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value);
  return Buffer.from(bytes);
}

const name = Buffer.from("fabric:chaincode/functions");
const body = Buffer.concat([leb128(name.length), name, Buffer.from(functions.join("\n") + "\n")]);
writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0]), leb128(body.length), body]));
