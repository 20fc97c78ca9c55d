package docs_test

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pergola-dev/pergola/core/cli"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// suite is the tests of this package, with their database server.
type suite struct{ m *testing.M }

func (s suite) Run() int { return pgtest.Run(s.m) }

// TestMain lets the commands of the manual run this test binary as the program pergola.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"pergola": program})
}

// program does what main does.
func program() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Run(ctx, os.Args[1:], cli.IO{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Version: "test",
	}))
}
