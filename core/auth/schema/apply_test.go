package schema_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// catalogSQL shows everything that a change of the two schemas would show in: rows of the catalog, by the transaction
// that wrote them.
const catalogSQL = `
select 'class', c.oid, c.xmin from pg_class as c where c.relnamespace in ('auth'::regnamespace, 'auth_internal'::regnamespace)
union all
select 'procedure', p.oid, p.xmin from pg_proc as p where p.pronamespace = 'auth'::regnamespace
union all
select 'type', t.oid, t.xmin from pg_type as t where t.typnamespace = 'auth'::regnamespace
union all
select 'ledger', m.version::oid, m.xmin from auth_internal.migrations as m
order by 1, 2`

func TestApplyTwiceChangesNothing(t *testing.T) {
	_, conn := migrated(t)
	before := query(t, conn, catalogSQL)
	apply(t, conn)
	if diff := cmp.Diff(before, query(t, conn, catalogSQL)); diff != "" {
		t.Errorf("the second run changed the catalog:\n%s", diff)
	}
	level, err := schema.Level(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	if want := (schema.State{Version: len(schema.Migrations(schema.PostgreSQL))}); level != want || !level.Current() {
		t.Errorf("level %+v, current %v; want %+v, true", level, level.Current(), want)
	}
}

func TestApplyToAnEmptyDatabase(t *testing.T) {
	conn := connect(t, pgtest.NewServer(t).URL()) // the API's roles belong to a server, and this one has none
	level, err := schema.Level(t.Context(), conn)
	if err != nil || level != (schema.State{}) || level.Current() {
		t.Errorf("level before: %+v, %v; want the zero value", level, err)
	}
	apply(t, conn)
	level, err = schema.Level(t.Context(), conn)
	if err != nil || !level.Current() {
		t.Errorf("level after: %+v, %v; want a current one", level, err)
	}
}

// breaking fails at its nth statement, as a lost connection does. The statement itself was run.
type breaking struct {
	schema.Conn
	left int
}

var errBroken = errors.New("broken")

func (b *breaking) Exec(ctx context.Context, script string) error {
	err := b.Conn.Exec(ctx, script)
	if b.left--; b.left == 0 {
		return errBroken
	}
	return err
}

func TestApplyContinuesWhereItBrokeOff(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	conn := connect(t, db.URL())
	for _, statements := range []int{1, 2, 3, 20, 70} { // the first three make the ledger and the schema
		err := schema.Apply(t.Context(), &breaking{Conn: conn, left: statements})
		if !errors.Is(err, errBroken) {
			t.Fatalf("after %d statements: %v", statements, err)
		}
	}
	apply(t, conn)
	if got := query(t, conn, `select count(*) from pg_indexes where schemaname = 'auth'`)[0][0]; got != "87" {
		t.Errorf("%s indexes, want 87", got)
	}
}

// racing answers one statement in five as a database does whose schema was changed meanwhile.
type racing struct {
	schema.Conn
	calls int
}

func (r *racing) lost() error {
	if r.calls++; r.calls%5 == 1 {
		return &fault.Error{Code: "40001", Message: "schema has been updated by another transaction (OC001)"}
	}
	return nil
}

func (r *racing) Exec(ctx context.Context, script string) error {
	if err := r.lost(); err != nil {
		return err
	}
	return r.Conn.Exec(ctx, script)
}

func (r *racing) Rows(ctx context.Context, sql string, args ...string) ([][]string, error) {
	if err := r.lost(); err != nil {
		return nil, err
	}
	return r.Conn.Rows(ctx, sql, args...)
}

func TestApplyRepeatsLostRaces(t *testing.T) {
	apply(t, &racing{Conn: connect(t, pgtest.New(t).URL())})
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	tests := []struct{ name, sql, ledger, found string }{
		{"our ledger", `insert into auth_internal.migrations values (99, 'later', false)`, "auth_internal.migrations", "99"},
		{"GoTrue's ledger", `insert into auth.schema_migrations values ('00'), ('20991231000000')`, "auth.schema_migrations", "20991231000000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db, conn := migrated(t)
			db.Exec(test.sql)
			err := schema.Apply(t.Context(), conn)
			newer, ok := errors.AsType[*schema.NewerError](err)
			if !ok || newer.Ledger != test.ledger || newer.Found != test.found {
				t.Fatalf("error %v, want a NewerError of %s at %s", err, test.ledger, test.found)
			}
			for _, word := range []string{test.ledger, test.found, newer.Known, "newer Pergola"} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error does not say %q: %v", word, err)
				}
			}
		})
	}
}

