package cli_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// everythingSQL describes what a database holds beyond tables, to see that nothing was changed.
const everythingSQL = `select concat_ws(' ',
	(select string_agg(rolname, ',' order by rolname) from pg_roles),
	(select string_agg(nspname, ',' order by nspname) from pg_namespace where nspname !~ '^pg_(toast_)?temp'),
	(select count(*) from pg_proc), (select count(*) from pg_event_trigger),
	(select string_agg(defaclacl::text, ',' order by oid) from pg_default_acl))`

func TestDevGivenDatabase(t *testing.T) {
	db := pgtest.NewServer(t)
	db.Exec(`create role anon nologin; create table notes (body text); insert into notes values ('mine'); grant select on notes to anon`)
	before := db.Value(everythingSQL)

	d := dev(t, dataDir(t), "--db", db.URL())
	if d.Database != db.URL() {
		t.Errorf("the database's address is %s, want %s", d.Database, db.URL())
	}
	if got := d.rows("/rest/v1/notes", d.AnonKey); got != `[{"body":"mine"}]` {
		t.Errorf("the table holds %s", got)
	}
	for _, want := range []string{
		"The database lacks: role_authenticated, role_service_role", "create function auth.uid()", "--setup",
		"public.notes has no row-level security",
	} {
		if !strings.Contains(d.stderr.String(), want) {
			t.Errorf("%q is not said", want)
		}
	}
	if strings.Contains(d.stderr.String(), "create role anon ") {
		t.Error("SQL is shown for a role that is there")
	}
	db.Exec(`create table later as select 1 as x; grant select on later to anon`)
	d.served("/rest/v1/later", 2*time.Second)
	d.stop()
	db.Exec(`drop table later`)
	if after := db.Value(everythingSQL); after != before {
		t.Errorf("the database was changed from\n%s to\n%s", before, after)
	}
}

func TestDevSetup(t *testing.T) {
	db := pgtest.NewServer(t)
	db.Exec(`create role anon nologin; create table notes (body text); insert into notes values ('mine')`)
	data := dataDir(t)
	for _, run := range []string{"first", "second"} {
		d := dev(t, data, "--db", db.URL(), "--setup")
		if status, _ := d.get("/rest/v1/notes", d.AnonKey); status != 401 {
			t.Errorf("%s run: a table of the owner was opened: %d", run, status)
		}
		db.Exec(`create table ` + run + ` as select 1 as x`)
		d.served("/rest/v1/"+run, time.Second)
		if got := db.Value(`select count(*) from pg_stat_activity where usename = 'authenticator' and datname = current_database()`); got == "0" {
			t.Errorf("%s run: the API does not connect as authenticator", run)
		}
		if got := db.Value(`select count(*) from pg_event_trigger`); got != "2" {
			t.Errorf("%s run: %s event triggers while it runs", run, got)
		}
		d.stop()
		if got := db.Value(`select (select count(*) from pg_event_trigger) + (select count(*) from pg_namespace where nspname = 'pergola')`); got != "0" {
			t.Errorf("%s run: %s things of its own are left", run, got)
		}
	}
	if got := db.Value(`select rolbypassrls from pg_roles where rolname = 'service_role'`); got != "true" {
		t.Errorf("service_role bypasses row-level security: %s", got)
	}
}

// A connection that may not make event triggers gets everything else, and the schema is looked at instead.
func TestDevSetupWithoutSuperuser(t *testing.T) {
	db := pgtest.NewServer(t)
	db.Supabase()
	db.Exec(`drop event trigger pergola_schema_changed; drop event trigger pergola_schema_dropped; drop schema pergola cascade;
		drop function auth.uid(); create role builder login createrole bypassrls; grant anon, authenticated, service_role to builder;
		alter schema auth owner to builder`)
	db.Exec(`grant create on schema public to builder; grant create on database ` + db.Value(`select current_database()`) + ` to builder`)
	d := dev(t, dataDir(t), "--db", db.URLAs("builder"), "--setup")
	if got := db.Value(`select auth.uid() is null`); got != "true" {
		t.Errorf("auth.uid() gives %s", got)
	}
	execSQL(t, db.URLAs("builder"), `create table later (x int)`)
	d.served("/rest/v1/later", 2*time.Second)
	d.stop()
}

func TestDevUsesTheEnvironment(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(`create schema api; create table api.things as select 1 as x; grant usage on schema api to anon; grant select on api.things to anon`)
	d := devWith(t, []string{"DATABASE_URL=" + db.URL(), "JWT_SECRET=" + secret, "PGRST_DB_SCHEMAS=api"}, "--data", dataDir(t), "--port", "0")
	if !signedWith(d.AnonKey, secret) {
		t.Error("the keys are not signed with JWT_SECRET")
	}
	if got := d.rows("/rest/v1/things", d.AnonKey); got != `[{"x":1}]` {
		t.Errorf("the table holds %s", got)
	}
	if strings.Contains(d.stderr.String(), "The database lacks") {
		t.Error("something is reported missing")
	}
}

func TestDevDatabaseDown(t *testing.T) {
	p := launch(t, nil, "dev", "--json", "--data", dataDir(t), "--port", "0", "--db", "postgresql://someone:hidden@127.0.0.1:1/none")
	out, code := p.wait()
	if code != 1 || out != "" || !strings.Contains(p.stderr.String(), "connecting to the given database") {
		t.Errorf("exit code %d, %q, %s", code, out, p.stderr)
	}
	if strings.Contains(p.stderr.String(), "hidden") {
		t.Errorf("the password is shown: %s", p.stderr)
	}
}
