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
	names := []string{"to", "by"}
	for expected, handler := range map[string]any{
		"submit Move(to: []byte, by: int64)":           func(TransactionContextInterface, []byte, int64) error { return nil },
		"submit Move(to: []byte, by: int64) -> uint32": func(TransactionContextInterface, []byte, int64) uint32 { return 0 },
		"submit Move(to: []byte, by: int64) -> []byte": func(TransactionContextInterface, []byte, int64) ([]byte, error) { return nil, nil },
	} {
		if line, err := (&function{"submit", "Move", handler, names}).declaration(); err != nil || line != expected {
			t.Errorf("%s, %v", line, err)
		}
	}
}
