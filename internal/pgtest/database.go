package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/cli/setup"
)

// Password is that of the role authenticator after Supabase, and the one that URLAs sends for every role. A server of
// ours lets roles in whatever they send; on a server of PERGOLA_TEST_DATABASE_URL a login role has to have it.
const Password = "pgtest"

// Channel is where Supabase's trigger reports schema changes.
const Channel = "pgrst"

// patience bounds everything that a test waits for here.
const patience = 30 * time.Second

// DB is a database that belongs to one test.
type DB struct {
	t      testing.TB
	server *server
	name   string
}

// New gives a fresh, empty database on the server that the tests of this binary share. It is dropped when the test ends,
// whoever is still connected.
func New(t testing.TB) *DB {
	t.Helper()
	return newDB(t, sharedServer(t), "template0")
}

// NewFrom is New with a database in which something has been made already: prepare makes it, once for all tests of this
// binary that give the same name, in a database that is copied from then on. prepare must leave nobody connected.
func NewFrom(t testing.TB, name string, prepare func(*DB)) *DB {
	t.Helper()
	s := sharedServer(t)
	return newDB(t, s, s.pattern(t, name, prepare))
}

// NewServer gives a fresh database on a server that belongs to this test alone, for tests that stop it. It takes a
// quarter of a second; New takes a tenth of that.
func NewServer(t testing.TB) *DB {
	t.Helper()
	return newDB(t, ownServer(t), "template0")
}

func newDB(t testing.TB, s *server, template string) *DB {
	t.Helper()
	db := &DB{t: t, server: s, name: s.nextName()}
	db.admin("create database " + db.name + " template " + template + s.strategy)
	t.Cleanup(func() {
		if !s.private { // a private server goes as a whole
			db.admin("drop database if exists " + db.name + " with (force)")
		}
	})
	return db
}

// URL is a connection URI for a superuser.
func (db *DB) URL() string { return db.server.url(db.name).String() }

// URLAs is a connection URI for another login role. The role need not exist yet.
func (db *DB) URLAs(role string) string {
	u := db.server.url(db.name)
	u.User = url.UserPassword(role, Password)
	return u.String()
}

// Exec runs one or more SQL statements as superuser, and fails the test when one fails.
func (db *DB) Exec(sql string) {
	db.t.Helper()
	db.do(db.URL(), func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

// Value runs a query as superuser and gives the first column of its first row as text; "" for null. It fails the test
// when there is no row.
func (db *DB) Value(sql string, args ...any) string {
	db.t.Helper()
	var value *string
	db.do(db.URL(), func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "select (select q.x from ("+sql+") as q(x) limit 1)::text", args...).Scan(&value)
	})
	if value == nil {
		return ""
	}
	return *value
}

// Supabase gives the database what `pergola dev` gives its own: the roles anon, authenticated, service_role and
// authenticator (which logs in), the auth functions, privileges, and the trigger that reports schema changes. Roles belong
// to the whole server, so they outlive the test.
func (db *DB) Supabase() {
	db.t.Helper()
	db.do(db.server.url("postgres").String(), func(ctx context.Context, admin *pgx.Conn) error {
		// Two tests must not make the same roles at the same time.
		if _, err := admin.Exec(ctx, "select pg_advisory_lock(hashtext('pergola.pgtest.supabase'))"); err != nil {
			return err
		}
		db.do(db.URL(), addMissing)
		return nil
	})
}

func addMissing(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, setup.Missing())
	if err != nil {
		return err
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	vars := setup.Vars{Password: Password, Channel: Channel}
	script := setup.Add(missing, vars) + setup.SetPassword(vars) + setup.AddTrigger(vars)
	_, err = conn.Exec(ctx, script, pgx.QueryExecModeSimpleProtocol)
	return err
}

// Stop takes the whole server down, cutting every session. Only for a database of NewServer.
func (db *DB) Stop() {
	db.t.Helper()
	if !db.server.private {
		db.t.Fatal("pgtest: Stop needs a database of NewServer: other tests use this one")
	}
	db.server.stop()
}

// Start brings the server back after Stop, on the same port and with the same data.
func (db *DB) Start() {
	db.t.Helper()
	if err := db.server.start(); err != nil {
		db.t.Fatalf("pgtest: starting the server again: %v", err)
	}
}

// admin runs SQL in the server's maintenance database.
func (db *DB) admin(sql string) {
	db.t.Helper()
	db.do(db.server.url("postgres").String(), func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql)
		return err
	})
}

// do runs work on a connection of its own, and fails the test when it fails.
func (db *DB) do(target string, work func(context.Context, *pgx.Conn) error) {
	db.t.Helper()
	// The context of a test is over when its cleanups run.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := connected(ctx, target, work); err != nil {
		db.t.Fatalf("pgtest: %v", err)
	}
}

func connected(ctx context.Context, target string, work func(context.Context, *pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, target)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	return work(ctx, conn)
}