// byGoTrue makes a database look as GoTrue leaves it: the tables, its ledger filled, nothing of ours.
func byGoTrue(t *testing.T, db *pgtest.DB, conn schema.Conn) {
	t.Helper()
	apply(t, conn)
	if err := schema.HandOver(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	db.Exec(`drop schema auth_internal cascade`)
}

func TestSchemaOfGoTrueIsAdopted(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	conn := connect(t, db.URL())
	byGoTrue(t, db, conn)
	// What GoTrue's role owns is not ours to touch, so nothing may even be replaced.
	const authSQL = `
		select c.oid, c.xmin from pg_class as c where c.relnamespace = 'auth'::regnamespace
		union all select p.oid, p.xmin from pg_proc as p where p.pronamespace = 'auth'::regnamespace
		union all select n.oid, n.xmin from pg_namespace as n where n.nspname = 'auth'
		union all select m.version::numeric::bigint % 2000000000, m.xmin from auth.schema_migrations as m
		order by 1`
	before := query(t, conn, authSQL)
	apply(t, conn)
	apply(t, conn)
	if diff := cmp.Diff(before, query(t, conn, authSQL)); diff != "" {
		t.Errorf("adopting the schema changed it:\n%s", diff)
	}
	got := query(t, conn, `select string_agg(name, ' ' order by version) from auth_internal.migrations group by adopted order by adopted`)
	if diff := cmp.Diff([][]string{{"limits"}, {"functions users sessions factors providers"}}, got); diff != "" {
		t.Errorf("what was run, and what was adopted (-want +got):\n%s", diff)
	}
	query(t, conn, `select from auth_internal.rate_limits, auth_internal.token_failures, auth_internal.factor_guards`)
}

func TestIncompleteSchemaIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		goTrue bool
		sql    string
		want   []string
	}{
		{"a column of an older GoTrue", true, `alter table auth.sessions drop refresh_token_counter`, []string{"auth.sessions.refresh_token_counter"}},
		{"a table of an older GoTrue", true, `drop table auth.one_time_tokens`, []string{"auth.one_time_tokens"}},
		{
			"both", true, `drop table auth.mfa_amr_claims; alter table auth.users drop is_anonymous`,
			[]string{"auth.users.is_anonymous", "auth.mfa_amr_claims"},
		},
		{"what GoTrue has and we do not need", true, `drop table auth.saml_relay_states; drop table auth.saml_providers`, nil},
		{"a table made for somebody's tests", false, `create table auth.audit_log_entries (id uuid, payload json, created_at timestamptz)`, []string{
			"auth.audit_log_entries.instance_id", "auth.audit_log_entries.ip_address",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := pgtest.New(t)
			db.Supabase()
			conn := connect(t, db.URL())
			if test.goTrue {
				byGoTrue(t, db, conn)
			}
			db.Exec(test.sql)
			err := schema.Apply(t.Context(), conn)
			if test.want == nil && err == nil {
				return
			}
			missing, ok := errors.AsType[*schema.MissingError](err)
			if !ok {
				t.Fatalf("error %v, want a MissingError", err)
			}
			if diff := cmp.Diff(test.want, missing.Items); diff != "" {
				t.Errorf("what is missing (-want +got):\n%s", diff)
			}
			if !strings.Contains(err.Error(), strings.Join(test.want, ", ")) {
				t.Errorf("the error does not name them: %v", err)
			}
			if rows := query(t, conn, `select from pg_namespace where nspname = 'auth_internal'`); len(rows) > 0 {
				t.Error("something was made all the same")
			}
		})
	}
}

func TestMigrationsAreInOrder(t *testing.T) {
	for _, d := range []schema.Dialect{schema.PostgreSQL, schema.DSQL} {
		for i, m := range schema.Migrations(d) {
			if m.Version != i+1 || m.Name == "" || len(m.Statements) == 0 {
				t.Errorf("%s: migration %d is %d %q with %d statements", d, i+1, m.Version, m.Name, len(m.Statements))
			}
		}
	}
}
