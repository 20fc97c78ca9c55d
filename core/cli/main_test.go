package cli_test

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

// TestMain lets the scripts and the tests run this test binary as the program pergola.
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

func TestScripts(t *testing.T) {
	empty, ready := pgtest.NewServer(t), pgtest.New(t)
	ready.Supabase()
	ready.Exec(`create table open_to_all (x int); create table protected (x int); alter table protected enable row level security`)
	keeping := pgtest.New(t)
	keeping.Supabase()
	keeping.Exec(`do $$ begin
		execute format('alter role authenticator in database %I set pgrst.db_schemas = public', current_database());
		execute format('alter role authenticator in database %I set pgrst.jwt_secret = "kept-in-the-database-and-thirty-two-bytes-long"',
			current_database()); end $$`)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("EMPTY_URL", empty.URL())
			env.Setenv("READY_URL", ready.URL())
			env.Setenv("KEEPING_URL", keeping.URLAs("authenticator"))
			return nil
		},
	})
}
