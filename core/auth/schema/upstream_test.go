package schema_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/schema"
)

// facts reads the lines of a file in testdata that are neither empty nor comments.
func facts(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// columnFacts are the columns of GoTrue's schema, as TABLE.COLUMN and what it is, and the tables.
func columnFacts(t *testing.T) (columns, tables []string) {
	t.Helper()
	for _, line := range facts(t, "columns.txt") {
		if name, indented := strings.CutPrefix(line, "  "); indented {
			columns = append(columns, tables[len(tables)-1]+"."+name)
		} else {
			tables = append(tables, line)
		}
	}
	return columns, tables
}

func TestSchemaIsUpstreams(t *testing.T) {
	_, conn := migrated(t)
	checks := map[string]func(*testing.T, schema.Conn){
		"columns": checkColumns, "constraints": checkConstraints, "indexes": checkIndexes, "enums": checkTypes,
		"counts": checkCounts, "row-level security": checkRowSecurity,
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) { check(t, conn) })
	}
}

func checkColumns(t *testing.T, conn schema.Conn) {
	want, tables := columnFacts(t)
	if len(tables) != 23 {
		t.Fatalf("the facts have %d tables, want 23", len(tables))
	}
	got := column(t, conn, `
		select concat(c.relname, '.', a.attname, ' ', format_type(a.atttypid, a.atttypmod),
		  case when a.attnotnull then ' not null' end,
		  case when a.attgenerated = 's' then ' generated ' when d.oid is not null then ' default ' end
		    || pg_get_expr(d.adbin, d.adrelid))
		from pg_attribute as a
		join pg_class as c on c.oid = a.attrelid
		left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
		where c.relnamespace = 'auth'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
		order by c.relname collate "C", a.attnum`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns (-upstream +ours):\n%s", diff)
	}
}

func checkConstraints(t *testing.T, conn schema.Conn) {
	want := facts(t, "constraints.txt")
	_, tables := columnFacts(t)
	for _, table := range tables {
		if table != "schema_migrations" && table != "mfa_amr_claims" {
			want = append(want, table+" "+table+"_pkey PRIMARY KEY (id)")
		}
	}
	got := column(t, conn, `
		select concat(c.relname, ' ', k.conname, ' ', pg_get_constraintdef(k.oid))
		from pg_constraint as k
		join pg_class as c on c.oid = k.conrelid
		where k.connamespace = 'auth'::regnamespace and k.contype <> 'n'`)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("constraints (-upstream +ours):\n%s", diff)
	}
}

func checkIndexes(t *testing.T, conn schema.Conn) {
	want := facts(t, "indexes.txt")
	got := column(t, conn, `
		select concat(c.relname, case when i.indisunique then ' unique' end, ' ', t.relname, ' ',
		  substring(pg_get_indexdef(i.indexrelid) from ' USING (.*)'))
		from pg_index as i
		join pg_class as c on c.oid = i.indexrelid
		join pg_class as t on t.oid = i.indrelid
		where c.relnamespace = 'auth'::regnamespace
		  and not exists (select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))`)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("indexes (-upstream +ours):\n%s", diff)
	}
}

func checkTypes(t *testing.T, conn schema.Conn) {
	want := []string{
		"aal_level: aal1 aal2 aal3",
		"code_challenge_method: s256 plain",
		"factor_status: unverified verified",
		"factor_type: totp webauthn phone",
		"oauth_authorization_status: pending approved denied expired",
		"oauth_client_type: public confidential",
		"oauth_registration_type: dynamic manual",
		"oauth_response_type: code",
		"one_time_token_type: confirmation_token reauthentication_token recovery_token email_change_token_new " +
			"email_change_token_current phone_change_token",
	}
	got := column(t, conn, `
		select t.typname || ': ' || string_agg(e.enumlabel, ' ' order by e.enumsortorder)
		from pg_type as t
		join pg_enum as e on e.enumtypid = t.oid
		where t.typnamespace = 'auth'::regnamespace
		group by t.typname
		order by t.typname collate "C"`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("enums (-upstream +ours):\n%s", diff)
	}
}

// The figures were counted on a schema that GoTrue had migrated.
func checkCounts(t *testing.T, conn schema.Conn) {
	tests := []struct{ name, sql, want string }{
		{"tables", `select count(*) from pg_tables where schemaname = 'auth'`, "23"},
		{"foreign keys", `select count(*) from pg_constraint where connamespace = 'auth'::regnamespace and contype = 'f'`, "18"},
		{"checks", `select count(*) from pg_constraint where connamespace = 'auth'::regnamespace and contype = 'c'`, "43"},
		{"sequences", `select count(*) from pg_sequences where schemaname = 'auth'`, "1"},
		{"indexes", `select count(*) from pg_indexes where schemaname = 'auth'`, "87"}, // GoTrue by itself has one more, that its tool puts on its ledger beside the primary key
		{"partial indexes", `select count(*) from pg_indexes where schemaname = 'auth' and indexdef like '% WHERE %'`, "10"},
		{"functions", `select count(*) from pg_proc where pronamespace = 'auth'::regnamespace`, "4"},
		{"triggers", `select count(*) from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
			where c.relnamespace = 'auth'::regnamespace and not t.tgisinternal`, "0"},
		{"policies", `select count(*) from pg_policies where schemaname = 'auth'`, "0"},
		{"rows of GoTrue's ledger", `select count(*) from auth.schema_migrations`, "0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := query(t, conn, test.sql)[0][0]; got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func checkRowSecurity(t *testing.T, conn schema.Conn) {
	want := strings.Fields(`audit_log_entries flow_state identities instances mfa_amr_claims mfa_challenges mfa_factors
		one_time_tokens refresh_tokens saml_providers saml_relay_states schema_migrations sessions sso_domains sso_providers users`)
	got := column(t, conn, `
		select relname from pg_class
		where relnamespace = 'auth'::regnamespace and relrowsecurity
		order by relname collate "C"`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables with row-level security (-upstream +ours):\n%s", diff)
	}
}

func TestHandOver(t *testing.T) {
	_, conn := migrated(t)
	for range 2 {
		if err := schema.HandOver(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
	}
	got := query(t, conn, `select count(*), min(version), max(version) from auth.schema_migrations`)[0]
	if diff := cmp.Diff([]string{"70", "00", schema.UpstreamLevel}, got); diff != "" {
		t.Errorf("GoTrue's ledger (-want +got):\n%s", diff)
	}
	apply(t, conn) // our own ledger counts, so a filled one of GoTrue's is no reason to adopt anything
}
