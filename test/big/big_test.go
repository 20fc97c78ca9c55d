package big_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	tables    = 1500
	columns   = 20_000
	functions = 500
)

// schemaSQL makes tables that refer to one another, and functions. 14 columns, less 1,000 over all tables, are 20,000.
const schemaSQL = `
do $$
declare extra text;
begin
	for i in 1..1500 loop
		extra := case when i <= 500 then ', e1 date' else '' end;
		execute format('create table t%s (id bigint generated always as identity primary key, parent bigint%s, a text not null,
			b int default 7, c numeric, d timestamptz default now(), e jsonb, f text[], g boolean, h uuid, i text, j text, k text%s)',
			i, case when i > 1 then ' references t' || (i + 1) / 2 else '' end, extra);
	end loop;
	for i in 1..500 loop
		execute format('create function f%s(a int, b text default ''x'') returns setof t%s language sql stable as
			''select * from t%s where id = $1''', i, i, i);
	end loop;
end $$`

// bound is generous: reading takes a second on two cores of a laptop, and a busy machine may have less to give.
const bound = 20 * time.Second

func newBig(t *testing.T) (*pgtest.DB, config.Config) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes some ten seconds to make the schema")
	}
	db := pgtest.New(t)
	db.Supabase()
	for _, sql := range []string{schemaSQL, "analyze pg_catalog.pg_class, pg_catalog.pg_attribute, pg_catalog.pg_constraint"} {
		db.Exec(sql)
	}
	cfg, err := config.Load(config.Serve, []string{
		"DATABASE_URL=" + db.URLAs("authenticator"), "JWT_SECRET=thirty-two bytes and a few of them more",
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, cfg
}

// TestIntrospect reads the schema, and states the time and the memory.
func TestIntrospect(t *testing.T) {
	db, cfg := newBig(t)
	if got, want := db.Value(`select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0`), fmt.Sprint(columns); got != want {
		t.Fatalf("the schema has %s columns, want %s", got, want)
	}
	pool, err := pg.Open(t.Context(), cfg.Database, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close(context.Background()) })
	scope := pg.Scope{Schemas: []string{"public"}}
	before := heap()
	var took []time.Duration
	var snapshot *catalog.Snapshot
	for range 3 {
		start := time.Now()
		snapshot, err = pg.Introspect(t.Context(), pool, scope)
		if err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(start).Round(time.Millisecond))
	}
	after := heap()
	slices.Sort(took)
	if took[0] > bound {
		t.Errorf("reading takes %v at best", took[0])
	}
	found := 0
	for _, r := range snapshot.Relations {
		found += len(r.Columns)
	}
	if len(snapshot.Relations) != tables || found != columns {
		t.Errorf("%d tables and %d columns were read", len(snapshot.Relations), found)
	}
	const mib = 1 << 20
	if size := after - before; size > 200*mib {
		t.Errorf("the snapshot takes %d MiB", size/mib)
	}
	t.Logf("read in %v; the snapshot takes %.1f MiB", took, float64(after-before)/mib)
	runtime.KeepAlive(snapshot)
}

// heap is the memory that is in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestRequestsDoNotWaitForReload sends requests while the schema is read again, and demands that none of them takes nearly as
// long as that.
func TestRequestsDoNotWaitForReload(t *testing.T) {
	_, cfg := newBig(t)
	a, err := app.New(t.Context(), cfg, app.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close(context.Background()) })
	if err := a.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask(t, a) // a connection, and what it prepares
	reloaded := make(chan error, 1)
	start := time.Now()
	go func() { reloaded <- a.Reload(t.Context()) }()
	var waits []time.Duration
	for {
		select {
		case err := <-reloaded:
			if err != nil {
				t.Fatal(err)
			}
			judge(t, waits, time.Since(start))
			return
		default:
			waits = append(waits, ask(t, a))
		}
	}
}

// judge compares the requests' times with the reload's. The slowest may be one that a busy machine held up.
func judge(t *testing.T, waits []time.Duration, reload time.Duration) {
	t.Helper()
	slices.Sort(waits)
	if len(waits) < 10 {
		t.Fatalf("only %d requests during %v: they wait, or nothing was shown", len(waits), reload)
	}
	median, late := waits[len(waits)/2], waits[len(waits)*99/100]
	t.Logf("%d requests during a reload of %v: median %v, 99 of 100 within %v", len(waits), reload.Round(time.Millisecond), median, late)
	if median > reload/10 {
		t.Errorf("the median request took %v of a reload of %v", median, reload)
	}
}

// ask sends one request and gives the time of its answer.
func ask(t *testing.T, a *app.App) time.Duration {
	t.Helper()
	start := time.Now()
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/rest/v1/t1000?select=id,t500(id)&limit=1", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return time.Since(start)
}
