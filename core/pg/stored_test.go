package pg_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// keeper makes a login role of that name for one test. Roles belong to the server, so the test takes it away again.
func keeper(t *testing.T, db *pgtest.DB, role string) {
	t.Helper()
	db.Exec(`create role ` + role + ` login noinherit password '` + pgtest.Password + `'`)
	t.Cleanup(func() { db.Exec(`drop owned by ` + role + `; drop role ` + role) })
}

func TestStoredSettings(t *testing.T) {
	db := pgtest.New(t)
	keeper(t, db, `"Keeper"`)
	db.Exec(`
		alter role "Keeper" set pgrst.db_schemas = 'a, b=c';
		alter role "Keeper" set pgrst.db_max_rows = '5';
		alter role "Keeper" set pgrst.db_anon_role = '';
		alter role "Keeper" set pgrst.not_ours = '1';
		create schema settings;
		grant usage on schema settings to "Keeper";
		create table settings.log (entry int);
		grant insert on settings.log to "Keeper";
		create function settings."preConfig"() returns void language sql as $$
			select set_config('pgrst.db_max_rows', '6', true), set_config('pgrst.jwt_aud', 'made', true),
				set_config('pgrst.db_root_spec', '', true) $$;
		create function settings.refuses() returns void language plpgsql as $$ begin raise 'no'; end $$;
		create function settings.writes() returns void language sql as $$ insert into settings.log default values $$;
		create function settings.several() returns setof int language sql as $$ select 1 union all select 2 $$;
		create function public.plain() returns text language sql as $$ select set_config('pgrst.jwt_aud', 'plain', true) $$`)
	db.Exec(`do $$ begin
		execute format('alter role "Keeper" in database %I set pgrst.db_max_rows = ''7''', current_database());
		execute format('alter database %I set pgrst.openapi_mode = ''disabled''', current_database()); end $$`)
	role := map[string]string{"pgrst.db_schemas": "a, b=c", "pgrst.db_max_rows": "7", "pgrst.db_anon_role": ""}
	with := func(name, value string) map[string]string {
		all := map[string]string{name: value}
		for n, v := range role {
			all[n] = v
		}
		return all
	}
	made := with("pgrst.jwt_aud", "made")
	made["pgrst.db_root_spec"] = ""
	tests := []struct {
		name, preConfig string
		want            map[string]string
		code            string
	}{
		{"of the role", "", role, ""},
		{"of the role and of a function", "settings.preConfig", made, ""},
		{"again on the same connection", "", role, ""},
		{"an unqualified function", "plain", with("pgrst.jwt_aud", "plain"), ""},
		{"a function with rows", "settings.several", role, ""},
		{"a function that fails", "settings.refuses", nil, "P0001"},
		{"a function that writes", "settings.writes", nil, "25006"},
		{"no such function", `settings.none"; select 1`, nil, "42883"},
		{"after a failure", "", role, ""},
	}
	cfg := settings(db.URLAs("Keeper"))
	cfg.PoolSize = 1
	pool := open(t, cfg)
	alone, err := pg.Connect(t.Context(), db.URLAs("Keeper"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = alone.Close(t.Context()) }()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := pg.StoredSettings(t.Context(), pool, config.StoredNames(), tt.preConfig)
			checkStored(t, got, err, tt.want, tt.code)
			got, err = alone.StoredSettings(t.Context(), config.StoredNames(), tt.preConfig)
			checkStored(t, got, err, tt.want, tt.code)
		})
	}
}

func checkStored(t *testing.T, got map[string]string, err error, want map[string]string, code string) {
	t.Helper()
	if code == "" && err != nil {
		t.Fatal(err)
	}
	if f, ok := errors.AsType[*fault.Error](err); code != "" && (!ok || f.Code != code) {
		t.Errorf("the error is %v, want the code %s", err, code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A connection keeps what the role's settings were when it was opened; the reading is of what they are.
func TestStoredSettingsAreFresh(t *testing.T) {
	db := pgtest.New(t)
	keeper(t, db, "fresh_keeper")
	db.Exec(`alter role fresh_keeper set pgrst.jwt_aud = 'old';
		create function pre() returns void language sql as $$ select set_config('pgrst.db_max_rows', '1', true) $$`)
	pool := open(t, settings(db.URLAs("fresh_keeper")))
	for _, want := range []map[string]string{
		{"pgrst.jwt_aud": "old", "pgrst.db_max_rows": "1"}, {"pgrst.db_max_rows": "1"},
	} {
		got, err := pg.StoredSettings(t.Context(), pool, config.StoredNames(), "pre")
		checkStored(t, got, err, want, "")
		db.Exec(`alter role fresh_keeper reset pgrst.jwt_aud`)
	}
}

func TestPoolStats(t *testing.T) {
	db := pgtest.New(t)
	cfg := settings(db.URL())
	cfg.PoolSize, cfg.PoolWait = 1, time.Second
	pool := open(t, cfg)
	if diff := cmp.Diff(pg.PoolStats{Max: 1}, pool.PoolStats()); diff != "" {
		t.Errorf("at the start: -want +got:\n%s", diff)
	}
	held := make(chan error, 2)
	for range cap(held) {
		go func() {
			_, err := pool.Run(t.Context(), answering(`(select 'x' from pg_sleep(2))`))
			held <- err
		}()
	}
	waitUntil(t, "one caller waits", func() bool { return pool.PoolStats().Waiting == 1 })
	if f, ok := errors.AsType[*fault.Error](<-held); !ok || f.Code != fault.CodePoolTimeout {
		t.Errorf("the caller that waited is told %v", f)
	}
	if err := <-held; err != nil {
		t.Error(err)
	}
	waitUntil(t, "the connection is free", func() bool { return pool.PoolStats().Available == 1 })
	if diff := cmp.Diff(pg.PoolStats{Max: 1, Available: 1, Timeouts: 1}, pool.PoolStats()); diff != "" {
		t.Errorf("at the end: -want +got:\n%s", diff)
	}
}

func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to that %s", what)
		}
	}
}
