package contractapi

import (
	"errors"
	"reflect"
	"strconv"
)

var errorType = reflect.TypeFor[error]()

// call runs the function of that name and returns the response's payload.
func call(contract ContractInterface, ctx TransactionContextInterface, name string, args [][]byte) ([]byte, error) {
	for _, function := range contract.registered() {
		if function.name == name {
			return function.call(ctx, args)
		}
	}
	return nil, errors.New("Function " + name + " not found in contract")
}

func (f *function) call(ctx TransactionContextInterface, args [][]byte) ([]byte, error) {
	types := f.types()
	if len(args) != len(types) {
		expected, received := strconv.Itoa(len(types)), strconv.Itoa(len(args))
		return nil, errors.New("Incorrect number of params. Expected " + expected + ", received " + received)
	}
	values := make([]reflect.Value, 0, 1+len(args))
	values = append(values, reflect.ValueOf(ctx))
	for i, arg := range args {
		value, err := argument(arg, types[i])
		if err != nil {
			return nil, errors.New("Error managing parameter " + f.parameters[i] + ". " + err.Error())
		}
		values = append(values, value)
	}
	return response(reflect.ValueOf(f.handler).Call(values))
}

// response makes the payload, or the error, of what a handler returned.
func response(results []reflect.Value) ([]byte, error) {
	if last := len(results) - 1; last >= 0 && results[last].Type() == errorType {
		if !results[last].IsNil() {
			return nil, results[last].Interface().(error)
		}
		results = results[:last]
	}
	if len(results) == 0 {
		return nil, nil
	}
	return payload(results[0])
}
