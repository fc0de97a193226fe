// Package wasmfile completes modules that the Go toolchain has made.
package wasmfile

import (
	"bytes"
	"errors"
)

const (
	headerBytes   = 8
	sectionCustom = 0
	sectionData   = 11

	// functionsSection is where tools look for the contract's functions.
	functionsSection = "fabric:chaincode/functions"
	// buildIDSection is different in every build.
	buildIDSection = "go:buildid"
)

// Complete adds the list of functions to a module, and joins its data segments: the toolchain makes one of everything between
// two runs of zeros, more than peers take, each with a cost when an instance starts.
func Complete(module []byte, functions string) ([]byte, error) {
	if !bytes.HasPrefix(module, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, errors.New("not a core module")
	}
	completed := bytes.Clone(module[:headerBytes])
	in := reader{rest: module[headerBytes:]}
	for len(in.rest) > 0 && in.err == nil {
		id := in.byte()
		body := in.bytes(in.unsigned())
		name := reader{rest: body}
		switch {
		case id == sectionCustom && string(name.bytes(name.unsigned())) == buildIDSection:
			continue
		case id == sectionData:
			segments := reader{rest: body}
			joined := join(segments.segments())
			if in.err = segments.err; in.err == nil {
				completed = appendSection(completed, id, encode(joined))
			}
		default:
			completed = appendSection(completed, id, body)
		}
	}
	list := append(appendName(nil, functionsSection), functions...)
	return appendSection(completed, sectionCustom, list), in.err
}

func appendSection(module []byte, id byte, body []byte) []byte {
	module = appendUnsigned(append(module, id), len(body))
	return append(module, body...)
}

func appendName(to []byte, name string) []byte {
	return append(appendUnsigned(to, len(name)), name...)
}
