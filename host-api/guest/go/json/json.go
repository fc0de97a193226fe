// Package json reads and writes JSON as encoding/json does, with the same field tags, for a small part of its size and of what its
// start costs each call.
//
// Numbers, strings, booleans, structs, slices, arrays, pointers, interfaces and maps with string keys are supported; a []byte is
// base64. What Marshal writes has no spaces, struct fields in their order and map keys sorted, and escapes only what JSON demands:
// the bytes are the same as those of contracts in other languages. Types with MarshalJSON and UnmarshalJSON do their own.
package json

import (
	"errors"
	"reflect"
	"unicode/utf8"
)

// maxDepth is how many values may be inside each other.
const maxDepth = 1000

var errDepth = errors.New("json: values inside each other beyond the limit")

// Marshaler is implemented by types that write themselves.
type Marshaler interface {
	MarshalJSON() ([]byte, error)
}

// Unmarshaler is implemented by types that read themselves.
type Unmarshaler interface {
	UnmarshalJSON([]byte) error
}

// Marshal returns the JSON of a value.
func Marshal(value any) ([]byte, error) {
	return appendValue(nil, reflect.ValueOf(value), 0)
}

// Unmarshal reads JSON into what value points to. Unknown fields are skipped, missing ones keep what they have.
func Unmarshal(data []byte, value any) error {
	target := reflect.ValueOf(value)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return errors.New("json: Unmarshal needs a pointer")
	}
	if !utf8.Valid(data) {
		return errors.New("json: not valid UTF-8")
	}
	r := reader{data: data}
	if err := r.value(target.Elem(), 0); err != nil {
		return err
	}
	if r.skipSpace(); r.at < len(data) {
		return r.unexpected("the end")
	}
	return nil
}
