package json

import (
	"encoding/base64"
	"errors"
	"reflect"
	"strconv"
)

// value reads any value; into is not valid where it is to be skipped.
func (r *reader) value(into reflect.Value, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	first := r.peek()
	if into.IsValid() {
		if own, ok := unmarshaler(into); ok {
			begin := r.at
			if err := r.value(reflect.Value{}, depth); err != nil {
				return err
			}
			return own.UnmarshalJSON(r.data[begin:r.at])
		}
		if first == 'n' {
			return r.null(into)
		}
		switch {
		case into.Kind() == reflect.Pointer:
			if into.IsNil() {
				into.Set(reflect.New(into.Type().Elem()))
			}
			return r.value(into.Elem(), depth+1)
		case into.Kind() == reflect.Interface && into.NumMethod() == 0:
			return r.untyped(into, first, depth)
		}
	}
	switch first {
	case '{':
		return r.object(into, depth)
	case '[':
		return r.list(into, depth)
	case '"':
		return r.setText(into)
	case 't', 'f':
		return r.setBool(into, first == 't')
	case 'n':
		return r.word("null")
	default:
		return r.setNumber(into)
	}
}

func unmarshaler(into reflect.Value) (Unmarshaler, bool) {
	if !into.CanAddr() {
		return nil, false
	}
	own, ok := into.Addr().Interface().(Unmarshaler)
	return own, ok
}

// null empties what can be empty, and leaves everything else as it is.
func (r *reader) null(into reflect.Value) error {
	switch into.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		into.SetZero()
	}
	return r.word("null")
}

// untyped reads into an interface: a map, a slice, a string, a float64 or a bool.
func (r *reader) untyped(into reflect.Value, first byte, depth int) error {
	read := reflect.New(reflect.TypeFor[float64]()).Elem()
	switch first {
	case '{':
		read = reflect.New(reflect.TypeFor[map[string]any]()).Elem()
	case '[':
		read = reflect.New(reflect.TypeFor[[]any]()).Elem()
	case '"':
		read = reflect.New(reflect.TypeFor[string]()).Elem()
	case 't', 'f':
		read = reflect.New(reflect.TypeFor[bool]()).Elem()
	}
	if err := r.value(read, depth+1); err != nil {
		return err
	}
	into.Set(read)
	return nil
}

func (r *reader) object(into reflect.Value, depth int) error {
	isMap := into.Kind() == reflect.Map && into.Type().Key().Kind() == reflect.String
	if into.IsValid() && !isMap && into.Kind() != reflect.Struct {
		return mismatch("object", into)
	}
	var known []field
	if into.Kind() == reflect.Struct {
		known = fields(into)
	} else if isMap && into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	r.at++
	for more := !r.take('}'); more; {
		name, err := r.text()
		if err != nil {
			return err
		}
		if !r.take(':') {
			return r.unexpected("a colon")
		}
		member, _ := find(known, name)
		if isMap {
			member = reflect.New(into.Type().Elem()).Elem()
		}
		if err := r.value(member, depth+1); err != nil {
			return err
		}
		if isMap {
			into.SetMapIndex(reflect.ValueOf(name).Convert(into.Type().Key()), member)
		}
		if more = r.take(','); !more && !r.take('}') {
			return r.unexpected("a comma or the end of an object")
		}
	}
	return nil
}

func (r *reader) list(into reflect.Value, depth int) error {
	isSlice := into.Kind() == reflect.Slice && !isBytes(into.Type())
	if into.IsValid() && !isSlice && into.Kind() != reflect.Array {
		return mismatch("array", into)
	}
	if isSlice {
		into.Set(reflect.MakeSlice(into.Type(), 0, 0))
	}
	r.at++
	count := 0
	for more := !r.take(']'); more; count++ {
		var element reflect.Value
		if isSlice {
			into.Set(reflect.Append(into, reflect.Zero(into.Type().Elem())))
		}
		if into.IsValid() && count < into.Len() {
			element = into.Index(count)
		}
		if err := r.value(element, depth+1); err != nil {
			return err
		}
		if more = r.take(','); !more && !r.take(']') {
			return r.unexpected("a comma or the end of an array")
		}
	}
	if into.Kind() == reflect.Array {
		for ; count < into.Len(); count++ {
			into.Index(count).SetZero()
		}
	}
	return nil
}

func (r *reader) setText(into reflect.Value) error {
	text, err := r.text()
	switch {
	case err != nil:
		return err
	case !into.IsValid():
	case into.Kind() == reflect.String:
		into.SetString(text)
	case isBytes(into.Type()):
		contents, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return errors.New("json: " + err.Error())
		}
		into.SetBytes(contents)
	default:
		return mismatch("string", into)
	}
	return nil
}

func (r *reader) setBool(into reflect.Value, value bool) error {
	if into.Kind() == reflect.Bool {
		into.SetBool(value)
	} else if into.IsValid() {
		return mismatch("bool", into)
	}
	return r.word(strconv.FormatBool(value))
}

func (r *reader) setNumber(into reflect.Value) error {
	text, isInteger, err := r.number()
	if err != nil || !into.IsValid() {
		return err
	}
	switch {
	case into.CanInt() && isInteger:
		var number int64
		number, err = strconv.ParseInt(text, 10, into.Type().Bits())
		into.SetInt(number)
	case into.CanUint() && isInteger:
		var number uint64
		number, err = strconv.ParseUint(text, 10, into.Type().Bits())
		into.SetUint(number)
	case into.CanFloat():
		var number float64
		number, err = strconv.ParseFloat(text, into.Type().Bits())
		into.SetFloat(number)
	default:
		return mismatch("number "+text, into)
	}
	if err != nil {
		return mismatch("number "+text, into)
	}
	return nil
}

func mismatch(found string, into reflect.Value) error {
	return errors.New("json: cannot read " + found + " into a Go value of type " + into.Type().String())
}
