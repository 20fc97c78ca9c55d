package cli

import "runtime/debug"

// The shares of the live heap that the runtime lets pile up as garbage before it collects: its default, and a server's.
const (
	defaultGarbage = 100
	serverGarbage  = 200
)

// letGarbagePile makes the collector of a server run half as often. What is live of a small schema is 2 MiB, so that this
// takes 4 MiB of memory and saves a twentieth of the processor. Whoever has set GOGC is left alone.
func letGarbagePile() {
	if before := debug.SetGCPercent(serverGarbage); before != defaultGarbage {
		debug.SetGCPercent(before)
	}
}
