package schema_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// refusedByDSQL is what Aurora DSQL answers with an error.
var refusedByDSQL = []*regexp.Regexp{
	regexp.MustCompile(`\bcreate type\b`), regexp.MustCompile(`\bas enum\b`), regexp.MustCompile(`\binet\b`), regexp.MustCompile(`\w\[\]`),
	regexp.MustCompile(`\brow level security\b`), regexp.MustCompile(`\bpolicy\b`), regexp.MustCompile(`\busing hash\b`), regexp.MustCompile(`\bdo \$`),
	regexp.MustCompile(`\bplpgsql\b`), regexp.MustCompile(`\b(big)?serial\b`), regexp.MustCompile(`\bcollate\b`), regexp.MustCompile(`_pattern_ops\b`),
	regexp.MustCompile(`\bdesc\b`), regexp.MustCompile(`\btrigger\b`), regexp.MustCompile(`index if not exists`), regexp.MustCompile(`auth\.\w+_(type|status|level|method)\b`),
	regexp.MustCompile(`(?s)create unique index.*\bwhere\b`), regexp.MustCompile(`cache (?:[2-9]|[1-9]\d{1,4})\b[^0-9]*$`), regexp.MustCompile(`;`),
}

func TestDSQLGetsNothingThatItRefuses(t *testing.T) {
	indexes := 0
	for _, m := range schema.Migrations(schema.DSQL) {
		for _, s := range m.Statements {
			for _, refused := range refusedByDSQL {
				if found := refused.FindString(s.SQL); found != "" && s.Only.NoType == "" {
					t.Errorf("%s holds %q:\n%s", m.Name, found, s.SQL)
				}
			}
			if s.Only.NoType != "" {
				t.Errorf("%s makes a type: %s", m.Name, s.SQL)
			}
			if strings.Contains(s.SQL, " index async if not exists ") {
				indexes++
			}
		}
	}
	if want := 54 - 7 + 2; indexes != want { // without the unique indexes on a part of the rows, with those of our own tables
		t.Errorf("%d indexes, want %d", indexes, want)
	}
}

// likeDSQL is a connection to a PostgreSQL that passes for DSQL as far as the schema can tell: jobs are listed in sys.jobs.
// An index is built at once, since PostgreSQL does not know the word.
type likeDSQL struct{ schema.Conn }

func (c likeDSQL) Exec(ctx context.Context, script string) error {
	return c.Conn.Exec(ctx, strings.Replace(script, " index async ", " index ", 1))
}

func onDSQL(t *testing.T) (*pgtest.DB, schema.Conn) {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(`create schema sys; create table sys.jobs (job_id text, status text)`)
	return db, likeDSQL{connect(t, db.URL())}
}

func TestApplyOnDSQL(t *testing.T) {
	_, conn := onDSQL(t)
	if d, err := schema.Detect(t.Context(), conn); d != schema.DSQL || err != nil {
		t.Fatalf("detected %q, %v", d, err)
	}
	apply(t, conn)
	before := query(t, conn, catalogSQL)
	apply(t, conn)
	if diff := cmp.Diff(before, query(t, conn, catalogSQL)); diff != "" {
		t.Errorf("the second run changed the catalog:\n%s", diff)
	}
	// The same names, and the same types but for those that DSQL does not have.
	facts, _ := columnFacts(t)
	want := []string{"users.email_key text"}
	afterType := regexp.MustCompile(` (not null|default|generated).*`)
	for _, fact := range facts {
		name, rest, _ := strings.Cut(fact, " ")
		kind := afterType.ReplaceAllString(rest, "")
		switch {
		case strings.HasPrefix(kind, "auth.") || kind == "inet":
			kind = "text"
		case strings.HasSuffix(kind, "[]"):
			kind = "jsonb"
		}
		want = append(want, name+" "+kind)
	}
	got := column(t, conn, `
		select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
		from pg_attribute as a
		join pg_class as c on c.oid = a.attrelid
		where c.relnamespace = 'auth'::regnamespace and c.relkind = 'r' and a.attnum > 0`)
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestDSQLKeepsTheRules(t *testing.T) {
	db, conn := onDSQL(t)
	apply(t, conn)
	db.Exec(`insert into auth.users (id, email) values ('` + ada + `', 'ada@example.com')`)
	tests := []struct{ name, sql, want string }{
		{"an address twice", `insert into auth.users (id, email) values ('` + grace + `', 'Ada@example.com')`, "23505"},
		{"the same address by single sign-on", `insert into auth.users (id, email, is_sso_user) values ('` + grace + `', 'ada@example.com', true)`, ""},
		{"a word that is no level", `insert into auth.sessions (id, user_id, aal) values ('` + ada + `', '` + ada + `', 'aal9')`, "23514"},
		{"a level", `insert into auth.sessions (id, user_id, aal, ip) values ('` + ada + `', '` + ada + `', 'aal2', '203.0.113.7')`, ""},
		{"a session of nobody", `insert into auth.sessions (id, user_id) values ('` + grace + `', gen_random_uuid())`, "23503"},
		{"a number for a refresh token", `insert into auth.refresh_tokens (token) values ('a')`, ""},
		{"a word that is no token type", `insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to)
			values ('` + ada + `', '` + ada + `', 'other', 'x', '')`, "23514"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := conn.Exec(t.Context(), test.sql); code(err) != test.want || (err != nil) != (test.want != "") {
				t.Errorf("error %v, want code %q", err, test.want)
			}
		})
	}
}

func TestApplyWaitsForIndexes(t *testing.T) {
	db, conn := onDSQL(t)
	db.Exec(`insert into sys.jobs values ('1', 'processing'), ('2', 'completed')`)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := schema.Apply(ctx, conn); err == nil {
		t.Fatal("it ended while an index was being built")
	}
	db.Exec(`update sys.jobs set status = 'completed'`)
	_, conn = db, likeDSQL{connect(t, db.URL())}
	apply(t, conn)
}

func TestApplyReportsAnIndexThatFailed(t *testing.T) {
	db, conn := onDSQL(t)
	db.Exec(`
		create schema auth;
		create table auth.half_done (x int);
		create index half_done_idx on auth.half_done (x);
		update pg_index set indisvalid = false where indexrelid = 'auth.half_done_idx'::regclass`)
	if err := schema.Apply(t.Context(), conn); err == nil || !strings.Contains(err.Error(), "half_done_idx") {
		t.Errorf("error %v, want one that names half_done_idx", err)
	}
}
