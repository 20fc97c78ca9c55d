package policy_test

import (
	"errors"
	"testing"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/policy"
)

func TestGuard(t *testing.T) {
	p := plan.Plan{ReadOnly: true, Action: plan.Read{Select: &plan.Select{}}}
	g, err := policy.Guard(p, identity.Anonymous("anon"))
	if err != nil {
		t.Fatal(err)
	}
	got, ok := g.Plan()
	if !ok || !got.ReadOnly || g.Role() != "anon" {
		t.Errorf("got %+v, %t, role %q", got, ok, g.Role())
	}
}

func TestGuardRefusesNobody(t *testing.T) {
	_, err := policy.Guard(plan.Plan{}, identity.Principal{})
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != fault.Unauthenticated {
		t.Errorf("a caller without a role: got %v", err)
	}
}

func TestZeroValueHoldsNoPlan(t *testing.T) {
	if _, ok := (policy.Guarded{}).Plan(); ok {
		t.Error("the zero value may run")
	}
}
