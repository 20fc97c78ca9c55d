package stmt_test

import (
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/stmt"
)

// FuzzQuoteName demands that no name can leave its quotes: inside of them every quote is doubled.
func FuzzQuoteName(f *testing.F) {
	for _, seed := range []string{"films", `a"b`, `"; drop table x --`, "\x00", `""`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		q := stmt.QuoteName(name)
		inner, ok := strings.CutPrefix(q, `"`)
		inner, closed := strings.CutSuffix(inner, `"`)
		if !ok || !closed || strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) || strings.Contains(q, "\x00") {
			t.Errorf("%q became %s", name, q)
		}
		if want := strings.ReplaceAll(name, "\x00", ""); strings.ReplaceAll(inner, `""`, `"`) != want {
			t.Errorf("%q became %s, which names something else", name, q)
		}
	})
}
