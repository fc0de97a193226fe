package contractapi

import (
	"fabric-contract/cid"
	"fabric-contract/shim"
)

// TransactionContextInterface is the first parameter of every transaction function.
type TransactionContextInterface interface {
	// GetStub returns the ledger and the proposal.
	GetStub() shim.ChaincodeStubInterface
	// GetClientIdentity returns the client that made the proposal.
	GetClientIdentity() cid.ClientIdentity
}

// TransactionContext is the context the peer calls with. Tests can make one of their own stub.
type TransactionContext struct {
	stub   shim.ChaincodeStubInterface
	client cid.ClientIdentity
}

// GetStub returns the ledger and the proposal.
func (c *TransactionContext) GetStub() shim.ChaincodeStubInterface {
	return c.stub
}

// SetStub sets what GetStub returns.
func (c *TransactionContext) SetStub(stub shim.ChaincodeStubInterface) {
	c.stub = stub
}

// GetClientIdentity returns the client that made the proposal.
func (c *TransactionContext) GetClientIdentity() cid.ClientIdentity {
	return c.client
}

// SetClientIdentity sets what GetClientIdentity returns.
func (c *TransactionContext) SetClientIdentity(client cid.ClientIdentity) {
	c.client = client
}
