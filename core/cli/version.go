package cli

import (
	"context"
	"fmt"
	"runtime"
)

// runVersion prints the version of the program and of what it was built with.
func runVersion(_ context.Context, args []string, io IO) error {
	f := newFlags("version", "Prints the version.")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	_, err := fmt.Fprintf(io.Stdout, "pergola %s (%s, %s/%s)\n", io.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
