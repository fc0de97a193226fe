package wasmfile

import (
	"bytes"
	"testing"
)

const header = "\x00asm\x01\x00\x00\x00"

func TestSegmentsAreJoined(t *testing.T) {
	far := 70_000
	body := encode([]segment{{far, []byte{4}}, {16, []byte{1, 2}}, {20, []byte{3}}})
	module := appendSection([]byte(header), sectionCustom, append(appendName(nil, buildIDSection), "id"...))
	module = appendSection(module, sectionData, body)
	completed, err := Complete(module, "submit F()\n")
	if err != nil {
		t.Fatal(err)
	}
	expected := appendSection([]byte(header), sectionData, encode([]segment{{16, []byte{1, 2, 0, 0, 3}}, {far, []byte{4}}}))
	expected = appendSection(expected, sectionCustom, append(appendName(nil, functionsSection), "submit F()\n"...))
	if !bytes.Equal(completed, expected) {
		t.Errorf("%q", completed)
	}
}

func TestBrokenModulesAreRefused(t *testing.T) {
	module := appendSection([]byte(header), sectionData, encode([]segment{{16, []byte{1, 2}}}))
	for length := range module {
		if _, err := Complete(module[:length], ""); err == nil && length > len(header) {
			t.Errorf("%d bytes were accepted", length)
		}
	}
	if _, err := Complete(appendSection([]byte(header), sectionData, []byte{1, 1, 0}), ""); err == nil {
		t.Error("a passive segment was accepted")
	}
}
