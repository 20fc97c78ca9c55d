package authtest

import (
	"context"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// New gives a database of the test's own with the API's roles and the tables of the Auth service, and a pool of connections
// to it as the role that owns them. Both end with the test.
func New(t testing.TB) (*pgtest.DB, *pg.DB) {
	t.Helper()
	target := pgtest.New(t)
	target.Supabase()
	Apply(t, target.URL())
	db, err := pg.Open(t.Context(), config.Database{URL: config.Secret(target.URL()), PoolSize: 8, Prepared: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	return target, db
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
