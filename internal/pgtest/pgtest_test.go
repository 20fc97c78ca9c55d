package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestDatabasesAreApart(t *testing.T) {
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Exec(`create table here (x int); insert into here values (7)`)
			if got := db.Value(`select x from here where x = $1`, 7); got != "7" {
				t.Errorf("the row read back is %q, want 7", got)
			}
		})
	}
}

func TestDatabaseIsDropped(t *testing.T) {
	other := pgtest.New(t)
	var name string
	t.Run("test with a database", func(t *testing.T) {
		db := pgtest.New(t)
		name = db.Value(`select current_database()`)
		if _, err := pgx.Connect(t.Context(), db.URL()); err != nil { // left open on purpose
			t.Fatal(err)
		}
	})
	if n := other.Value(`select count(*) from pg_database where datname = $1`, name); n != "0" {
		t.Errorf("the database %s is still there after its test", name)
	}
}

func TestSupabase(t *testing.T) {
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Supabase()
			db.Supabase() // a second time changes nothing
			db.Exec(`create table notes (id int, owner uuid); insert into notes values (1, null);
				alter table notes enable row level security`)
			conn, err := pgx.Connect(t.Context(), db.URLAs("authenticator"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(t.Context()) }()
			for role, want := range map[string]int{"anon": 0, "authenticated": 0, "service_role": 1} {
				if got := countAs(t, conn, role); got != want {
					t.Errorf("%s sees %d rows, want %d", role, got, want)
				}
			}
		})
	}
}

func countAs(t *testing.T, conn *pgx.Conn, role string) (n int) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "set role "+role); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(t.Context(), "select count(*) from notes").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestClaims(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	const claims = `{"sub":"7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001","role":"authenticated","email":"ada@example.com"}`
	db.Exec(`alter database ` + db.Value("select current_database()") + ` set request.jwt.claims = '` + claims + `'`)
	tests := map[string]string{
		"auth.uid()": "7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001", "auth.role()": "authenticated",
		"auth.email()": "ada@example.com", "auth.jwt() ->> 'sub'": "7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a001",
	}
	for expr, want := range tests {
		if got := db.Value("select " + expr); got != want {
			t.Errorf("%s = %q, want %q", expr, got, want)
		}
	}
}

func TestSchemaChangesAreReported(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	conn, err := pgx.Connect(t.Context(), db.URLAs("authenticator"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), "listen "+pgtest.Channel); err != nil {
		t.Fatal(err)
	}
	db.Exec(`create temporary table unseen (x int); drop table unseen`)
	for _, sql := range []string{
		"create table seen (x int)", "alter table seen add y int", "comment on table seen is 'x'",
		"alter table seen drop y", "drop table seen",
	} {
		db.Exec(sql)
		note, err := conn.WaitForNotification(t.Context())
		if err != nil {
			t.Fatalf("after %q: %v", sql, err)
		}
		if note.Payload != "reload schema" {
			t.Errorf("after %q the payload is %q", sql, note.Payload)
		}
	}
	if _, err := conn.Exec(t.Context(), "select pg_notify($1, 'last')", pgtest.Channel); err != nil {
		t.Fatal(err)
	}
	if note, err := conn.WaitForNotification(t.Context()); err != nil || note.Payload != "last" {
		t.Errorf("one notification too many: %v %v", note, err)
	}
}

func TestOutage(t *testing.T) {
	db := pgtest.NewServer(t)
	db.Exec(`create table kept (x int)`)
	before := db.URL()
	db.Stop()
	if _, err := pgx.Connect(t.Context(), db.URL()); err == nil {
		t.Error("a stopped server lets us in")
	}
	db.Start()
	if db.URL() != before {
		t.Errorf("the address changed from %s to %s", before, db.URL())
	}
	if got := db.Value(`select count(*) from kept`); got != "0" {
		t.Errorf("count is %s", got)
	}
}
