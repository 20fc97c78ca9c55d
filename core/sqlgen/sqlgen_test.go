package sqlgen_test

import (
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/policy"
	"github.com/pergola-dev/pergola/core/sqlgen"
)

func TestCompileRefusesUnguardedPlans(t *testing.T) {
	if s, err := sqlgen.Compile(policy.Guarded{}, sqlgen.Target{}); err == nil {
		t.Errorf("the zero value became %q", s.SQL)
	}
}

// FuzzQuoteIdent demands that no name can leave its quotes: inside of them every quote is doubled.
func FuzzQuoteIdent(f *testing.F) {
	for _, seed := range []string{"films", `a"b`, `"; drop table x --`, "\x00", `""`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		q := sqlgen.QuoteIdent(name)
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
