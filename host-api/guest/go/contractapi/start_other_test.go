//go:build !wasip1

package contractapi

import "testing"

func TestWrongRegistrationsAreFound(t *testing.T) {
	for name, wrong := range map[string]function{
		"no function":   {handler: "f"},
		"no context":    {handler: func(string) {}},
		"variadic":      {handler: func(TransactionContextInterface, ...string) {}},
		"names missing": {handler: func(TransactionContextInterface, string) {}},
		"two values":    {handler: func(TransactionContextInterface) (string, string) { return "", "" }},
	} {
		if line, err := wrong.declaration(); err == nil {
			t.Errorf("%s: %s", name, line)
		}
	}
	right := function{"submit", "Move", func(TransactionContextInterface, []byte, int64) error { return nil }, []string{"to", "by"}}
	if line, err := right.declaration(); err != nil || line != "submit Move(to: []byte, by: int64)" {
		t.Errorf("%s, %v", line, err)
	}
}
