package rest_test

import (
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/pergola-dev/pergola/core/api/rest"
)

// FuzzDocument compares the glance over a body with what decoding it tells.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":[{"c":2}]}`, `[{"a":1},{"a":2}]`, `[{"a":1},{"b":2}]`, `[1,{"a":"}"}]`, `[]`, `"x"`, `[{"\u0061":1},{"a":"\\\""}]`,
		`[{"a":1,"b":2},{"b":1,"a":2}]`, ` [ { } , { } ] `, `[{},{"a":null}]`, `[{"a":{"b":[1,"]"]}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) || !utf8.Valid(raw) {
			return
		}
		keys, alike := rest.Keys(raw)
		wantKeys, wantAlike := decodedKeys(raw)
		slices.Sort(keys)
		if !slices.Equal(keys, wantKeys) || alike != wantAlike {
			t.Errorf("%s: got %q, %t; decoding gives %q, %t", raw, keys, alike, wantKeys, wantAlike)
		}
	})
}

// decodedKeys are the keys of the first object, sorted, and whether every element has the same ones.
func decodedKeys(raw []byte) ([]string, bool) {
	var value any
	_ = json.Unmarshal(raw, &value) // it is valid
	switch value := value.(type) {
	case map[string]any:
		return sortedKeys(value), true
	case []any:
		return elementKeys(value)
	}
	return nil, true
}

func elementKeys(elements []any) (first []string, alike bool) {
	alike = true
	for i, e := range elements {
		object, ok := e.(map[string]any)
		keys := sortedKeys(object)
		if i == 0 {
			first = keys
		}
		alike = alike && ok && slices.Equal(keys, first)
	}
	return first, alike
}

func sortedKeys(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
