package json

import (
	"reflect"
	"strings"
)

// field is one field of a struct, or of a struct embedded in it.
type field struct {
	name      string
	value     reflect.Value
	omitEmpty bool
}

// fields returns the exported fields of a struct, with the names that their tags give them.
func fields(of reflect.Value) []field {
	found := make([]field, 0, of.NumField())
	for i := range of.NumField() {
		declared := of.Type().Field(i)
		name, options, _ := strings.Cut(declared.Tag.Get("json"), ",")
		embedded := declared.Anonymous && name == "" && declared.Type.Kind() == reflect.Struct
		switch {
		case name == "-" && options == "":
		case embedded:
			found = append(found, fields(of.Field(i))...)
		case declared.IsExported():
			if name == "" {
				name = declared.Name
			}
			found = append(found, field{name, of.Field(i), options == "omitempty"})
		}
	}
	return found
}

// find returns the field of that name, or else the one whose name differs in upper and lower case only.
func find(in []field, name string) (reflect.Value, bool) {
	for _, field := range in {
		if field.name == name {
			return field.value, true
		}
	}
	for _, field := range in {
		if strings.EqualFold(field.name, name) {
			return field.value, true
		}
	}
	return reflect.Value{}, false
}

func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array:
		return value.Len() == 0
	case reflect.Struct:
		return false
	default:
		return value.IsZero()
	}
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
