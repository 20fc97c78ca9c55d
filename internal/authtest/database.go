package authtest

import (
	"context"
	"os"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/dsqlproxy"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// dsqlVariable makes New's databases behave as Aurora DSQL does: they have its tables, what DSQL refuses is refused, and every
// fifth commit loses a race. scripts/test.sh runs the Auth service's tests once with it and once without.
const dsqlVariable = "PERGOLA_TEST_DSQL"

// conflictEvery is how many commits there are to one that loses a race.
const conflictEvery = 5

// OnDSQL reports whether New's databases behave as Aurora DSQL does.
func OnDSQL() bool { return os.Getenv(dsqlVariable) != "" }

// New gives a database of the test's own with the API's roles and the tables of the Auth service, and a pool of connections
// to it as the role that owns them. Both end with the test.
func New(t testing.TB) (*pgtest.DB, *pg.DB) {
	t.Helper()
	if OnDSQL() {
		return NewDSQL(t)
	}
	target := pgtest.NewFrom(t, "auth", func(pattern *pgtest.DB) {
		pattern.Supabase()
		Apply(t, pattern.URL())
	})
	return target, open(t, target.URL())
}

// NewDSQL is New on a database that behaves as Aurora DSQL does, whatever the others do.
func NewDSQL(t testing.TB) (*pgtest.DB, *pg.DB) {
	t.Helper()
	target := pgtest.NewFrom(t, "dsql", func(pattern *pgtest.DB) {
		pattern.Supabase()
		pattern.Exec(`
			create schema sys;
			create table sys.jobs (job_id text, status text)`) // by which schema.Detect knows it
		Apply(t, behindDSQL(t, pattern))
	})
	return target, open(t, behindDSQL(t, target))
}

// behindDSQL puts the rules of DSQL in front of a database, and gives the URL to use. A statement that was refused fails the
// test, whatever became of the error.
func behindDSQL(t testing.TB, target *pgtest.DB) string {
	t.Helper()
	p := dsqlproxy.New(t, target.URL(), dsqlproxy.Options{ConflictEvery: conflictEvery})
	t.Cleanup(func() {
		if refused := p.Refused(); len(refused) > 0 {
			t.Errorf("refused was %q", refused)
		}
	})
	return p.URL()
}

func open(t testing.TB, url string) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), config.Database{URL: config.Secret(url), PoolSize: 8, Prepared: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	return db
}

// Apply makes the tables of the Auth service in the database that a URL leads to.
func Apply(t testing.TB, url string) {
	t.Helper()
	conn, err := pg.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := schema.Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
}
