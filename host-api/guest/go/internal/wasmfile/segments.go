package wasmfile

import (
	"errors"
	"slices"
)

const (
	opI32Const = 0x41
	opEnd      = 0x0b
	// gapBytes is how many zeros between two segments are cheaper to have than another segment.
	gapBytes = 256
)

type segment struct {
	offset   int
	contents []byte
}

// join makes one segment of those that are near each other.
func join(segments []segment) []segment {
	slices.SortFunc(segments, func(a, b segment) int { return a.offset - b.offset })
	var joined []segment
	for _, next := range segments {
		if len(joined) > 0 {
			last := &joined[len(joined)-1]
			if gap := next.offset - last.offset - len(last.contents); gap >= 0 && gap <= gapBytes {
				last.contents = append(last.contents, make([]byte, gap)...)
				last.contents = append(last.contents, next.contents...)
				continue
			}
		}
		joined = append(joined, segment{next.offset, slices.Clone(next.contents)})
	}
	return joined
}

// encode writes the body of a data section.
func encode(segments []segment) []byte {
	body := appendUnsigned(nil, len(segments))
	for _, segment := range segments {
		body = append(body, 0, opI32Const)
		body = append(appendSigned(body, segment.offset), opEnd)
		body = append(appendUnsigned(body, len(segment.contents)), segment.contents...)
	}
	return body
}

// segments reads the body of a data section, in the one form that the toolchain writes.
func (r *reader) segments() []segment {
	segments := make([]segment, r.unsigned())
	for i := range segments {
		memory, constant := r.byte(), r.byte()
		segments[i].offset = r.signed()
		if memory != 0 || constant != opI32Const || r.byte() != opEnd {
			r.err = errors.New("a data segment without a constant offset")
			return nil
		}
		segments[i].contents = r.bytes(r.unsigned())
	}
	return segments
}
