package json

import (
	"encoding/base64"
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

func appendValue(out []byte, value reflect.Value, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	if !value.IsValid() || isNil(value) {
		return append(out, "null"...), nil
	}
	if marshaler, ok := value.Interface().(Marshaler); ok {
		own, err := marshaler.MarshalJSON()
		return append(out, own...), err
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		return appendValue(out, value.Elem(), depth+1)
	case reflect.Bool:
		return strconv.AppendBool(out, value.Bool()), nil
	case reflect.String:
		return appendString(out, value.String()), nil
	case reflect.Float32, reflect.Float64:
		return appendFloat(out, value.Float(), value.Type().Bits())
	case reflect.Struct:
		return appendStruct(out, value, depth)
	case reflect.Map:
		return appendMap(out, value, depth)
	case reflect.Slice, reflect.Array:
		return appendList(out, value, depth)
	}
	if value.CanInt() {
		return strconv.AppendInt(out, value.Int(), 10), nil
	}
	if value.CanUint() {
		return strconv.AppendUint(out, value.Uint(), 10), nil
	}
	return nil, errors.New("json: unsupported type " + value.Type().String())
}

func isNil(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return value.IsNil()
	}
	return false
}

func appendStruct(out []byte, value reflect.Value, depth int) ([]byte, error) {
	out = append(out, '{')
	begin := len(out)
	for _, field := range fields(value) {
		if field.omitEmpty && isEmpty(field.value) {
			continue
		}
		if len(out) > begin {
			out = append(out, ',')
		}
		var err error
		out = append(appendString(out, field.name), ':')
		if out, err = appendValue(out, field.value, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendMap(out []byte, value reflect.Value, depth int) ([]byte, error) {
	if value.Type().Key().Kind() != reflect.String {
		return nil, errors.New("json: unsupported type " + value.Type().String())
	}
	keys := value.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	out = append(out, '{')
	for i, key := range keys {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		out = append(appendString(out, key.String()), ':')
		if out, err = appendValue(out, value.MapIndex(key), depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendList(out []byte, value reflect.Value, depth int) ([]byte, error) {
	if isBytes(value.Type()) {
		return appendString(out, base64.StdEncoding.EncodeToString(value.Bytes())), nil
	}
	out = append(out, '[')
	for i := range value.Len() {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendValue(out, value.Index(i), depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// appendFloat writes a number like ECMAScript does, as all of JSON's users expect.
func appendFloat(out []byte, number float64, bits int) ([]byte, error) {
	if math.IsInf(number, 0) || math.IsNaN(number) {
		return nil, errors.New("json: unsupported number " + strconv.FormatFloat(number, 'g', -1, bits))
	}
	size, format := math.Abs(number), byte('f')
	if size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	out = strconv.AppendFloat(out, number, format, -1, bits)
	if last := len(out) - 1; format == 'e' && out[last-1] == '0' && out[last-2] == '-' {
		out = append(out[:last-1], out[last])
	}
	return out, nil
}

func appendString(out []byte, text string) []byte {
	const digits = "0123456789abcdef"
	out = append(out, '"')
	for i := 0; i < len(text); {
		char, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case char == '"' || char == '\\':
			out = append(out, '\\', byte(char))
		case char == '\b':
			out = append(out, `\b`...)
		case char == '\t':
			out = append(out, `\t`...)
		case char == '\n':
			out = append(out, `\n`...)
		case char == '\f':
			out = append(out, `\f`...)
		case char == '\r':
			out = append(out, `\r`...)
		case char < ' ':
			out = append(out, '\\', 'u', '0', '0', digits[char>>4], digits[char&15])
		default:
			out = utf8.AppendRune(out, char)
		}
	}
	return append(out, '"')
}
