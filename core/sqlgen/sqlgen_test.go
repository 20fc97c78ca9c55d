package sqlgen_test

import (
	"testing"

	"github.com/pergola-dev/pergola/core/policy"
	"github.com/pergola-dev/pergola/core/sqlgen"
)

func TestCompileRefusesUnguardedPlans(t *testing.T) {
	if s, err := sqlgen.Compile(policy.Guarded{}, sqlgen.Target{}); err == nil {
		t.Errorf("the zero value became %q", s.SQL)
	}
}
