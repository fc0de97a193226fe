// Package host calls the peer: its functions by their names in the WIT package, and the registers that hold their results.
//
// A function returns how many registers it filled, [None], or [Failed] with the error's text in register 0. Registers keep their
// contents until the next call of one of these functions. Values are passed as strings, too: see [View].
package host

import (
	"errors"
	"unsafe"
)

const (
	// None is the result of a function that found nothing, and of an iterator at its end.
	None = -1
	// Failed is the result of a function that refuses.
	Failed = -2
)

//go:wasmimport fabric_v1 register_len
func registerLen(register int32) int32

//go:wasmimport fabric_v1 register_read
func registerRead(register int32, destination unsafe.Pointer)

//go:wasmimport fabric_v1 register_number
func registerNumber(register int32) int64

// Bytes returns the contents of a register, nil when it has none.
func Bytes(register int32) []byte {
	length := registerLen(register)
	if length < 0 {
		return nil
	}
	contents := make([]byte, length)
	if length > 0 {
		registerRead(register, unsafe.Pointer(&contents[0]))
	}
	return contents
}

// Text returns the contents of a register as a string.
func Text(register int32) string {
	return View(Bytes(register))
}

// Number returns the number in a register.
func Number(register int32) int64 {
	return registerNumber(register)
}

// Check turns the result of a function that refused into an error.
func Check(result int32) error {
	if result == Failed {
		return errors.New(Text(0))
	}
	return nil
}

// Optional returns the value of a function that may find nothing, then nil.
func Optional(result int32) ([]byte, error) {
	if err := Check(result); err != nil || result == None {
		return nil, err
	}
	return Bytes(0), nil
}

// List returns the contents of the registers from first to before result.
func List(first, result int32) [][]byte {
	list := make([][]byte, 0, max(result-first, 0))
	for register := first; register < result; register++ {
		list = append(list, Bytes(register))
	}
	return list
}

// Texts is List for strings.
func Texts(first, result int32) []string {
	list := make([]string, 0, max(result-first, 0))
	for register := first; register < result; register++ {
		list = append(list, Text(register))
	}
	return list
}

// Pairs returns names and their values, which follow each other in the registers.
func Pairs(result int32) map[string][]byte {
	pairs := make(map[string][]byte)
	for register := int32(0); register+1 < result; register += 2 {
		pairs[Text(register)] = Bytes(register + 1)
	}
	return pairs
}

// View shows bytes as a string without copying them: a string is passed to an import as its address and its length.
func View(value []byte) string {
	return unsafe.String(unsafe.SliceData(value), len(value))
}

// held keeps what addresses point to on the heap, where nothing moves, until the call is over. The address of a string as a mere
// number would neither keep it alive nor off a growing stack.
var held []string

// Addresses returns an array of the address and the length of each part, four bytes each.
func Addresses(parts []string) unsafe.Pointer {
	type span struct{ address, length uint32 }
	held = parts
	spans := make([]span, len(parts))
	for i, part := range parts {
		spans[i] = span{uint32(uintptr(unsafe.Pointer(unsafe.StringData(part)))), uint32(len(part))}
	}
	return unsafe.Pointer(unsafe.SliceData(spans))
}

// Views is View for a list.
func Views(values [][]byte) []string {
	views := make([]string, len(values))
	for i, value := range values {
		views[i] = View(value)
	}
	return views
}
