package json

import (
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// reader reads the tokens of a text, whose UTF-8 is valid.
type reader struct {
	data []byte
	at   int
}

func (r *reader) unexpected(expected string) error {
	return errors.New("json: expected " + expected + " at offset " + strconv.Itoa(r.at))
}

func (r *reader) skipSpace() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// peek returns the first byte of the next token, 0 at the end.
func (r *reader) peek() byte {
	r.skipSpace()
	if r.at == len(r.data) {
		return 0
	}
	return r.data[r.at]
}

// take moves past a byte if it is the next token.
func (r *reader) take(expected byte) bool {
	if r.peek() != expected {
		return false
	}
	r.at++
	return true
}

// word moves past one of null, true and false.
func (r *reader) word(expected string) error {
	end := r.at + len(expected)
	if end > len(r.data) || string(r.data[r.at:end]) != expected {
		return r.unexpected(expected)
	}
	r.at = end
	return nil
}

// number returns the text of a number, and whether it is one without fraction and exponent.
func (r *reader) number() (text string, isInteger bool, err error) {
	begin := r.at
	if r.at < len(r.data) && r.data[r.at] == '-' {
		r.at++
	}
	first := r.at
	if count := r.digits(); count == 0 || count > 1 && r.data[first] == '0' {
		return "", false, r.unexpected("a number")
	}
	isInteger = true
	if r.at < len(r.data) && r.data[r.at] == '.' {
		r.at++
		isInteger = false
		if r.digits() == 0 {
			return "", false, r.unexpected("a digit")
		}
	}
	if r.at < len(r.data) && (r.data[r.at] == 'e' || r.data[r.at] == 'E') {
		r.at++
		isInteger = false
		if r.at < len(r.data) && (r.data[r.at] == '+' || r.data[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			return "", false, r.unexpected("a digit")
		}
	}
	return string(r.data[begin:r.at]), isInteger, nil
}

func (r *reader) digits() int {
	begin := r.at
	for r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9' {
		r.at++
	}
	return r.at - begin
}

func (r *reader) text() (string, error) {
	if !r.take('"') {
		return "", r.unexpected("a string")
	}
	var text []byte
	for r.at < len(r.data) {
		char := r.data[r.at]
		switch {
		case char == '"':
			r.at++
			return string(text), nil
		case char == '\\':
			unescaped, err := r.escape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, unescaped)
		case char < ' ':
			return "", r.unexpected("no control character")
		default:
			r.at++
			text = append(text, char)
		}
	}
	return "", r.unexpected("the end of a string")
}

func (r *reader) escape() (rune, error) {
	if r.at+1 >= len(r.data) {
		return 0, r.unexpected("an escape")
	}
	kind := r.data[r.at+1]
	if kind == 'u' {
		return r.unicode()
	}
	r.at += 2
	switch kind {
	case '"', '\\', '/':
		return rune(kind), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	}
	return 0, r.unexpected("an escape")
}

// unicode reads \uXXXX, and a second one when both make a surrogate pair. Half a pair becomes U+FFFD.
func (r *reader) unicode() (rune, error) {
	char, err := r.unit()
	if err != nil || !utf16.IsSurrogate(char) {
		return char, err
	}
	second := *r
	low, err := second.unit()
	pair := utf16.DecodeRune(char, low)
	if err == nil && pair != utf8.RuneError {
		*r = second
	}
	return pair, nil
}

func (r *reader) unit() (rune, error) {
	end := r.at + len(`\uXXXX`)
	if end > len(r.data) || string(r.data[r.at:r.at+2]) != `\u` {
		return 0, r.unexpected("an escape")
	}
	unit, err := strconv.ParseUint(string(r.data[r.at+2:end]), 16, 16)
	if err != nil {
		return 0, r.unexpected("four hexadecimal digits")
	}
	r.at = end
	return rune(unit), nil
}
