// A smart contract that keeps values under keys.
package main

import "fabric-contract/contractapi"

func main() {
	c := new(SmartContract)
	c.Submit("Put", c.Put, "key", "value")
	c.Evaluate("Get", c.Get, "key")
	contractapi.Start(c)
}
