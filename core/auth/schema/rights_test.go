package schema_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

const (
	ada   = "7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001"
	grace = "7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a002"
)

func TestApplicationsUseTheSchema(t *testing.T) {
	db, conn := migrated(t)
	db.Exec(`
		insert into auth.users (id, email) values ('` + ada + `', 'ada@example.com'), ('` + grace + `', 'grace@example.com');
		create table public.notes (
		  id int primary key,
		  owner uuid not null default auth.uid() references auth.users (id) on delete cascade
		);
		alter table public.notes enable row level security;
		create policy own on public.notes to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
		insert into public.notes values (1, '` + ada + `'), (2, '` + grace + `');
		set role authenticated;
		set request.jwt.claims = '{"sub": "` + ada + `", "role": "authenticated", "email": "ada@example.com"}';
		insert into public.notes values (3);`)
	if err := conn.Exec(t.Context(), `set role authenticated; set request.jwt.claims = '{"sub": "`+ada+`", "role": "authenticated", "email": "ada@example.com"}'`); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1", "3"}, column(t, conn, `select id from public.notes order by id`)); diff != "" {
		t.Errorf("the notes that ada sees (-want +got):\n%s", diff)
	}
	who := query(t, conn, `select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'sub'`)
	if diff := cmp.Diff([][]string{{ada, "authenticated", "ada@example.com", ada}}, who); diff != "" {
		t.Errorf("the caller (-want +got):\n%s", diff)
	}
	if err := conn.Exec(t.Context(), `insert into public.notes values (4, '`+grace+`')`); code(err) != "42501" {
		t.Errorf("a note for somebody else: %v, want 42501", err)
	}
	db.Exec(`delete from auth.users where id = '` + ada + `'`)
	if got := db.Value(`select string_agg(id::text, ' ') from public.notes`); got != "2" {
		t.Errorf("notes %q are left without their owner, want 2", got)
	}
}

func TestFunctionsReadBothFormsOfTheClaims(t *testing.T) {
	tests := []struct {
		name, settings string
		want           []string
	}{
		{"none", ``, []string{"", "", ""}},
		{"empty", `set request.jwt.claims = ''; set request.jwt.claim.sub = ''`, []string{"", "", ""}},
		{
			"one claim a setting", `set request.jwt.claim.sub = '` + ada + `'; set request.jwt.claim.role = 'anon'; set request.jwt.claim.email = 'a@b.c'`,
			[]string{ada, "anon", "a@b.c"},
		},
		{
			"both", `set request.jwt.claims = '{"sub": "` + grace + `", "role": "authenticated"}'; set request.jwt.claim.sub = '` + ada + `'`,
			[]string{ada, "authenticated", ""},
		},
	}
	db, _ := migrated(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn := connect(t, db.URL())
			if err := conn.Exec(t.Context(), test.settings); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, query(t, conn, `select auth.uid(), auth.role(), auth.email()`)[0]); diff != "" {
				t.Errorf("uid, role, email (-want +got):\n%s", diff)
			}
		})
	}
}

// Nobody but the owner reads or writes here, the service role included: as on Supabase, it has the functions alone.
func TestAPIRolesReachNoTable(t *testing.T) {
	_, conn := migrated(t)
	tables := column(t, conn, `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('auth', 'auth_internal')`)
	if len(tables) != 23+4 {
		t.Fatalf("%d tables, want 27", len(tables))
	}
	for _, role := range []string{"anon", "authenticated", "service_role"} {
		t.Run(role, func(t *testing.T) {
			if err := conn.Exec(t.Context(), `set role `+role); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Exec(t.Context(), `reset role`) }()
			for _, table := range tables {
				for _, sql := range []string{"select from " + table, "delete from " + table, "insert into " + table + " default values"} {
					if err := conn.Exec(t.Context(), sql); code(err) != "42501" {
						t.Errorf("%s: %v, want 42501", sql, err)
					}
				}
			}
			query(t, conn, `select auth.uid()`)
		})
	}
}

// code is the SQLSTATE of an error; "" for none.
func code(err error) string {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return ""
	}
	return f.Code
}

// TestForeignSchemaIsExplained makes the tables where the schema auth is another role's.
func TestForeignSchemaIsExplained(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(`grant create on database ` + db.Value("select current_database()") + ` to authenticator`)
	err := schema.Apply(t.Context(), connect(t, db.URLAs("authenticator")))
	if err == nil || !strings.Contains(err.Error(), "alter schema auth owner to") {
		t.Errorf("got %v", err)
	}
}
