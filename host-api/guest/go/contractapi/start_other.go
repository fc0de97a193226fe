//go:build !wasip1

package contractapi

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"fabric-contract/internal/wasmfile"
)

// Start makes a struct's registered functions the chaincode. It is called in main, as its last step.
//
// Outside of a peer, as here, the program only describes itself: without arguments it lists the functions, with two file names it
// completes the module that the Go toolchain has made.
func Start(contract ContractInterface) {
	if err := describeContract(contract.registered(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func describeContract(functions []function, files []string) error {
	var lines strings.Builder
	for _, function := range functions {
		line, err := function.declaration()
		if err != nil {
			return err
		}
		lines.WriteString(line + "\n")
	}
	if len(files) != 2 {
		fmt.Print(lines.String())
		return nil
	}
	module, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	module, err = wasmfile.Complete(module, lines.String())
	if err != nil {
		return fmt.Errorf("%s: %w", files[0], err)
	}
	return os.WriteFile(files[1], module, 0o644)
}

// declaration is the function's line in the list that the file has of them, or what is wrong with it.
func (f *function) declaration() (string, error) {
	handler := reflect.TypeOf(f.handler)
	if handler == nil || handler.Kind() != reflect.Func || handler.IsVariadic() {
		return "", fmt.Errorf("%s is no function with a fixed number of parameters", f.name)
	}
	if handler.NumIn() == 0 || !reflect.TypeFor[*TransactionContext]().AssignableTo(handler.In(0)) {
		return "", fmt.Errorf("%s: the first parameter must be a contractapi.TransactionContextInterface", f.name)
	}
	if err := checkResults(handler); err != nil {
		return "", fmt.Errorf("%s: %w", f.name, err)
	}
	types := f.types()
	if len(types) != len(f.parameters) {
		return "", fmt.Errorf("%s: %d parameters are named, but there are %d beside the context", f.name, len(f.parameters), len(types))
	}
	parameters := make([]string, len(types))
	for i, t := range types {
		parameters[i] = f.parameters[i] + ": " + typeName(t)
	}
	line := fmt.Sprintf("%s %s(%s)", f.kind, f.name, strings.Join(parameters, ", "))
	if handler.NumOut() > 0 && handler.Out(0) != errorType {
		line += " -> " + typeName(handler.Out(0))
	}
	return line, nil
}

// typeName is a type as the contract's author writes it.
func typeName(t reflect.Type) string {
	name := strings.ReplaceAll(t.String(), "[]uint8", "[]byte")
	return strings.ReplaceAll(name, "main.", "")
}

func checkResults(handler reflect.Type) error {
	count := handler.NumOut()
	if count > 2 || count == 2 && (handler.Out(1) != errorType || handler.Out(0) == errorType) {
		return errors.New("the results must be a value, an error, or a value and an error")
	}
	return nil
}
