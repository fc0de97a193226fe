package contractapi

import (
	"errors"
	"testing"
)

type point struct{ X, Y int }

func contract() *Contract {
	c := new(Contract)
	c.Submit("Nothing", func(TransactionContextInterface) {})
	c.Submit("Fail", func(TransactionContextInterface) (string, error) { return "", errors.New("failed") })
	c.Evaluate("Bytes", func(_ TransactionContextInterface, a []byte) []byte { return a }, "a")
	c.Evaluate("Text", func(_ TransactionContextInterface, a string) string { return a }, "a")
	c.Evaluate("Small", func(_ TransactionContextInterface, a int8) int8 { return a }, "a")
	c.Evaluate("Natural", func(_ *TransactionContext, a uint64) (uint64, error) { return a, nil }, "a")
	c.Evaluate("Float", func(_ TransactionContextInterface, a float64) float64 { return a }, "a")
	c.Evaluate("Yes", func(_ TransactionContextInterface, a bool) bool { return a }, "a")
	c.Evaluate("Point", func(_ TransactionContextInterface, a point) *point { return &a }, "a")
	return c
}

func TestCalls(t *testing.T) {
	wrong := func(shown, kind string) string {
		return "Error managing parameter a. Cannot convert passed value " + shown + " to " + kind
	}
	for _, check := range []struct{ function, arg, payload, err string }{
		{"Bytes", "\xff", "\xff", ""},
		{"Text", "\xff", "", "Error managing parameter a. Passed value is not valid UTF-8"},
		{"Text", "ü", "ü", ""},
		{"Small", "+07", "7", ""},
		{"Small", "-128", "-128", ""},
		{"Small", "128", "", wrong("128", "integer")},
		{"Small", "", "", wrong("", "integer")},
		{"Natural", "+18446744073709551615", "18446744073709551615", ""},
		{"Natural", "++1", "", wrong("++1", "integer")},
		{"Natural", "-1", "", wrong("-1", "integer")},
		{"Float", "2.50", "2.5", ""},
		{"Float", "1e400", "inf", ""},
		{"Float", "0x1p3", "", wrong("0x1p3", "number")},
		{"Yes", "true", "true", ""},
		{"Yes", "1", "", wrong("1", "boolean")},
		{"Point", `{"Y":2}`, `{"X":0,"Y":2}`, ""},
		{"Point", "[", "", wrong("[", "JSON")},
		{"Fail", "", "", "Incorrect number of params. Expected 0, received 1"},
		{"Missing", "", "", "Function Missing not found in contract"},
	} {
		payload, err := call(contract(), new(TransactionContext), check.function, [][]byte{[]byte(check.arg)})
		if string(payload) != check.payload || (err == nil) != (check.err == "") || err != nil && err.Error() != check.err {
			t.Errorf("%+v: %q, %v", check, payload, err)
		}
	}
}

func TestResults(t *testing.T) {
	if payload, err := call(contract(), new(TransactionContext), "Nothing", nil); payload != nil || err != nil {
		t.Errorf("%q, %v", payload, err)
	}
	if _, err := call(contract(), new(TransactionContext), "Fail", nil); err == nil || err.Error() != "failed" {
		t.Error(err)
	}
}
