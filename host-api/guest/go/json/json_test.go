package json

import (
	"reflect"
	"testing"
)

type inner struct {
	Kind string `json:"kind"`
}

type sample struct {
	inner
	Text    string         `json:"text"`
	Number  int64          `json:"number"`
	Small   uint8          `json:"small"`
	Float   float64        `json:"float"`
	Yes     bool           `json:"yes"`
	Bytes   []byte         `json:"bytes"`
	List    []int          `json:"list"`
	Pointer *inner         `json:"pointer"`
	Map     map[string]int `json:"map"`
	Any     any            `json:"any"`
	Empty   string         `json:"empty,omitempty"`
	Hidden  string         `json:"-"`
}

const written = `{"kind":"k","text":"\"\\\b\t\n\f\r\u0001<é😀\u2028","number":-9223372036854775808,"small":255,"float":1e-7,` +
	`"yes":true,"bytes":"AQI=","list":[1,2],"pointer":{"kind":"p"},"map":{"a":1,"b":2},"any":[null,1.5,{"x":"y"}]}`

func value() sample {
	return sample{
		inner: inner{"k"}, Text: "\"\\\b\t\n\f\r\x01<é😀\u2028", Number: -1 << 63, Small: 255, Float: 1e-7, Yes: true,
		Bytes: []byte{1, 2}, List: []int{1, 2}, Pointer: &inner{"p"}, Map: map[string]int{"b": 2, "a": 1},
		Any: []any{nil, 1.5, map[string]any{"x": "y"}},
	}
}

func TestValuesAreWrittenAndReadBack(t *testing.T) {
	expected := `{"kind":"k","text":"\"\\\b\t\n\f\r\u0001<é😀` + "\u2028" + written[len(`{"kind":"k","text":"\"\\\b\t\n\f\r\u0001<é😀\u2028`):]
	found, err := Marshal(value())
	if err != nil || string(found) != expected {
		t.Fatalf("written: %s, %v", found, err)
	}
	for _, text := range []string{expected, written} {
		var read sample
		if err := Unmarshal([]byte(text), &read); err != nil || !reflect.DeepEqual(read, value()) {
			t.Fatalf("read: %+v, %v", read, err)
		}
	}
}

func TestWhatIsUnknownIsSkipped(t *testing.T) {
	read := sample{Text: "kept"}
	text := " { \"other\" : [ {\"a\": [true, null, -1.5e+3, \"\\ud83d\\ude00\"]} ], \"KIND\":\"k\" } \n"
	if err := Unmarshal([]byte(text), &read); err != nil || read.Kind != "k" || read.Text != "kept" {
		t.Fatalf("%+v, %v", read, err)
	}
}

func TestWrongTextsAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "{", "[1]", "null x", `{"a" 1}`, `{"a":1,}`, `{"text":1}`, `{"number":1.5}`, `{"number":01}`, `{"small":256}`, `{"small":-1}`,
		`{"text":"` + "\n" + `"}`, `{"text":"\x"}`, `{"text":"\u12"}`, `{"list":[1,]}`, `{"list":[1}`, `{"yes":tru}`, `{"bytes":"!"}`,
		"{\"text\":\"\xff\"}", `{"float":1.}`, `{"float":-}`,
	} {
		if err := Unmarshal([]byte(text), new(sample)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
