package main

import (
	"errors"

	"fabric-contract/contractapi"
)

// SmartContract keeps values under keys.
type SmartContract struct {
	contractapi.Contract
}

// Put sets a key.
func (s *SmartContract) Put(ctx contractapi.TransactionContextInterface, key string, value string) error {
	return ctx.GetStub().PutState(key, []byte(value))
}

// Get returns the value of a key.
func (s *SmartContract) Get(ctx contractapi.TransactionContextInterface, key string) (string, error) {
	value, err := ctx.GetStub().GetState(key)
	if err != nil {
		return "", err
	}
	if value == nil {
		return "", errors.New(key + " does not exist")
	}
	return string(value), nil
}
