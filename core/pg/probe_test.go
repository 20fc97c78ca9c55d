package pg_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestProbe(t *testing.T) {
	target := pgtest.New(t)
	p, url := newProxy(t, target.URL())
	db := open(t, settings(url))
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.traffic()
	got, err := pg.Probe(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if seen := p.traffic(); seen.turns != 1 {
		t.Errorf("took %d round trips", seen.turns)
	}
	want := dialect.Facts{Version: got.Version, Settings: true, RoleSwitch: true, AbortInStatement: true, Notify: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if version := target.Value(`select current_setting('server_version_num')::int / 10000`); version == "" || got.Version < 120000 {
		t.Errorf("the version is %d", got.Version)
	}
}

func TestProbeRefusalsAreFacts(t *testing.T) {
	target := pgtest.New(t)
	// PostgreSQL lets everybody make settings; here it does not, as on databases that know no settings of ours.
	const drop = `drop role if exists pergola_limited`
	target.Exec(drop + `; create role pergola_limited login password '` + pgtest.Password + `';
		revoke execute on function pg_catalog.set_config(text, text, boolean) from public`)
	t.Cleanup(func() { target.Exec(drop) })
	db := open(t, settings(target.URLAs("pergola_limited")))
	for range 2 {
		got, err := pg.Probe(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		want := dialect.Facts{Version: got.Version, AbortInStatement: true, Notify: true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if got.Version < 120000 {
			t.Errorf("the version is %d", got.Version)
		}
	}
}

func TestProbeLeavesNothingBehind(t *testing.T) {
	cfg := settings(pgtest.New(t).URL())
	cfg.PoolSize = 1
	db := open(t, cfg)
	if _, err := pg.Probe(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	got := body(t, db, answering(`concat_ws('|', (select count(*) from pg_listening_channels()), current_setting('pergola.probe', true))`))
	if got != "0|" {
		t.Errorf("got %q", got)
	}
}
