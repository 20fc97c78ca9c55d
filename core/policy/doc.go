// Package policy stands between what is asked and what may run: it turns a plan.Plan into a Guarded one, and nothing else
// can.
//
// In the mode rls the database decides: Guard makes sure that there is a role to decide about, and leaves every node to
// grants and row-level security. Predicates of policies will be put on every node of the tree here.
package policy
