package policy

import (
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/plan"
)

// Guarded is a plan that may run for one caller. Only Guard makes one; the zero value holds no plan, and sqlgen refuses it.
type Guarded struct {
	plan plan.Plan
	role string
}

// Plan gives the plan; false for the zero value.
func (g Guarded) Plan() (plan.Plan, bool) { return g.plan, g.role != "" }

// Role is the database role that the plan runs as.
func (g Guarded) Role() string { return g.role }

// Guard decides whether and how far a caller may run a plan. It refuses a caller without a role, for nobody could decide
// about that one.
func Guard(p plan.Plan, who identity.Principal) (Guarded, error) {
	if who.Role == "" {
		return Guarded{}, fault.AnonymousDisabled()
	}
	return Guarded{plan: p, role: who.Role}, nil
}
