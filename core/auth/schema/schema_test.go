package schema_test

import (
	"context"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// connect opens a connection for the time of the test.
func connect(t *testing.T, url string) *pg.Conn {
	t.Helper()
	conn, err := pg.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// migrated gives a database with the API's roles and the schema, and a connection to it.
func migrated(t *testing.T) (*pgtest.DB, *pg.Conn) {
	t.Helper()
	db := pgtest.New(t)
	db.Supabase()
	conn := connect(t, db.URL())
	apply(t, conn)
	return db, conn
}

func apply(t *testing.T, conn schema.Conn) {
	t.Helper()
	if err := schema.Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, conn schema.Conn, sql string, args ...string) [][]string {
	t.Helper()
	rows, err := conn.Rows(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return rows
}

// column is the first column of a query's rows.
func column(t *testing.T, conn schema.Conn, sql string, args ...string) []string {
	t.Helper()
	var values []string
	for _, row := range query(t, conn, sql, args...) {
		values = append(values, row[0])
	}
	return values
}
