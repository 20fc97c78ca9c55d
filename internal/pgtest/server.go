package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/internal/localpg"
)

// server is where databases are made: a server of ours, or one that is given.
type server struct {
	given    *url.URL // of PERGOLA_TEST_DATABASE_URL; nil for a server of ours
	private  bool     // belongs to one test
	options  localpg.Options
	process  *localpg.Server // nil while a server of ours is stopped
	strategy string          // how a database is copied, as a clause of "create database"
	made     atomic.Int64
	patterns patterns
}

// shared is the server of this test binary: a test kit has no other place that outlives a test.
var shared struct {
	once    sync.Once
	server  *server
	err     error
	skipped atomic.Int64
}

// Main runs the tests of a package, stops the server that they used, and exits.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for a package that has more to do: it gives the exit code.
func Run(m *testing.M) int {
	code := m.Run()
	switch s := shared.server; {
	case s == nil:
	case s.given == nil:
		s.stop()
		_ = os.RemoveAll(s.options.Dir)
	default:
		s.dropPatterns()
	}
	if n := shared.skipped.Load(); n > 0 {
		fmt.Fprintf(os.Stderr, "pgtest: %d tests were skipped: %v\n", n, shared.err)
	}
	return code
}

func sharedServer(t testing.TB) *server {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = givenOrNew() })
	requireServer(t, shared.err)
	return shared.server
}

func givenOrNew() (*server, error) {
	given := os.Getenv("PERGOLA_TEST_DATABASE_URL")
	if given == "" {
		return newServer(localpg.SmallTables())
	}
	u, err := url.Parse(given)
	if err != nil {
		return nil, errors.New("PERGOLA_TEST_DATABASE_URL is not a connection URI")
	}
	return &server{given: u}, nil
}

// ownServer is a server with PostgreSQL's own settings, apart from those that trade safety for speed.
func ownServer(t testing.TB) *server {
	t.Helper()
	s, err := newServer(nil)
	requireServer(t, err)
	s.private = true
	t.Cleanup(func() {
		s.stop()
		_ = os.RemoveAll(s.options.Dir)
	})
	return s
}

// requireServer skips the test where there are no server programs, unless a skipped test would go unnoticed.
func requireServer(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, localpg.ErrNoPrograms) && os.Getenv("CI") != "true":
		shared.skipped.Add(1)
		t.Skipf("no database to test with: %v", err)
	default:
		t.Fatalf("pgtest: no database to test with: %v", err)
	}
}

// newServer starts a server on a fresh copy of the template.
func newServer(settings map[string]string) (*server, error) {
	options, err := fromTemplate()
	if err != nil {
		return nil, err
	}
	options.Settings = settings
	s := &server{options: options}
	if err := s.start(); err != nil {
		_ = os.RemoveAll(options.Dir)
		return nil, err
	}
	s.strategy, err = s.cheapestStrategy()
	return s, err
}

// cheapestStrategy copies files rather than logging every page, where the version gives the choice: nothing here is
// flushed, so the checkpoints that this asks for are cheap.
func (s *server) cheapestStrategy() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	strategy := ""
	err := connected(ctx, s.url("postgres").String(), func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `
			select case when current_setting('server_version_num')::int >= 150000 then ' strategy file_copy' else '' end
		`).Scan(&strategy)
	})
	return strategy, err
}

func (s *server) start() error {
	process, err := localpg.Start(context.Background(), s.options)
	if err != nil {
		return err
	}
	s.process = process
	s.options.Port = process.Port() // kept over a stop and a start
	return nil
}

func (s *server) stop() {
	if s.process == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.process.Stop(ctx)
	s.process = nil
}

// url is a superuser's connection URI to a database, which the caller may change.
func (s *server) url(database string) *url.URL {
	if s.given != nil {
		u := *s.given
		u.Path = "/" + database
		return &u
	}
	return &url.URL{
		Scheme: "postgresql", User: url.User(localpg.Superuser), Path: "/" + database, RawQuery: "sslmode=disable",
		Host: fmt.Sprintf("127.0.0.1:%d", s.options.Port),
	}
}

// nextName is a database name that no other test on the same server uses.
func (s *server) nextName() string { return fmt.Sprintf("pgtest_%d_%d", os.Getpid(), s.made.Add(1)) }
