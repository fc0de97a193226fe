package wasmfile

import "errors"

var errTruncated = errors.New("the file is truncated")

// reader reads the parts of a module. After an error everything is zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) byte() byte {
	taken := r.bytes(1)
	if len(taken) == 0 {
		return 0
	}
	return taken[0]
}

func (r *reader) bytes(count int) []byte {
	if r.err == nil && count > len(r.rest) {
		r.err = errTruncated
	}
	if r.err != nil {
		r.rest = nil
		return nil
	}
	taken := r.rest[:count]
	r.rest = r.rest[count:]
	return taken
}

func (r *reader) leb128() (value, bits int, last byte) {
	for bits < 35 {
		last = r.byte()
		value |= int(last&0x7f) << bits
		bits += 7
		if last&0x80 == 0 {
			return value, bits, last
		}
	}
	r.err = errors.New("a number of more than 32 bits")
	return 0, bits, 0
}

func (r *reader) unsigned() int {
	value, _, _ := r.leb128()
	return value
}

func (r *reader) signed() int {
	value, bits, last := r.leb128()
	if last&0x40 != 0 {
		value -= 1 << bits
	}
	return value
}

func appendUnsigned(to []byte, value int) []byte {
	for ; value > 0x7f; value >>= 7 {
		to = append(to, byte(value)|0x80)
	}
	return append(to, byte(value))
}

func appendSigned(to []byte, value int) []byte {
	for ; value < -0x40 || value > 0x3f; value >>= 7 {
		to = append(to, byte(value)|0x80)
	}
	return append(to, byte(value)&0x7f)
}
