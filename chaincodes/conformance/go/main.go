// Every call to the peer, one function each, and every way to misbehave. For tests only.
//
// All languages offer the same functions, so that one list of checks is for all of them. Arguments and results are text: lists
// are joined by commas, pairs by "=", what does not exist is "<none>", hashes are hexadecimal.
package main

import "fabric-contract/contractapi"

type contract struct {
	contractapi.Contract
}

type context = contractapi.TransactionContextInterface

func main() {
	c := new(contract)
	c.registerLedger()
	c.registerPrivateData()
	c.registerProposal()
	c.registerFaults()
	contractapi.Start(c)
}
