package pg

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// StoredSettings reads the settings that are kept in the database for the connection's role, by name: those of ALTER ROLE
// ... IN DATABASE ... SET, before those of ALTER ROLE ... SET, before those that the function preConfig makes with
// set_config while it runs in this transaction, which may only read. preConfig is schema-qualified or not, and "" for none.
// Of names, those that nobody set are left out; one that is set to nothing has the value "".
//
// The error is that of the function, or of a database that cannot be reached or refuses to tell.
func StoredSettings(ctx context.Context, db *DB, names []string, preConfig string) (map[string]string, error) {
	c, err := db.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer db.release(c)
	return storedSettings(ctx, c.Conn(), names, preConfig)
}

// StoredSettings is the function of that name on this connection.
func (c *Conn) StoredSettings(ctx context.Context, names []string, preConfig string) (map[string]string, error) {
	return storedSettings(ctx, c.conn, names, preConfig)
}

// notSet stands in for settings before the function runs, which tells those that it makes empty from those that it leaves
// alone. It also hides what the connection was given when it was opened, which may have been changed since.
const notSet = "pergola: not set"

const (
	forgetSettingsSQL = `select set_config(name, '` + notSet + `', true) from unnest($1::text[]) as name`

	madeSettingsSQL = `
select name, value
  from unnest($1::text[]) as name
 cross join current_setting(name, true) as value
 where value <> '` + notSet + `'`
)

// keptSettingsSQL reads those of the role, for all databases first. The views over the roles say the same, but it takes the
// server longer to open them than to answer.
const keptSettingsSQL = `
select s.setconfig
  from pg_catalog.pg_db_role_setting as s
 where s.setrole = pg_catalog.quote_ident(current_user)::pg_catalog.regrole
   and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_catalog))
 order by s.setdatabase`

// storedSettings puts the settings together from those that count least to those that count most.
func storedSettings(ctx context.Context, c *pgx.Conn, names []string, preConfig string) (map[string]string, error) {
	found := map[string]string{}
	b := &pgx.Batch{}
	b.Queue("begin read only")
	if preConfig != "" {
		b.Queue(forgetSettingsSQL, names)
		b.Queue("select from " + functionName(preConfig) + "()")
		b.Queue(madeSettingsSQL, names).Query(func(rows pgx.Rows) error { return scanMade(rows, found) })
	}
	b.Queue(keptSettingsSQL).Query(func(rows pgx.Rows) error { return scanKept(rows, names, found) })
	b.Queue("commit")
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		_, _ = c.Exec(context.WithoutCancel(ctx), "rollback") // a connection that is lost has nothing to undo
		return nil, faultOf(ctx, "reading the settings kept in the database", err)
	}
	return found, nil
}

func scanMade(rows pgx.Rows, found map[string]string) error {
	var name, value string
	_, err := pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		found[name] = value
		return nil
	})
	return err
}

func scanKept(rows pgx.Rows, names []string, found map[string]string) error {
	var entries []string
	_, err := pgx.ForEachRow(rows, []any{&entries}, func() error {
		for _, entry := range entries {
			if name, value, _ := strings.Cut(entry, "="); slices.Contains(names, name) {
				found[name] = value
			}
		}
		return nil
	})
	return err
}

// functionName quotes a function's name, whose schema stands before the first dot.
func functionName(name string) string {
	if schema, function, qualified := strings.Cut(name, "."); qualified {
		return pgx.Identifier{schema, function}.Sanitize()
	}
	return pgx.Identifier{name}.Sanitize()
}
