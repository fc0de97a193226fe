## Assets with an owner: Fabric's sample contract "asset-transfer-basic".
##
## It answers like the sample does, and sets the events of the sample "asset-transfer-events".

import fabric

type Asset = object
  ## Fields in the order of their names, so that every language writes the same bytes.
  appraisedValue {.field: "AppraisedValue".}: int64
  color {.field: "Color".}: string
  id {.field: "ID".}: string
  owner {.field: "Owner".}: string
  size {.field: "Size".}: int64

proc existing(ctx: Context, id: string): string =
  let asset = ctx.getState(id)
  if asset.isNone: refuse "the asset " & id & " does not exist"
  asset.get

proc putWithEvent(ctx: Context, event: string, asset: Asset) =
  let json = asset.toJson
  ctx.setEvent(event, json)
  ctx.putState(asset.id, json)

proc initLedger(ctx: Context) {.submit: "InitLedger".} =
  ## Adds a first set of assets.
  for (id, color, size, owner, appraisedValue) in [
    ("asset1", "blue", 5'i64, "Tomoko", 300'i64),
    ("asset2", "red", 5'i64, "Brad", 400'i64),
    ("asset3", "green", 10'i64, "Jin Soo", 500'i64),
    ("asset4", "yellow", 10'i64, "Max", 600'i64),
    ("asset5", "black", 15'i64, "Adriana", 700'i64),
    ("asset6", "white", 15'i64, "Michel", 800'i64),
  ]:
    ctx.putJson(id, Asset(appraisedValue: appraisedValue, color: color, id: id, owner: owner, size: size))

proc assetExists(ctx: Context, id: string): bool {.evaluate: "AssetExists".} =
  ## Tells whether an asset exists.
  ctx.getState(id).isSome

proc createAsset(ctx: Context, id, color: string, size: int64, owner: string, appraised_value: int64) {.submit: "CreateAsset".} =
  ## Issues a new asset.
  if ctx.assetExists(id): refuse "the asset " & id & " already exists"
  let asset = Asset(appraisedValue: appraised_value, color: color, id: id, owner: owner, size: size)
  ctx.putWithEvent("CreateAsset", asset)

proc readAsset(ctx: Context, id: string): string {.evaluate: "ReadAsset".} =
  ## Returns one asset.
  ctx.existing(id)

proc updateAsset(ctx: Context, id, color: string, size: int64, owner: string, appraised_value: int64) {.submit: "UpdateAsset".} =
  ## Replaces an asset.
  discard ctx.existing(id)
  let asset = Asset(appraisedValue: appraised_value, color: color, id: id, owner: owner, size: size)
  ctx.putWithEvent("UpdateAsset", asset)

proc deleteAsset(ctx: Context, id: string) {.submit: "DeleteAsset".} =
  ## Removes an asset.
  ctx.setEvent("DeleteAsset", ctx.existing(id))
  ctx.deleteState(id)

proc transferAsset(ctx: Context, id, new_owner: string): string {.submit: "TransferAsset".} =
  ## Gives an asset to another owner and returns the old one.
  let found = ctx.getJson(id, Asset)
  if found.isNone: refuse "the asset " & id & " does not exist"
  var asset = found.get
  result = asset.owner
  asset.owner = new_owner
  ctx.putWithEvent("TransferAsset", asset)

proc getAllAssets(ctx: Context): string {.evaluate: "GetAllAssets".} =
  ## Returns all assets.
  result = "["
  for asset in ctx.getStateByRange("", ""):
    if result.len > 1: result.add ','
    result.add asset.value
  result.add ']'

exportContract()
