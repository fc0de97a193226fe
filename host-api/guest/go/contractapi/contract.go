// Package contractapi makes a chaincode of a struct's methods, by the names of Fabric's package of that name.
//
//	type Greeter struct {
//		contractapi.Contract
//	}
//
//	func (g *Greeter) SetGreeting(ctx contractapi.TransactionContextInterface, text string) error {
//		return ctx.GetStub().PutState("greeting", []byte(text))
//	}
//
//	func main() {
//		greeter := new(Greeter)
//		greeter.Submit("SetGreeting", greeter.SetGreeting, "text")
//		contractapi.Start(greeter)
//	}
//
// Every call runs in a fresh instance as main has left it: nothing in memory outlives a call. A peer runs main, and what lies in
// init functions and package variables, once when it compiles the contract, so numbers of math/rand are the same in every
// transaction; those of crypto/rand follow from its ID.
package contractapi

import "reflect"

// Contract is embedded in the struct of a contract and knows its transaction functions.
//
// A transaction function takes a [TransactionContextInterface] and arguments, and returns nothing, an error, a result, or a
// result and an error. Arguments may be strings, []byte, bool, numbers, and what the package json reads. A string or []byte is
// the response as it is, a bool or a number as text, and everything else as JSON.
type Contract struct {
	functions []function
}

// ContractInterface is a struct that embeds a [Contract].
type ContractInterface interface {
	registered() []function
}

type function struct {
	kind       string
	name       string
	handler    any
	parameters []string
}

// Submit registers a function that writes. The parameters' names, all but the context's, are for errors and for people who look
// at the contract.
func (c *Contract) Submit(name string, handler any, parameters ...string) {
	c.functions = append(c.functions, function{"submit", name, handler, parameters})
}

// Evaluate registers a function that only reads.
func (c *Contract) Evaluate(name string, handler any, parameters ...string) {
	c.functions = append(c.functions, function{"evaluate", name, handler, parameters})
}

func (c *Contract) registered() []function {
	return c.functions
}

// types returns the types of the arguments that a handler takes after its context.
func (f *function) types() []reflect.Type {
	handler := reflect.TypeOf(f.handler)
	types := make([]reflect.Type, 0, handler.NumIn())
	for i := 1; i < handler.NumIn(); i++ {
		types = append(types, handler.In(i))
	}
	return types
}
