package schema

import (
	"context"
	"fmt"
	"strconv"
)

// UpstreamLevel is GoTrue's migration that the tables of auth are at.
const UpstreamLevel = "20260625000000"

// State is how far a database's auth schema has got.
type State struct {
	Version  int    // the newest of our migrations; 0 for none
	Upstream string // the newest in GoTrue's ledger; "" for none
}

const (
	tableSQL = `
select 1
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`

	// Versions are digits: the longer one is the newer one.
	upstreamSQL = `select version from auth.schema_migrations order by length(version) desc, version desc limit 1`
	versionSQL  = `select version from auth_internal.migrations order by version desc limit 1`
)

// Level reads the state of the database, and changes nothing.
func Level(ctx context.Context, conn Conn) (State, error) {
	version, err := newest(ctx, conn, "auth_internal", "migrations", versionSQL)
	if err != nil {
		return State{}, fmt.Errorf("reading the ledger of the auth schema: %w", err)
	}
	upstream, err := newest(ctx, conn, "auth", "schema_migrations", upstreamSQL)
	if err != nil {
		return State{}, fmt.Errorf("reading GoTrue's ledger: %w", err)
	}
	if version == "" {
		version = "0"
	}
	n, err := strconv.Atoi(version)
	return State{Version: n, Upstream: upstream}, err
}

// newest gives the one value of a query of a ledger; "" where the ledger is empty or missing.
func newest(ctx context.Context, conn Conn, schema, table, sql string) (string, error) {
	found, err := conn.Rows(ctx, tableSQL, schema, table)
	if err != nil || len(found) == 0 {
		return "", err
	}
	rows, err := conn.Rows(ctx, sql)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0][0], nil
}

// Current reports whether Apply would have nothing to do.
func (s State) Current() bool { return s.Version == newestVersion() }

// Newer gives a *NewerError where the database is ahead of this program, in either ledger.
func (s State) Newer() error {
	known := newestVersion()
	switch {
	case s.Version > known:
		return &NewerError{Ledger: "auth_internal.migrations", Found: strconv.Itoa(s.Version), Known: strconv.Itoa(known)}
	case newerUpstream(s.Upstream):
		return &NewerError{Ledger: "auth.schema_migrations", Found: s.Upstream, Known: UpstreamLevel}
	default:
		return nil
	}
}

func newerUpstream(version string) bool {
	if len(version) != len(UpstreamLevel) {
		return len(version) > len(UpstreamLevel)
	}
	return version > UpstreamLevel
}

// newestVersion is the same for every dialect.
func newestVersion() int {
	all := Migrations(PostgreSQL)
	return all[len(all)-1].Version
}

// NewerError says that a database was migrated by something newer than this program.
type NewerError struct {
	Ledger string // the table that says so
	Found  string // its newest version
	Known  string // the newest version that this program knows
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the database's auth schema is newer than this program: %s is at %s, and %s is the newest version "+
		"that is known here; use a newer Pergola", e.Ledger, e.Found, e.Known)
}
