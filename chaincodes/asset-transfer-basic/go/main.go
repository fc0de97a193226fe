// Assets with an owner: Fabric's sample contract "asset-transfer-basic".
//
// It answers like the sample does, and sets the events of the sample "asset-transfer-events".
package main

import "fabric-contract/contractapi"

func main() {
	c := new(SmartContract)
	c.Submit("InitLedger", c.InitLedger)
	c.Submit("CreateAsset", c.CreateAsset, "id", "color", "size", "owner", "appraised_value")
	c.Evaluate("ReadAsset", c.ReadAsset, "id")
	c.Submit("UpdateAsset", c.UpdateAsset, "id", "color", "size", "owner", "appraised_value")
	c.Submit("DeleteAsset", c.DeleteAsset, "id")
	c.Evaluate("AssetExists", c.AssetExists, "id")
	c.Submit("TransferAsset", c.TransferAsset, "id", "new_owner")
	c.Evaluate("GetAllAssets", c.GetAllAssets)
	contractapi.Start(c)
}
