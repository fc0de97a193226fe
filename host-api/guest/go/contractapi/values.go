package contractapi

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"fabric-contract/json"
)

// argument reads what a client sent as a value of the type that a handler takes.
func argument(sent []byte, as reflect.Type) (reflect.Value, error) {
	value := reflect.New(as).Elem()
	if isBytes(as) {
		value.SetBytes(sent)
		return value, nil
	}
	if !utf8.Valid(sent) {
		return value, errors.New("Passed value is not valid UTF-8")
	}
	text := string(sent)
	if kind, ok := parse(text, value); !ok {
		return value, errors.New("Cannot convert passed value " + text + " to " + kind)
	}
	return value, nil
}

// parse sets a value, and returns what the text should have been and whether it was.
func parse(text string, value reflect.Value) (kind string, ok bool) {
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
		return "text", true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number, err := strconv.ParseInt(text, 10, value.Type().Bits())
		value.SetInt(number)
		return "integer", err == nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		number, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, value.Type().Bits())
		value.SetUint(number)
		return "integer", err == nil
	case reflect.Float32, reflect.Float64:
		number, err := strconv.ParseFloat(text, value.Type().Bits())
		value.SetFloat(number)
		// What is too large for the type is infinite, and hexadecimal is for programs only.
		return "number", (err == nil || errors.Is(err, strconv.ErrRange)) && !strings.ContainsAny(text, "xX_")
	case reflect.Bool:
		value.SetBool(text == "true")
		return "boolean", text == "true" || text == "false"
	default:
		return "JSON", json.Unmarshal([]byte(text), value.Addr().Interface()) == nil
	}
}

// payload writes a result as the bytes that the client gets.
func payload(result reflect.Value) ([]byte, error) {
	if isBytes(result.Type()) {
		return result.Bytes(), nil
	}
	switch result.Kind() {
	case reflect.String:
		return []byte(result.String()), nil
	case reflect.Float32, reflect.Float64:
		return []byte(number(result.Float(), result.Type().Bits())), nil
	default:
		// Integers and booleans are JSON as they are text.
		return json.Marshal(result.Interface())
	}
}

// number writes a number as contracts in other languages do.
func number(value float64, bits int) string {
	switch {
	case math.IsInf(value, 1):
		return "inf"
	case math.IsInf(value, -1):
		return "-inf"
	}
	return strconv.FormatFloat(value, 'f', -1, bits)
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
