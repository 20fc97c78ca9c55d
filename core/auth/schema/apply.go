package schema

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/fault"
)

// Conn is the connection that the schema is made over. It is an interface because only pg talks to a database; pg.Conn
// is one.
type Conn interface {
	// Exec runs a statement as a transaction of its own.
	Exec(ctx context.Context, script string) error
	// Rows runs one query and gives its values as text. NULL reads as "".
	Rows(ctx context.Context, sql string, args ...string) ([][]string, error)
}

// ledgerSQL makes the place where applied migrations are written down. An adopted one was not run: GoTrue's tables were
// there.
var ledgerSQL = []string{
	`create schema if not exists auth_internal`,
	`create table if not exists auth_internal.migrations (
	   version integer primary key,
	   name text not null,
	   adopted boolean not null,
	   applied_at timestamptz not null default now()
	 )`,
}

const recordSQL = `
insert into auth_internal.migrations (version, name, adopted)
values ($1, $2, $3)
on conflict (version) do nothing`

// Apply brings the database to the newest version: it runs the migrations that its ledger does not have. On an up-to-date
// database it changes nothing. The connection must be that of the role that is to own the tables, which is the one that
// the service connects as, since row-level security lets nobody else in.
//
// It refuses, having changed nothing, with a *NewerError where the database is ahead of this program, and with a
// *MissingError where tables are in the way that are not what the service needs. After any other error it can be run
// again. Two runs at the same time do no harm, but one of them may fail.
func Apply(ctx context.Context, conn Conn) error {
	conn = retrying{conn}
	level, err := Level(ctx, conn)
	if err == nil {
		err = level.Newer()
	}
	if err != nil {
		return err
	}
	if level.Current() {
		return nil
	}
	adopt := level.Version == 0 && level.Upstream != ""
	if level.Version == 0 {
		if err := requireNeeded(ctx, conn, adopt); err != nil {
			return err
		}
	}
	d, err := Detect(ctx, conn)
	if err != nil {
		return err
	}
	a := applier{conn: conn, dialect: d, adopt: adopt}
	return a.applyAfter(ctx, level.Version)
}

// applier is one run of Apply that has something to do.
type applier struct {
	conn    Conn
	dialect Dialect
	adopt   bool // GoTrue made the tables: what it makes is taken as done
}

func (a *applier) applyAfter(ctx context.Context, version int) error {
	for _, sql := range ledgerSQL {
		if err := a.conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("making the ledger of the auth schema: %w", err)
		}
	}
	for _, m := range Migrations(a.dialect) {
		if m.Version <= version {
			continue
		}
		if err := a.apply(ctx, m); err != nil {
			return fmt.Errorf("migration %d (%s) of the auth schema: %w", m.Version, m.Name, err)
		}
	}
	return nil
}

// apply runs one migration and writes it down.
func (a *applier) apply(ctx context.Context, m Migration) error {
	adopted := a.adopt && m.Upstream
	if !adopted {
		if err := a.run(ctx, m.Statements); err != nil {
			return err
		}
	}
	_, err := a.conn.Rows(ctx, recordSQL, strconv.Itoa(m.Version), m.Name, strconv.FormatBool(adopted))
	return err
}

func (a *applier) run(ctx context.Context, statements []Statement) error {
	for _, s := range statements {
		holds, err := s.Only.holds(ctx, a.conn)
		if err != nil {
			return err
		}
		if !holds {
			continue
		}
		if err := a.conn.Exec(ctx, s.SQL); err != nil {
			return explained(s.SQL, err)
		}
	}
	return waitForIndexes(ctx, a.conn, a.dialect)
}

// notPermitted is the SQLSTATE insufficient_privilege.
const notPermitted = "42501"

// explained says which statement failed, and what to do where the role of the connection may not run it.
func explained(sql string, err error) error {
	first, _, _ := strings.Cut(sql, "\n")
	err = fmt.Errorf("running %q: %w", first, err)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Code == notPermitted {
		return fmt.Errorf("%w; the schema auth is somebody else's: connect as its owner, or make the role that owner with "+
			"\"alter schema auth owner to ...\"", err)
	}
	return err
}

const (
	roleSQL = `select 1 from pg_roles where rolname = $1`
	typeSQL = `
select 1
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
where n.nspname = $1 and t.typname = $2`
	functionSQL = `
select 1
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = $1 and p.proname = $2`
)

// holds asks the database.
func (c Condition) holds(ctx context.Context, conn Conn) (bool, error) {
	switch {
	case c.Role != "":
		rows, err := conn.Rows(ctx, roleSQL, c.Role)
		return len(rows) > 0, err
	case c.NoType != "":
		return absent(ctx, conn, typeSQL, c.NoType)
	case c.NoFunction != "":
		return absent(ctx, conn, functionSQL, c.NoFunction)
	default:
		return true, nil
	}
}

// absent reports whether a query finds nothing of a name, schema.name.
func absent(ctx context.Context, conn Conn, sql, qualified string) (bool, error) {
	schema, name, _ := strings.Cut(qualified, ".")
	rows, err := conn.Rows(ctx, sql, schema, name)
	return len(rows) == 0, err
}
