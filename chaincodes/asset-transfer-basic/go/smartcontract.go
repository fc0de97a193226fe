package main

import (
	"errors"

	"fabric-contract/contractapi"
	"fabric-contract/json"
)

// SmartContract manages assets.
type SmartContract struct {
	contractapi.Contract
}

// Asset has its fields in the order of their names, so that every language writes the same bytes.
type Asset struct {
	AppraisedValue int64
	Color          string
	ID             string
	Owner          string
	Size           int64
}

// InitLedger adds a first set of assets.
func (s *SmartContract) InitLedger(ctx contractapi.TransactionContextInterface) error {
	assets := []Asset{
		{ID: "asset1", Color: "blue", Size: 5, Owner: "Tomoko", AppraisedValue: 300},
		{ID: "asset2", Color: "red", Size: 5, Owner: "Brad", AppraisedValue: 400},
		{ID: "asset3", Color: "green", Size: 10, Owner: "Jin Soo", AppraisedValue: 500},
		{ID: "asset4", Color: "yellow", Size: 10, Owner: "Max", AppraisedValue: 600},
		{ID: "asset5", Color: "black", Size: 15, Owner: "Adriana", AppraisedValue: 700},
		{ID: "asset6", Color: "white", Size: 15, Owner: "Michel", AppraisedValue: 800},
	}
	for _, asset := range assets {
		assetJSON, err := json.Marshal(asset)
		if err != nil {
			return err
		}
		if err := ctx.GetStub().PutState(asset.ID, assetJSON); err != nil {
			return err
		}
	}
	return nil
}

// CreateAsset issues a new asset.
func (s *SmartContract) CreateAsset(ctx contractapi.TransactionContextInterface, id string, color string, size int64, owner string, appraisedValue int64) error {
	exists, err := s.AssetExists(ctx, id)
	if err != nil {
		return err
	}
	if exists {
		return errors.New("the asset " + id + " already exists")
	}
	return put(ctx, "CreateAsset", Asset{appraisedValue, color, id, owner, size})
}

// ReadAsset returns one asset as JSON.
func (s *SmartContract) ReadAsset(ctx contractapi.TransactionContextInterface, id string) ([]byte, error) {
	assetJSON, err := ctx.GetStub().GetState(id)
	if err != nil {
		return nil, err
	}
	if assetJSON == nil {
		return nil, errors.New("the asset " + id + " does not exist")
	}
	return assetJSON, nil
}

// UpdateAsset replaces an asset.
func (s *SmartContract) UpdateAsset(ctx contractapi.TransactionContextInterface, id string, color string, size int64, owner string, appraisedValue int64) error {
	if _, err := s.ReadAsset(ctx, id); err != nil {
		return err
	}
	return put(ctx, "UpdateAsset", Asset{appraisedValue, color, id, owner, size})
}

// DeleteAsset removes an asset.
func (s *SmartContract) DeleteAsset(ctx contractapi.TransactionContextInterface, id string) error {
	assetJSON, err := s.ReadAsset(ctx, id)
	if err != nil {
		return err
	}
	if err := ctx.GetStub().SetEvent("DeleteAsset", assetJSON); err != nil {
		return err
	}
	return ctx.GetStub().DelState(id)
}

// AssetExists tells whether an asset exists.
func (s *SmartContract) AssetExists(ctx contractapi.TransactionContextInterface, id string) (bool, error) {
	assetJSON, err := ctx.GetStub().GetState(id)
	return assetJSON != nil, err
}

// TransferAsset gives an asset to another owner and returns the old one.
func (s *SmartContract) TransferAsset(ctx contractapi.TransactionContextInterface, id string, newOwner string) (string, error) {
	assetJSON, err := s.ReadAsset(ctx, id)
	if err != nil {
		return "", err
	}
	var asset Asset
	if err := json.Unmarshal(assetJSON, &asset); err != nil {
		return "", err
	}
	oldOwner := asset.Owner
	asset.Owner = newOwner
	return oldOwner, put(ctx, "TransferAsset", asset)
}

// GetAllAssets returns all assets as JSON.
func (s *SmartContract) GetAllAssets(ctx contractapi.TransactionContextInterface) ([]byte, error) {
	assets, err := ctx.GetStub().GetStateByRange("", "")
	if err != nil {
		return nil, err
	}
	defer assets.Close()

	all := []byte{'['}
	for assets.HasNext() {
		asset, err := assets.Next()
		if err != nil {
			return nil, err
		}
		if len(all) > 1 {
			all = append(all, ',')
		}
		all = append(all, asset.Value...)
	}
	return append(all, ']'), nil
}

// put writes an asset and sets the transaction's event.
func put(ctx contractapi.TransactionContextInterface, event string, asset Asset) error {
	assetJSON, err := json.Marshal(asset)
	if err != nil {
		return err
	}
	if err := ctx.GetStub().SetEvent(event, assetJSON); err != nil {
		return err
	}
	return ctx.GetStub().PutState(asset.ID, assetJSON)
}
