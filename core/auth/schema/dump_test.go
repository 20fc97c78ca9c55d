package schema_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/schema"
)

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}

// run runs a program of PostgreSQL's, and fails the test with what it says.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

// load does what somebody does who moves in: all of a dump, or nothing.
func load(t *testing.T, url, file string) {
	t.Helper()
	run(t, "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--file", file, url)
}

// allRows gives all rows of all tables of auth, each with its table and as JSON.
func allRows(t *testing.T, conn schema.Conn) []string {
	t.Helper()
	var all []string
	for _, table := range column(t, conn, `select tablename from pg_tables where schemaname = 'auth'`) {
		for _, row := range column(t, conn, `select to_jsonb(x) from auth.`+table+` as x`) {
			all = append(all, table+" "+row)
		}
	}
	return sorted(all)
}

func TestDumpLoadsBack(t *testing.T) {
	db, conn := migrated(t)
	load(t, db.URL(), "testdata/supabase.sql")
	file := filepath.Join(t.TempDir(), "dump.sql")
	run(t, "pg_dump", "--data-only", "--schema", "auth", "--file", file, db.URL())
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "auth_internal") {
		t.Error("the dump holds tables that are ours alone")
	}
	fresh, freshConn := migrated(t)
	load(t, fresh.URL(), file)
	want := allRows(t, conn)
	if len(want) < 20 {
		t.Fatalf("only %d rows were dumped", len(want))
	}
	if diff := cmp.Diff(want, allRows(t, freshConn)); diff != "" {
		t.Errorf("rows (-dumped +loaded):\n%s", diff)
	}
	next := `insert into auth.refresh_tokens (token) values ('next') returning id`
	if got := query(t, freshConn, next)[0][0]; got != "1205" {
		t.Errorf("the next refresh token has the id %s, want 1205", got)
	}
	apply(t, freshConn)
}

func TestSupabaseDumpLoads(t *testing.T) {
	db, conn := migrated(t)
	load(t, db.URL(), "testdata/supabase.sql")
	tests := []struct{ name, sql, want string }{
		{"users", `select count(*) from auth.users`, "4"},
		{"token columns that are null", `select count(*) from auth.users where confirmation_token is null and recovery_token is null
			and email_change is null and email_change_token_new is null and raw_user_meta_data is null and is_super_admin is null`, "1"},
		{"a null instance", `select count(*) from auth.users where instance_id is null`, "1"},
		{"kinds of hashes", `select string_agg(k, ' ' order by k) from (
			select distinct split_part(encrypted_password, '$', 2) from auth.users where encrypted_password <> '') as x (k)`, "2a argon2id fbscrypt"},
		{"computed columns", `select count(*) from auth.users where confirmed_at = email_confirmed_at`, "3"},
		{"addresses of identities", `select string_agg(email, ' ' order by email) from auth.identities`, "ada@example.com grace@example.com"},
		{"refresh tokens of a session", `select count(*) from auth.refresh_tokens where session_id is not null`, "2"},
		{"sessions with tokens of the second kind", `select count(*) from auth.sessions where refresh_token_counter = 7`, "1"},
		{"columns that the dump is too old for", `select count(*) from auth.flow_state where not email_optional`, "1"},
		{"GoTrue's ledger", `select max(version) from auth.schema_migrations`, "20260302000000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := query(t, conn, test.sql)[0][0]; got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
	apply(t, conn)
	level, err := schema.Level(t.Context(), conn)
	if err != nil || !level.Current() || level.Upstream != "20260302000000" {
		t.Errorf("level %+v, %v", level, err)
	}
}
