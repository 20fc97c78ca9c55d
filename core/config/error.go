package config

import (
	"fmt"
	"strings"
)

// Fault is one bad setting.
type Fault struct {
	Setting string // the variable's name
	Problem string // what is wrong with it and what to do, without the value of a secret
}

// Error is everything that is wrong with the settings, in the order of the settings' documentation, unknown names last.
type Error struct{ Faults []Fault }

// Error lists every fault on a line of its own.
func (e *Error) Error() string {
	var b strings.Builder
	if n := len(e.Faults); n == 1 {
		b.WriteString("a setting is wrong:")
	} else {
		fmt.Fprintf(&b, "%d settings are wrong:", n)
	}
	for _, f := range e.Faults {
		fmt.Fprintf(&b, "\n  %s: %s", f.Setting, f.Problem)
	}
	return b.String()
}
