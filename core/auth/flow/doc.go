// Package flow is what the Auth service does: a sign-in, the refresh of a session, a sign-out. It knows neither HTTP nor SQL:
// routes call it, and it calls the store, the keys and the clock, each through an interface that it declares itself.
//
// A flow reads with one statement and writes with another, which carries the line of the audit log along. What it decides in
// between may have changed when it writes; statements that depend on it say so in their conditions, and a flow that lost the
// race looks again. Nothing is kept in memory from one call to the next.
package flow
